//! The binding: a class over [`session::Session`](crate::session::Session). It converts and forwards; every decision is
//! made below it.
//!
//! ```text
//! options ─ serde-wasm-bindgen ─▶ Options        report ─ JSON, 64 KiB at a time ─▶ JSON.parse
//! bytes ─ copied, or written into a lent buffer ─▶ push
//! ```

mod case;
mod cutter;
mod inventory;

use crate::error::Error;
use crate::indicators;
use crate::inventory::BlockFilter;
use crate::report::{self, ExportFormat, ExportOptions, IndicatorQuery, Pieces, SharedText};
use crate::rule::RuleFile;
use crate::script;
use crate::session::{self, AllowEntries, AssetFiles, CheckedEntry, Options};
use crate::text::utf16_ranges;
use js_sys::{Array, JsString, Object, Reflect, Uint8Array, Uint32Array};
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::{Deserializer, Serializer};
use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, Write};
use wasm_bindgen::prelude::*;

/// What [`JsSession::left_out`] returns.
#[derive(Serialize)]
struct LeftOut<'a> {
    rules: Vec<report::Rule>,
    files: &'a [String],
}

/// A session of JavaScript. `npm/index.d.ts` documents each method.
#[wasm_bindgen(js_name = Session)]
pub struct JsSession {
    inner: session::Session,
    /// The buffer of [`JsSession::lend`].
    lent: Vec<u8>,
}

