//! Cases and formatted scripts for JavaScript.

use super::{JsSession, named_error, parse_json, thrown, to_object};
use crate::case::{Case, CaseError};
use crate::report::to_json;
use crate::session::format_script;
use js_sys::{JsString, Object, Reflect, Uint32Array};
use wasm_bindgen::prelude::*;

/// Reads a case file: the case, and the options of a session that reads its logs.
#[wasm_bindgen(js_name = openCase)]
#[expect(unreachable_pub, reason = "exported to JavaScript")]
pub fn open_case(text: &str) -> Result<JsValue, JsValue> {
    let case = read(text)?;
    let json = format!("{{\"case\":{},\"options\":{}}}", case.to_json(), case.session_options());
    parse_json(&JsString::from(json))
}

/// Returns a case as a file's text. It is given as JSON.
#[wasm_bindgen(js_name = saveCase)]
#[expect(unreachable_pub, reason = "exported to JavaScript")]
pub fn save_case(text: &str) -> Result<String, JsValue> {
    Ok(read(text)?.to_json())
}

/// Joins two cases.
#[wasm_bindgen(js_name = mergeCases)]
#[expect(unreachable_pub, reason = "exported to JavaScript")]
pub fn merge_cases(one: &str, other: &str) -> Result<JsValue, JsValue> {
    let merged = read(one)?.merge(&read(other)?);
    let (case, conflicts) = (merged.case.to_json(), to_json(&merged.conflicts));
    parse_json(&JsString::from(format!("{{\"case\":{case},\"conflicts\":{conflicts}}}")))
}

/// Reads a case, or the empty one.
pub(super) fn read_optional(text: Option<&str>) -> Result<Case, JsValue> {
    text.map_or_else(|| Ok(Case::default()), read)
}

fn read(text: &str) -> Result<Case, JsValue> {
    Case::parse(text).map_err(|error: CaseError| {
        let value = named_error("case", &format!("case:{error}"));
        for (name, number) in [("line", error.line), ("column", error.column)] {
            let _ = Reflect::set(&value, &name.into(), &(number as u32).into());
        }
        value
    })
}

/// Formats a script for reading.
#[wasm_bindgen(js_name = formatScript)]
#[expect(unreachable_pub, reason = "exported to JavaScript")]
pub fn format_text(text: &str) -> Result<JsValue, JsValue> {
    let formatted = format_script(text);
    let map: Vec<u32> = formatted.map.iter().flatten().map(|offset| *offset as u32).collect();
    let object = Object::new();
    Reflect::set(&object, &"text".into(), &formatted.text.into())?;
    Reflect::set(&object, &"map".into(), &Uint32Array::from(map.as_slice()))?;
    Ok(object.into())
}

/// Returns the views of a script, and step by step how each was made.
#[wasm_bindgen(js_name = unwrap)]
#[expect(unreachable_pub, reason = "exported to JavaScript")]
pub fn unwrap_text(text: &str) -> Result<JsValue, JsValue> {
    to_object(&crate::session::unwrap(text))
}

#[wasm_bindgen(js_class = Session)]
impl JsSession {
    /// Returns the report for readers, with the marks of a case in JSON.
    #[wasm_bindgen(js_name = reportText)]
    pub fn report_text(&mut self, case: Option<String>, format: &str) -> Result<String, JsValue> {
        let case = read_optional(case.as_deref())?;
        Ok(self.inner.case_report(&case, format.parse().map_err(thrown)?).text)
    }

    /// Returns the ids of script blocks to read again before a report of a case in JSON, or an export of ids.
    #[wasm_bindgen(js_name = unreadTexts)]
    pub fn unread_texts(
        &mut self,
        case: Option<String>,
        ids: Option<Vec<String>>,
    ) -> Result<Vec<String>, JsValue> {
        let mut all = read_optional(case.as_deref())?.marked_texts();
        all.extend(ids.unwrap_or_default());
        Ok(self.inner.texts_to_read(&all))
    }

    /// Returns what is wrong with the logs of a case in JSON.
    #[wasm_bindgen(js_name = sourceProblems)]
    pub fn source_problems(&mut self, case: &str) -> Result<JsValue, JsValue> {
        to_object(&read(case)?.check_sources(&self.inner.outline().report))
    }
}
