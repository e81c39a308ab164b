//! Objects that their methods change: streams, string builders, lists that grow, hash tables and ciphers.
//!
//! A variable holds its object: a method that is called on the variable changes what the variable holds. Two variables
//! never share one.

use super::Evaluator;
use super::encoding::Encoding;
use super::secure::{Cipher, Padding};
use super::value::{Collection, CollectionKind, Stream, TextBuilder, Value};
use crate::limits;
use std::rc::Rc;

/// Returns whether a value is an object that its methods may change.
pub(super) fn is_object(value: &Value) -> bool {
    matches!(
        value,
        Value::Stream(_)
            | Value::Collection(_)
            | Value::Builder(_)
            | Value::Table(_)
            | Value::Cipher(_)
    )
}

impl Evaluator<'_> {
    /// Calls a method of an object, and returns its result: `None` within if that is the object itself. `None` if the method
    /// is not known; then the object is as it was.
    pub(super) fn change(
        &mut self,
        object: &mut Value,
        method: &str,
        arguments: &[Value],
    ) -> Option<Option<Value>> {
        if !arguments.iter().all(Value::is_known) {
            return None;
        }
        match object {
            Value::Stream(own) => self.change_stream(own, method, arguments).map(Some),
            Value::Builder(own) => self.change_builder(own, method, arguments),
            Value::Collection(own) => self.change_collection(own, method, arguments).map(Some),
            Value::Table(own) => self.change_table(own, method, arguments).map(Some),
            Value::Cipher(own) => match (method, arguments) {
                ("createdecryptor", []) => Some(Some(Value::Cipher(own.clone()))),
                ("createdecryptor", [key, vector]) => {
                    let mut cipher = Cipher::clone(own);
                    set_cipher(&mut cipher, "key", key)?;
                    set_cipher(&mut cipher, "iv", vector)?;
                    Some(Some(Value::Cipher(Rc::new(cipher))))
                }
                ("transformfinalblock", [bytes, start, len]) => {
                    let bytes = bytes.to_bytes()?;
                    let (start, len) = (index(start)?, index(len)?);
                    let data = bytes.get(start..start.checked_add(len)?)?;
                    if !self.spend(len) {
                        return None;
                    }
                    Some(Some(Value::Bytes(Rc::new(own.decrypt(data)?))))
                }
                ("dispose" | "clear", []) => Some(Some(Value::Void)),
                _ => None,
            },
            _ => None,
        }
    }

    fn change_stream(
        &mut self,
        stream: &mut Rc<Stream>,
        method: &str,
        arguments: &[Value],
    ) -> Option<Value> {
        match (method, arguments) {
            ("toarray" | "getbuffer", []) => {
                let bytes = stream.bytes.clone();
                return self.spend(bytes.len()).then(|| Value::Bytes(Rc::new(bytes)));
            }
            ("close" | "dispose" | "flush", []) => return Some(Value::Void),
            _ => (),
        }
        if Rc::strong_count(stream) > 1 && !self.spend(stream.bytes.len()) {
            return None;
        }
        match (method, arguments) {
            ("write", [bytes, start, len]) => {
                let bytes = bytes.to_bytes()?;
                let (start, len) = (index(start)?, index(len)?);
                let bytes = bytes.get(start..start.checked_add(len)?)?;
                if !self.spend(bytes.len()) {
                    return None;
                }
                Rc::make_mut(stream).write(bytes);
            }
            ("writebyte", [byte]) => {
                let byte = u8::try_from(byte.to_int()?).ok()?;
                Rc::make_mut(stream).write(&[byte]);
            }
            ("seek", [offset, origin]) => {
                let base = match &*origin.to_text()?.to_ascii_lowercase() {
                    "begin" | "0" => 0,
                    "current" | "1" => stream.at,
                    _ => stream.bytes.len(),
                };
                let at = i64::try_from(base).ok()?.checked_add(offset.to_int()?)?;
                let at = usize::try_from(at).ok().filter(|at| *at <= stream.bytes.len())?;
                Rc::make_mut(stream).at = at;
                return Some(Value::Int(i64::try_from(at).ok()?));
            }
            ("readbyte", []) => {
                let byte = stream.rest().first().copied();
                Rc::make_mut(stream).at += usize::from(byte.is_some());
                return Some(Value::Int(byte.map_or(-1, i64::from)));
            }
            _ => return None,
        }
        Some(Value::Void)
    }

    fn change_builder(
        &mut self,
        text: &mut Rc<String>,
        method: &str,
        arguments: &[Value],
    ) -> Option<Option<Value>> {
        let added = match (method, arguments) {
            ("tostring", []) => {
                let text = text.as_str().to_owned();
                return self.spend(text.len()).then(|| Some(Value::text(text)));
            }
            ("append", [value]) => {
                let mut out = TextBuilder::default();
                out.push_value(value, "")?;
                out.finish()
            }
            ("append", [value, count]) => value.to_text()?.repeat(small(count)?),
            ("appendline", []) => "\r\n".to_owned(),
            ("appendline", [value]) => value.to_text()? + "\r\n",
            ("appendformat", [format, values @ ..]) => {
                super::format::fill_in(&format.to_text()?, values, self.bytes)?
            }
            ("clear", []) => {
                *text = Rc::new(String::new());
                return Some(None);
            }
            _ => {
                let changed = self.method(&Value::Text(text.clone()), method, arguments)?;
                match (method, changed) {
                    ("insert" | "remove" | "replace", Value::Text(changed)) => *text = changed,
                    _ => return None,
                }
                return Some(None);
            }
        };
        let copied = if Rc::strong_count(text) > 1 { text.len() } else { 0 };
        if !self.spend(added.len() + copied) {
            return None;
        }
        Rc::make_mut(text).push_str(&added);
        Some(None)
    }

    fn change_collection(
        &mut self,
        own: &mut Rc<Collection>,
        method: &str,
        arguments: &[Value],
    ) -> Option<Value> {
        let copied = if Rc::strong_count(own) > 1 { own.values.len() } else { 0 };
        let added = match (method, arguments) {
            ("addrange", [values]) => values.items(),
            ("add" | "push" | "enqueue", [value]) => vec![value.clone()],
            _ => Vec::new(),
        };
        if !self.spend((copied + added.len()) * size_of::<Value>()) {
            return None;
        }
        let changed = Rc::make_mut(own);
        let count = changed.values.len();
        match (method, arguments) {
            ("add" | "addrange" | "push" | "enqueue", [_]) => {
                changed.values.extend(added);
                // `ArrayList.Add` returns the index. Scripts discard it, and other lists return nothing.
                return Some(Value::Void);
            }
            ("pop", []) => return changed.values.pop(),
            ("dequeue", []) if count > 0 => {
                // Each call moves all values.
                return self.step(count / 64).then(|| changed.values.remove(0));
            }
            ("insert", [at, value]) => {
                let at = index(at).filter(|at| *at <= count)?;
                if !self.step(count / 64) {
                    return None;
                }
                changed.values.insert(at, value.clone());
            }
            ("removeat", [at]) => {
                let at = index(at).filter(|at| *at < count)?;
                if !self.step(count / 64) {
                    return None;
                }
                changed.values.remove(at);
            }
            ("reverse", []) => changed.values.reverse(),
            ("clear", []) => changed.values.clear(),
            ("toarray", []) => return Some(Value::list(own.items())),
            _ => {
                let list = Value::list(own.items());
                return self.method(&list, method, arguments);
            }
        }
        Some(Value::Void)
    }

    fn change_table(
        &mut self,
        own: &mut Rc<Vec<(Value, Value)>>,
        method: &str,
        arguments: &[Value],
    ) -> Option<Value> {
        let place = |key: &Value| {
            let key = key.to_text()?;
            own.iter().position(|(own, _)| {
                own.to_text().is_some_and(|own| own.eq_ignore_ascii_case(&key))
            })
        };
        if !self.step(own.len() / 16 + 1) {
            return None;
        }
        match (method, arguments) {
            ("add", [key, value]) => {
                let place = place(key);
                if place.is_some() || own.len() >= limits::EVALUATION_TABLE {
                    return None;
                }
                Rc::make_mut(own).push((key.clone(), value.clone()));
            }
            ("remove", [key]) => {
                if let Some(place) = place(key) {
                    Rc::make_mut(own).remove(place);
                }
            }
            ("clear", []) => *own = Rc::new(Vec::new()),
            ("contains" | "containskey", [key]) => return Some(Value::Bool(place(key).is_some())),
            ("getenumerator", []) => {
                let entry = |(key, value): &(Value, Value)| {
                    Some(Value::Entry(Rc::new((key.to_text()?, value.clone()))))
                };
                return own.iter().map(entry).collect::<Option<_>>().map(Value::list);
            }
            ("item" | "get_item", [key]) => {
                let table = Value::Table(own.clone());
                return self.element(&table, key);
            }
            _ => return None,
        }
        Some(Value::Void)
    }

    /// Sets a property of an object.
    pub(super) fn set_property(object: &mut Value, name: &str, value: &Value) -> Option<()> {
        match (object, name) {
            (Value::Cipher(own), name) => {
                set_cipher(Rc::make_mut(own), &name.to_ascii_lowercase(), value)
            }
            (Value::Stream(own), name) if name.eq_ignore_ascii_case("position") => {
                let at = index(value).filter(|at| *at <= own.bytes.len())?;
                Rc::make_mut(own).at = at;
                Some(())
            }
            _ => None,
        }
    }

    /// Copies the rest of a stream to another.
    pub(super) fn copy_stream(&mut self, from: &Value, to: &mut Value) -> Option<()> {
        let (Value::Stream(from), Value::Stream(to)) = (from, to) else { return None };
        if !self.spend(from.rest().len()) {
            return None;
        }
        Rc::make_mut(to).write(from.rest());
        Some(())
    }

    /// Constructs an object that its methods change.
    pub(super) fn construct_object(&mut self, of: &str, arguments: &[Value]) -> Option<Value> {
        let (name, _) = of.split_once('[').unwrap_or((of, ""));
        let name = name.split('`').next().unwrap_or(name);
        let kind = match name {
            "io.memorystream" => {
                let bytes = match arguments {
                    [] | [Value::Int(_)] => Vec::new(),
                    [bytes, start, len, ..] if start.to_int().is_some() => {
                        let (start, len) = (index(start)?, index(len)?);
                        bytes.to_bytes()?.get(start..start.checked_add(len)?)?.to_vec()
                    }
                    [bytes, ..] => bytes.to_bytes()?.to_vec(),
                };
                return self.spend(bytes.len()).then(|| Value::Stream(Rc::new(Stream::new(bytes))));
            }
            "text.stringbuilder" => {
                let text = match arguments {
                    [value @ Value::Text(_), ..] => value.to_text()?,
                    _ => String::new(),
                };
                return Some(Value::Builder(Rc::new(text)));
            }
            "security.cryptography.aesmanaged"
            | "security.cryptography.aescryptoserviceprovider"
            | "security.cryptography.aescng"
            | "security.cryptography.aes"
            | "security.cryptography.rijndaelmanaged"
            | "security.cryptography.rijndael" => {
                return Some(Value::Cipher(Rc::new(Cipher::default())));
            }
            "collections.hashtable"
            | "collections.specialized.ordereddictionary"
            | "collections.generic.dictionary"
                if arguments.is_empty() =>
            {
                return Some(Value::Table(Rc::new(Vec::new())));
            }
            "collections.arraylist"
            | "collections.generic.list"
            | "collections.objectmodel.collection" => CollectionKind::List,
            "collections.stack" | "collections.generic.stack" => CollectionKind::Stack,
            "collections.queue" | "collections.generic.queue" => CollectionKind::Queue,
            _ => return None,
        };
        let values = match arguments {
            [] | [Value::Int(_)] => Vec::new(),
            [list] => list.items(),
            _ => return None,
        };
        self.spend(values.len() * size_of::<Value>())
            .then(|| Value::Collection(Rc::new(Collection { kind, values })))
    }

    /// Reads a stream to its end as text.
    pub(super) fn read_text(&mut self, stream: &Value, encoding: Encoding) -> Option<Value> {
        let bytes = stream.to_bytes()?;
        self.spend(bytes.len()).then(|| Value::text(encoding.decode(&bytes)))
    }
}

/// Sets a property of a cipher; `None` if it has no such value.
fn set_cipher(cipher: &mut Cipher, name: &str, value: &Value) -> Option<()> {
    let word = || Some(value.to_text()?.to_ascii_lowercase());
    match name {
        "key" => cipher.key = value.to_bytes()?.to_vec(),
        "iv" => cipher.vector = value.to_bytes()?.to_vec(),
        "mode" => {
            cipher.is_chained = match &*word()? {
                "cbc" | "1" => true,
                "ecb" | "2" => false,
                _ => return None,
            }
        }
        "padding" => {
            cipher.padding = match &*word()? {
                "none" | "zeros" | "1" | "3" => Padding::None,
                "pkcs7" | "ansix923" | "iso10126" | "2" | "4" | "5" => Padding::Counted,
                _ => return None,
            }
        }
        "blocksize" if value.to_int() == Some(128) => (),
        "keysize" => (),
        _ => return None,
    }
    Some(())
}

fn index(value: &Value) -> Option<usize> {
    usize::try_from(value.to_int()?).ok()
}

/// Returns a count that makes no long text.
fn small(value: &Value) -> Option<usize> {
    index(value).filter(|count| *count <= limits::EVALUATION_FREE_BYTES)
}