#[wasm_bindgen(js_class = Session)]
impl JsSession {
    /// Makes a session. Throws for an unknown option, and for one out of its range.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> Result<Self, JsValue> {
        let inner = session::Session::new(read_options(options)?).map_err(thrown)?;
        Ok(Self { inner, lent: Vec::new() })
    }

    /// Begins a source, or, with `piece` as the caller's number for it, a range of one.
    pub fn begin(
        &mut self,
        name: &str,
        piece: Option<f64>,
        offset: Option<f64>,
        size: Option<f64>,
        checksums: Option<bool>,
    ) -> Result<(), JsValue> {
        match piece {
            None => self.inner.begin(name),
            Some(piece) => {
                let (offset, size) = (offset.unwrap_or(0.0) as u64, size.map(|size| size as u64));
                self.inner.begin_range(name, piece as u64, offset, size, checksums == Some(true))
            }
        }
        .map_err(thrown)
    }

    /// Reads the source's next bytes.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), JsValue> {
        self.inner.push(bytes).map_err(thrown)
    }

    /// Returns a buffer in the session's own memory, to be filled for `pushLent`. It is valid until the session is next
    /// used: then memory may move.
    pub fn lend(&mut self, bytes: usize) -> Uint8Array {
        self.lent.resize(bytes, 0);
        let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
        let (at, length) = (self.lent.as_ptr() as u32, bytes as u32);
        Uint8Array::new_with_byte_offset_and_length(&memory.buffer(), at, length)
    }

    /// Reads the source's next bytes from the lent buffer, without a copy.
    #[wasm_bindgen(js_name = pushLent)]
    pub fn push_lent(&mut self, bytes: usize) -> Result<(), JsValue> {
        let filled = self.lent.get(..bytes).ok_or_else(|| {
            let lent = self.lent.len();
            named_error("order", &format!("pushLent: {bytes} bytes, but {lent} are lent"))
        })?;
        self.inner.push(filled).map_err(thrown)
    }

    /// Ends the source.
    pub fn end(&mut self) -> Result<(), JsValue> {
        self.inner.end().map_err(thrown)
    }

    /// Ends a source that broke off.
    pub fn fail(&mut self, code: &str, message: &str) -> Result<(), JsValue> {
        self.inner.fail(code.parse().map_err(thrown)?, message).map_err(thrown)
    }

    /// Returns the report. The texts of scripts are converted once for all of their places.
    pub fn report(&mut self) -> Result<JsValue, JsValue> {
        let mut report = self.inner.report();
        let shared = report::take_shared(&mut report);
        let object = to_object(&report)?;
        drop(report);
        let [fields_key, text_key] = ["fields", "text"].map(JsValue::from);
        let results = Reflect::get(&object, &"results".into())?;
        let script_blocks = Reflect::get(&object, &"scriptBlocks".into())?;
        let mut columns: HashMap<String, JsValue> = HashMap::new();
        for SharedText { text, cells, blocks } in shared {
            let text = JsValue::from(&*text);
            for (row, column) in cells {
                let row = Reflect::get_u32(&results, row as u32)?;
                let fields = Reflect::get(&row, &fields_key)?;
                let column = columns.entry(column).or_insert_with_key(|name| name.into());
                Reflect::set(&fields, column, &text)?;
            }
            for block in blocks {
                let block = Reflect::get_u32(&script_blocks, block as u32)?;
                Reflect::set(&block, &text_key, &text)?;
            }
        }
        Ok(object)
    }

    /// Returns the report without its texts, and for each result the line that matched.
    pub fn outline(&mut self) -> Result<JsValue, JsValue> {
        to_object(&self.inner.outline())
    }

    /// Returns a result's script block with its text; null for an unknown id.
    pub fn block(&mut self, id: &str) -> Result<JsValue, JsValue> {
        to_object(&self.inner.block(id))
    }

    /// Returns the tokens of a script block's text or view: start, end (UTF-16 units) and kind of each.
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

    /// Returns a rule as its file has it; null for an unknown id.
    pub fn rule(&self, id: &str) -> Result<JsValue, JsValue> {
        to_object(&self.inner.rule(id))
    }

    /// Returns the rules about other logs, and the names of the files without any rule.
    #[wasm_bindgen(js_name = leftOut)]
    pub fn left_out(&self) -> Result<JsValue, JsValue> {
        let rules = self.inner.rules_not_applicable();
        to_object(&LeftOut { rules, files: self.inner.files_without_rules() })
    }

    /// Replaces the allow-list: a list of entries, or the object of a file of them.
    #[wasm_bindgen(js_name = setAllowList)]
    pub fn set_allow_list(&mut self, list: JsValue) -> Result<(), JsValue> {
        let AllowEntries(entries) = read("allowList", list)?;
        self.inner.set_allow_list(entries).map_err(thrown)
    }

    /// Replaces the lists of assets and identities.
    #[wasm_bindgen(js_name = setAssets)]
    pub fn set_assets(&mut self, files: JsValue) -> Result<(), JsValue> {
        let AssetFiles(files) = read("assets", files)?;
        self.inner.set_assets(&files);
        Ok(())
    }

    /// Returns the allow-list entries that would hide a result.
    pub fn proposals(&mut self, result: &str) -> Result<JsValue, JsValue> {
        to_object(&self.inner.proposals(result))
    }

    /// Returns what an allow-list entry would hide.
    pub fn preview(&mut self, entry: JsValue) -> Result<JsValue, JsValue> {
        let CheckedEntry(entry) = read("allowList", entry)?;
        to_object(&self.inner.preview(entry).map_err(thrown)?)
    }

    /// Returns the allow-list as `json`, `macro` or `sigma`.
    #[wasm_bindgen(js_name = exportAllowList)]
    pub fn export_allow_list(&self, format: &str) -> Result<String, JsValue> {
        Ok(self.inner.export_allow_list(format.parse().map_err(thrown)?))
    }

    /// Loads one rule file beside the session's macros and lookups.
    #[wasm_bindgen(js_name = checkRule)]
    pub fn check_rule(&self, name: &str, text: &str) -> Result<JsValue, JsValue> {
        to_object(&self.inner.check_rule(&RuleFile::new(name, text)))
    }

    /// Returns how often each rule was evaluated.
    pub fn costs(&self) -> Result<JsValue, JsValue> {
        to_object(&self.inner.costs())
    }

    /// Returns the views of a script block.
    pub fn views(&mut self, id: &str) -> Result<JsValue, JsValue> {
        to_object(&self.inner.views(id))
    }

    /// Returns the indicators of the script blocks.
    #[wasm_bindgen(js_name = listIndicators)]
    pub fn list_indicators(&mut self, query: JsValue, blocks: JsValue) -> Result<JsValue, JsValue> {
        let query = match query.is_undefined() {
            true => IndicatorQuery::default(),
            false => read("query", query)?,
        };
        if blocks.is_undefined() {
            return to_object(&self.inner.indicators(&query));
        }
        let blocks: BlockFilter = read("blocks", blocks)?;
        to_object(&self.inner.indicators_of_blocks(&query, &blocks).map_err(thrown)?)
    }

    /// Returns the names that a script calls.
    #[wasm_bindgen(js_name = calledNames)]
    pub fn called_names(&self, text: &str) -> Result<JsValue, JsValue> {
        to_object(&indicators::called_names(text))
    }

    /// Returns bytes, records, events and script blocks so far.
    pub fn counts(&self) -> Result<JsValue, JsValue> {
        Ok(self.inner.counts().serialize(&Serializer::json_compatible())?)
    }

    /// Returns the session's state, for another session to merge.
    pub fn partial(&self) -> Result<Uint8Array, JsValue> {
        let bytes = self.inner.partial().map_err(thrown)?;
        Ok(Uint8Array::from(bytes.as_slice()))
    }

    /// Returns the session's state and clears it.
    pub fn drain(&mut self, piece: Option<f64>) -> Result<Uint8Array, JsValue> {
        let bytes = self.inner.drain(piece.map(|piece| piece as u64)).map_err(thrown)?;
        Ok(Uint8Array::from(bytes.as_slice()))
    }

    /// Adds the state of another session.
    pub fn merge(&mut self, partial: &[u8]) -> Result<(), JsValue> {
        self.inner.merge(partial).map_err(thrown)
    }

    /// Returns the report as `json`, or a table or a form of another program: text, or bytes of an archive.
    pub fn export(&mut self, format: &str, options: JsValue) -> Result<JsValue, JsValue> {
        let mut text = HostText::new();
        if let (Ok(format), true) = (format.parse(), options.is_undefined()) {
            // A piece ends between two characters, as the host's text requires.
            let mut pieces = Pieces::new(self.inner.report(), format);
            while let Some(piece) = pieces.next() {
                text.write_all(&piece).map_err(too_long)?;
            }
            return Ok(text.finish().map_err(too_long)?.into());
        }
        let format: ExportFormat = format.parse().map_err(thrown)?;
        let options = match options.is_undefined() {
            true => ExportOptions::default(),
            false => read("options", options)?,
        };
        let mut bytes = Vec::new();
        self.inner.export(format, &options, &mut bytes).map_err(too_long)?;
        if !format.is_text() {
            return Ok(Uint8Array::from(bytes.as_slice()).into());
        }
        text.write_all(&bytes).map_err(too_long)?;
        Ok(text.finish().map_err(too_long)?.into())
    }

    /// Returns what `export` does, in pieces.
    pub fn pieces(&mut self, format: &str) -> Result<JsPieces, JsValue> {
        let format = format.parse().map_err(thrown)?;
        Ok(JsPieces(Pieces::new(self.inner.report(), format)))
    }
}

