//! The binding: a thin class over [`session::Session`](crate::session::Session). It converts and forwards;
//! every decision is made below it.

use crate::error::Error;
use crate::report::{self, AllowEntry, SharedText};
use crate::rule::RuleFile;
use crate::script;
use crate::session::{self, Options};
use crate::text::utf16_ranges;
use js_sys::{Array, JsString, Object, Reflect, Uint8Array, Uint32Array};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use std::io;
use wasm_bindgen::prelude::*;

/// Reads logs and says what was run, what of it is hostile, and who is at risk.
#[wasm_bindgen]
pub struct Session {
    inner: session::Session,
    /// What was lent to be filled.
    room: Vec<u8>,
}

#[wasm_bindgen]
impl Session {
    /// A session with these options. Throws where one has a value that it cannot have.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> Result<Session, JsValue> {
        let inner = session::Session::new(read_options(options)?).map_err(thrown)?;
        Ok(Self { inner, room: Vec::new() })
    }

    /// Begins a source, or a range of one: `piece` is then the caller's number for the source, `offset` where the
    /// range begins, and `size` how many bytes the whole source has.
    pub fn begin(
        &mut self,
        name: &str,
        piece: Option<f64>,
        offset: Option<f64>,
        size: Option<f64>,
    ) -> Result<(), JsValue> {
        match piece {
            None => self.inner.begin(name),
            Some(piece) => {
                let (offset, size) = (offset.unwrap_or(0.0) as u64, size.map(|size| size as u64));
                self.inner.begin_range(name, piece as u64, offset, size)
            }
        }
        .map_err(thrown)
    }

    /// The source's next bytes, cut anywhere.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), JsValue> {
        self.inner.push(bytes).map_err(thrown)
    }

    /// So many bytes of the session's own memory, to be filled from the first and then given to `pushLent`.
    /// They are there until the session is next used.
    pub fn lend(&mut self, bytes: usize) -> Uint8Array {
        self.room.resize(bytes, 0);
        let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
        let (at, length) = (self.room.as_ptr() as u32, bytes as u32);
        Uint8Array::new_with_byte_offset_and_length(&memory.buffer(), at, length)
    }

    /// The source's next bytes, which stand in the room that was lent: nothing is copied.
    #[wasm_bindgen(js_name = pushLent)]
    pub fn push_lent(&mut self, bytes: usize) -> Result<(), JsValue> {
        let filled =
            self.room.get(..bytes).ok_or_else(|| expected("pushLent", "as many as lent"))?;
        self.inner.push(filled).map_err(thrown)
    }

    /// Ends the source.
    pub fn end(&mut self) -> Result<(), JsValue> {
        self.inner.end().map_err(thrown)
    }

    /// The source broke off, and why: ends it with a problem.
    pub fn fail(&mut self, code: &str, message: &str) -> Result<(), JsValue> {
        self.inner.fail(code.parse().map_err(thrown)?, message).map_err(thrown)
    }

    /// All that is known, as the report's contract has it. May be asked for at any time.
    pub fn report(&mut self) -> Result<JsValue, JsValue> {
        let mut report = self.inner.report();
        let shared = report::take_shared(&mut report);
        let shown = plain(&report)?;
        drop(report);
        let results = Reflect::get(&shown, &"results".into())?;
        for SharedText { text, places } in shared {
            let text = JsValue::from(&*text);
            for (row, column) in places {
                let row = Reflect::get_u32(&results, row as u32)?;
                let fields = Reflect::get(&row, &"fields".into())?;
                Reflect::set(&fields, &column.into(), &text)?;
            }
        }
        Ok(shown)
    }

    /// The report without its texts, and the line of each result that matched.
    pub fn outline(&mut self) -> Result<JsValue, JsValue> {
        plain(&self.inner.outline())
    }

    /// A script block that results name, with its text; null for an unknown id.
    pub fn block(&mut self, id: &str) -> Result<JsValue, JsValue> {
        plain(&self.inner.block(id))
    }

    /// The tokens of a script block's text, or of one of its views: start, end (UTF-16 units) and kind of
    /// each.
    pub fn tokens(&mut self, id: &str, view: Option<String>) -> Uint32Array {
        let text = self.inner.text(id, view.as_deref()).unwrap_or_default();
        let tokens: Vec<_> = script::lex(&text).collect();
        let ranges: Vec<_> = tokens.iter().map(|token| token.start..token.end).collect();
        let triples: Vec<u32> = utf16_ranges(&text, &ranges)
            .iter()
            .zip(&tokens)
            .flat_map(|(range, token)| [range.start as u32, range.end as u32, token.kind as u32])
            .collect();
        Uint32Array::from(triples.as_slice())
    }

    /// A rule as its file has it: search, facts, risk; null for an unknown id.
    pub fn rule(&self, id: &str) -> Result<JsValue, JsValue> {
        plain(&self.inner.rule(id))
    }

    /// Replaces the allow-list: entries, or the object that a file of them holds.
    #[wasm_bindgen(js_name = setAllowList)]
    pub fn set_allow_list(&mut self, list: &JsValue) -> Result<(), JsValue> {
        self.inner.set_allow_list(as_entries(list)?).map_err(thrown)
    }

    /// The entries that can be made from a result.
    pub fn proposals(&mut self, result: &str) -> Result<JsValue, JsValue> {
        plain(&self.inner.proposals(result))
    }

    /// What an entry would hide.
    pub fn preview(&mut self, entry: &JsValue) -> Result<JsValue, JsValue> {
        plain(&self.inner.preview(as_entry(entry)?).map_err(thrown)?)
    }

    /// The allow-list as `json`, `macro` or `sigma`.
    #[wasm_bindgen(js_name = exportAllowList)]
    pub fn export_allow_list(&self, format: &str) -> Result<String, JsValue> {
        Ok(self.inner.export_allow_list(format.parse().map_err(thrown)?))
    }

    /// A rule file by itself, with what is wrong with it.
    #[wasm_bindgen(js_name = checkRule)]
    pub fn check_rule(&self, name: &str, text: &str) -> Result<JsValue, JsValue> {
        plain(&self.inner.check_rule(&RuleFile::new(name, text)))
    }

    /// What each rule was spent on.
    pub fn costs(&self) -> Result<JsValue, JsValue> {
        plain(&self.inner.costs())
    }

    /// The texts hidden in a script block's text.
    pub fn views(&mut self, id: &str) -> Result<JsValue, JsValue> {
        plain(&self.inner.views(id))
    }

    /// Bytes, records, events and script blocks so far.
    pub fn counts(&self) -> Result<JsValue, JsValue> {
        Ok(self.inner.counts().serialize(&Serializer::json_compatible())?)
    }

    /// Everything the session holds, for another session with the same rules and options to merge.
    pub fn partial(&self) -> Result<Uint8Array, JsValue> {
        let bytes = self.inner.partial().map_err(thrown)?;
        Ok(Uint8Array::from(bytes.as_slice()))
    }

    /// What `partial` gives, given away: the session goes on with nothing, also in the middle of a source,
    /// whose number `piece` then is.
    pub fn drain(&mut self, piece: Option<f64>) -> Result<Uint8Array, JsValue> {
        let bytes = self.inner.drain(piece.map(|piece| piece as u64)).map_err(thrown)?;
        Ok(Uint8Array::from(bytes.as_slice()))
    }

    /// Takes in what another session's `partial` gave.
    pub fn merge(&mut self, partial: &[u8]) -> Result<(), JsValue> {
        self.inner.merge(partial).map_err(thrown)
    }

    /// The report as `json`, `ndjson` (a result a line) or `csv`.
    pub fn export(&mut self, format: &str) -> Result<String, JsValue> {
        let format = format.parse().map_err(thrown)?;
        Ok(self.inner.report().to_text(format))
    }
}

