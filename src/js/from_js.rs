//! [`from_js`]: JavaScript values read into types that implement `Deserialize`.
//!
//! serde-wasm-bindgen's deserializer is not used. Its errors print floats, which adds the standard library's float
//! formatting to the wasm, 15 kB of code and its tables; and it asks an object for known fields only, so unknown names
//! pass unseen.

use js_sys::{Array, Object, Uint8Array};
use serde::de::value::{SeqDeserializer, StringDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, Expected, IntoDeserializer, MapAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use std::fmt;
use wasm_bindgen::{JsCast, JsValue};

/// Reads a value. In objects, `null` and `undefined` are as absent.
pub(super) fn from_js<T: DeserializeOwned>(value: JsValue) -> Result<T, FromJsError> {
    T::deserialize(JsDeserializer(value))
}

/// A value that a type does not take.
#[derive(Debug)]
pub(super) struct FromJsError {
    /// Names of the fields from the outermost to the one with the value.
    path: Vec<String>,
    message: String,
}

impl FromJsError {
    /// The error of a value that is the field `name` of an object.
    pub(super) fn within(mut self, name: &str) -> Self {
        self.path.insert(0, name.to_owned());
        self
    }
}

impl fmt::Display for FromJsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "option {}: {}", self.path.join("."), self.message)
    }
}

impl std::error::Error for FromJsError {}

impl Error for FromJsError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { path: Vec::new(), message: message.to_string() }
    }

    // The default methods print the value, floats too.
    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("expected {expected}"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("expected {expected}"))
    }
}

struct JsDeserializer(JsValue);

impl<'de> Deserializer<'de> for JsDeserializer {
    type Error = FromJsError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FromJsError> {
        let Self(value) = self;
        if let Some(text) = value.as_string() {
            visitor.visit_string(text)
        } else if let Some(number) = value.as_f64() {
            visitor.visit_f64(number)
        } else if let Some(flag) = value.as_bool() {
            visitor.visit_bool(flag)
        } else if let Some(list) = value.dyn_ref::<Array>() {
            visitor.visit_seq(SeqDeserializer::new(list.iter().map(Self)))
        } else if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
            visitor.visit_byte_buf(bytes.to_vec())
        } else if value.is_object() {
            let entries = Object::entries(value.unchecked_ref());
            let (name, value) = (String::new(), JsValue::UNDEFINED);
            visitor.visit_map(ObjectEntries { entries, next: 0, name, value })
        } else {
            visitor.visit_unit()
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FromJsError> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FromJsError> {
        let Some(name) = self.0.as_string() else { return self.deserialize_any(visitor) };
        visitor.visit_enum(StringDeserializer::new(name))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct seq
        tuple tuple_struct map struct identifier ignored_any
    }
}

impl IntoDeserializer<'_, FromJsError> for JsDeserializer {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The fields of an object that have a value.
struct ObjectEntries {
    entries: Array,
    /// Index of the next entry.
    next: u32,
    /// The name that was given last.
    name: String,
    /// The value of that name.
    value: JsValue,
}

impl<'de> MapAccess<'de> for ObjectEntries {
    type Error = FromJsError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, FromJsError> {
        while self.next < self.entries.length() {
            let entry: Array = self.entries.get(self.next).unchecked_into();
            self.next += 1;
            self.value = entry.get(1);
            if !self.value.is_undefined() && !self.value.is_null() {
                self.name = entry.get(0).as_string().unwrap_or_default();
                let name = StringDeserializer::new(self.name.clone());
                return seed
                    .deserialize(name)
                    .map(Some)
                    .map_err(|error: FromJsError| error.within(&self.name));
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, FromJsError> {
        let value = JsDeserializer(std::mem::take(&mut self.value));
        seed.deserialize(value).map_err(|error| error.within(&self.name))
    }
}