/// An export in pieces of UTF-8.
#[wasm_bindgen(js_name = Pieces)]
pub struct JsPieces(Pieces);

#[wasm_bindgen(js_class = Pieces)]
impl JsPieces {
    /// Returns the next piece; undefined after the last one.
    pub fn next(&mut self) -> Option<Uint8Array> {
        Some(Uint8Array::from(self.0.next()?.as_slice()))
    }
}

/// Reads a session's options. An error names the option.
fn read_options(options: &JsValue) -> Result<Options, JsValue> {
    if options.is_undefined() || options.is_null() {
        return Ok(Options::default());
    }
    if !options.is_object() {
        return Err(named_error("option", "options: expected an object"));
    }
    let name = RefCell::new(String::new());
    // As a map, so that serde sees unknown names: of a struct serde-wasm-bindgen asks for the known ones only.
    let entries = Object::entries(options.unchecked_ref());
    let entries = entries.iter().filter_map(|entry| {
        let entry = Array::from(&entry);
        let value = entry.get(1);
        name.replace(entry.get(0).as_string()?);
        let is_given = !value.is_undefined() && !value.is_null();
        is_given.then(|| (name.borrow().clone(), Deserializer::from(value)))
    });
    let options = Options::deserialize(MapDeserializer::new(entries));
    options.map_err(|error| refused(&name.borrow(), error))
}

