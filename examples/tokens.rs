//! Prints the tokens of scripts, for `scripts/lexer.py`: a line for each file, with its tokens as start, end and kind.
//!
//! `cargo run --example tokens < LIST_OF_FILES`

use scriptscope::internal::script::lex;
use std::io::{self, BufRead, Write};

fn main() -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for file in io::stdin().lock().lines() {
        let text = String::from_utf8_lossy(&std::fs::read(file?)?).into_owned();
        for token in lex(&text) {
            write!(out, "{} {} {} ", token.start, token.end, token.kind as u8)?;
        }
        writeln!(out)?;
    }
    Ok(())
}