/// As plain objects and arrays, with null for what is absent. By way of JSON, which is written anyway: every
/// type written a second time, value by value, makes the wasm larger and takes longer.
fn plain<T: Serialize>(value: &T) -> Result<JsValue, JsValue> {
    let mut json = Pieces { whole: JsString::from(""), piece: Vec::new() };
    // Writing to the host's memory does not fail.
    let _ = report::write_json(value, &mut json);
    json.give();
    parse_json(&json.whole)
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = JSON, js_name = parse)]
    fn parse_json(text: &JsString) -> Result<JsValue, JsValue>;
}

/// A text that the host puts together, so that the wasm's memory never holds the whole: that does not shrink again.
struct Pieces {
    whole: JsString,
    piece: Vec<u8>,
}

const PIECE: usize = 64 << 10;

impl Pieces {
    fn give(&mut self) {
        let piece = std::str::from_utf8(&self.piece).unwrap_or_default();
        self.whole = self.whole.concat(&piece.into());
        self.piece.clear();
    }
}

impl io::Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.piece.len() + bytes.len() > PIECE {
            self.give();
        }
        self.piece.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is wrong with an expression has its place beside its words.
fn thrown(error: Error) -> JsValue {
    let value = named_error(&error.to_string());
    if let Error::Expression { line, column, .. } = error {
        for (name, number) in [("line", line), ("column", column)] {
            let _ = Reflect::set(&value, &name.into(), &number.into());
        }
    }
    value
}