fn read<T: DeserializeOwned>(name: &str, value: JsValue) -> Result<T, JsValue> {
    serde_wasm_bindgen::from_value(value).map_err(|error| refused(name, error))
}

/// The error that serde made, with the option's name.
fn refused(name: &str, error: serde_wasm_bindgen::Error) -> JsValue {
    let error: js_sys::Error = JsValue::from(error).unchecked_into();
    named_error("option", &format!("option {name}: {}", String::from(error.message())))
}

fn thrown(error: Error) -> JsValue {
    let code = match error {
        Error::Option { .. } => "option",
        Error::Order(_) => "order",
        Error::Expression { .. } => "expression",
        Error::Partial(_) => "partial",
    };
    let value = named_error(code, &error.to_string());
    if let Error::Expression { line, column, .. } = error {
        for (name, number) in [("line", line), ("column", column)] {
            let _ = Reflect::set(&value, &name.into(), &number.into());
        }
    }
    value
}

#[wasm_bindgen(raw_module = "./error.js")]
extern "C" {
    /// The package's class of errors.
    type ScriptscopeError;
    #[wasm_bindgen(constructor)]
    fn new(code: &str, message: &str) -> ScriptscopeError;
}

fn named_error(code: &str, message: &str) -> JsValue {
    ScriptscopeError::new(code, message).into()
}

fn too_long(error: io::Error) -> JsValue {
    named_error("tooLong", &error.to_string())
}

/// Returns plain objects and arrays, with null for what is absent. By way of JSON, for which every type is written
/// already: serde-wasm-bindgen would serialise each a second time, with a larger wasm, and takes longer.
fn to_object<T: Serialize>(value: &T) -> Result<JsValue, JsValue> {
    let mut json = HostText::new();
    report::write_json(value, &mut json).map_err(too_long)?;
    parse_json(&json.finish().map_err(too_long)?)
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = JSON, js_name = parse)]
    fn parse_json(text: &JsString) -> Result<JsValue, JsValue>;

    /// A text to append to. js-sys has its method, but not its failure.
    type Growing;
    #[wasm_bindgen(catch, method)]
    fn concat(this: &Growing, other: &str) -> Result<JsString, JsValue>;
}

/// A text in the host's memory, appended to 64 KiB at a time. Wasm memory never shrinks, so it must not hold the text.
struct HostText {
    text: JsString,
    buffer: Vec<u8>,
}

const BUFFER_BYTES: usize = 64 << 10;

impl HostText {
    fn new() -> Self {
        Self { text: JsString::from(""), buffer: Vec::new() }
    }

    fn flush_buffer(&mut self) -> io::Result<()> {
        let piece = std::str::from_utf8(&self.buffer).unwrap_or_default();
        let message = "it is longer than a text can be here: use exportPieces";
        let text: &Growing = self.text.unchecked_ref();
        self.text = text.concat(piece).map_err(|_| io::Error::other(message))?;
        self.buffer.clear();
        Ok(())
    }

    fn finish(mut self) -> io::Result<JsString> {
        self.flush_buffer()?;
        Ok(self.text)
    }
}

impl Write for HostText {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() + bytes.len() > BUFFER_BYTES {
            self.flush_buffer()?;
        }
        self.buffer.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
