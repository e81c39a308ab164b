//! The binding: a thin class over `Session`.