fn named_error(message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    error.set_name("ScriptscopeError");
    error.into()
}

fn read_options(options: &JsValue) -> Result<Options, JsValue> {
    if options.is_undefined() || options.is_null() {
        return Ok(Options::default());
    }
    if !options.is_object() {
        return Err(named_error("options: expected an object"));
    }
    let get = |name: &str| -> Result<Option<JsValue>, JsValue> {
        let value = Reflect::get(options, &name.into())?;
        Ok((!value.is_undefined() && !value.is_null()).then_some(value))
    };
    let text = |name: &str| get(name)?.map(|value| as_text(name, &value)).transpose();
    let flag = |name: &str| get(name)?.map(|value| as_flag(name, &value)).transpose();
    Ok(Options {
        rules: get("rules")?.map_or(Ok(Vec::new()), |value| as_files(&value))?,
        macros: get("macros")?.map_or(Ok(Vec::new()), |value| as_pairs(&value))?,
        builtin: flag("builtin")?,
        disabled: get("disabled")?.map_or(Ok(Vec::new()), |value| {
            as_array("disabled", &value)?.iter().map(|id| as_text("disabled", &id)).collect()
        })?,
        mode: text("mode")?,
        computer: text("computer")?,
        utc_offset: text("utcOffset")?,
        since: text("since")?,
        until: text("until")?,
        min_score: get("minScore")?
            .map(|value| value.as_f64().ok_or_else(|| expected("minScore", "a number")))
            .transpose()?,
        sha256: flag("sha256")?.unwrap_or(false),
        views: flag("views")?,
        allow: get("allowList")?.map_or(Ok(Vec::new()), |value| as_entries(&value))?,
    })
}

fn as_files(value: &JsValue) -> Result<Vec<(String, Vec<u8>)>, JsValue> {
    let file = |file: JsValue| {
        let name = Reflect::get(&file, &"name".into())
            .ok()
            .and_then(|name| name.as_string())
            .ok_or_else(|| expected("rules", "objects with a name and a text"))?;
        let text = Reflect::get(&file, &"text".into())?;
        let bytes = match (text.as_string(), text.dyn_ref::<Uint8Array>()) {
            (Some(text), _) => text.into_bytes(),
            (None, Some(bytes)) => bytes.to_vec(),
            (None, None) => return Err(expected("rules", "a text or Uint8Array in each")),
        };
        Ok((name, bytes))
    };
    as_array("rules", value)?.iter().map(file).collect()
}

/// Entries of an allow-list, or the object of a file that holds them.
fn as_entries(value: &JsValue) -> Result<Vec<AllowEntry>, JsValue> {
    let entries = match value.is_object() && !Array::is_array(value) {
        true => Reflect::get(value, &"entries".into())?,
        false => value.clone(),
    };
    as_array("allowList", &entries)?.iter().map(|entry| as_entry(&entry)).collect()
}

fn as_entry(value: &JsValue) -> Result<AllowEntry, JsValue> {
    if !value.is_object() {
        return Err(expected("allowList", "objects with a name and a search"));
    }
    let get = |name: &str| Reflect::get(value, &name.into());
    let given = |value: &JsValue| !value.is_undefined() && !value.is_null();
    let (rule, enabled) = (get("rule")?, get("enabled")?);
    Ok(AllowEntry {
        name: as_text("allowList", &get("name")?)?,
        rule: given(&rule).then(|| as_text("allowList", &rule)).transpose()?,
        search: as_text("allowList", &get("search")?)?,
        enabled: !given(&enabled) || as_flag("allowList", &enabled)?,
    })
}

fn as_pairs(value: &JsValue) -> Result<Vec<(String, String)>, JsValue> {
    let object = value.dyn_ref::<Object>().ok_or_else(|| expected("macros", "an object"))?;
    let pair = |entry: JsValue| {
        let entry = Array::from(&entry);
        Ok((as_text("macros", &entry.get(0))?, as_text("macros", &entry.get(1))?))
    };
    Object::entries(object).iter().map(pair).collect()
}

fn as_array<'a>(name: &str, value: &'a JsValue) -> Result<&'a Array, JsValue> {
    value.dyn_ref::<Array>().ok_or_else(|| expected(name, "an array"))
}

fn as_text(name: &str, value: &JsValue) -> Result<String, JsValue> {
    value.as_string().ok_or_else(|| expected(name, "a string"))
}

fn as_flag(name: &str, value: &JsValue) -> Result<bool, JsValue> {
    value.as_bool().ok_or_else(|| expected(name, "true or false"))
}

fn expected(name: &str, what: &str) -> JsValue {
    named_error(&format!("option {name}: expected {what}"))
}
