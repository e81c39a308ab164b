//! The list of all script blocks for JavaScript.

use super::{JsSession, named_error, read, thrown, to_object};
use crate::inventory::{BlockQuery, ContextQuery, HistogramQuery, ScriptQuery};
use js_sys::{Array, Uint8Array};
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(js_class = Session)]
impl JsSession {
    /// Returns script blocks that were read, matched or not.
    #[wasm_bindgen(js_name = listBlocks)]
    pub fn list_blocks(&mut self, query: JsValue) -> Result<JsValue, JsValue> {
        let query: BlockQuery = query_of(query)?;
        to_object(&self.inner.list_blocks(&query).map_err(thrown)?)
    }

    /// Returns scripts: the script blocks of one text or shape.
    #[wasm_bindgen(js_name = listScripts)]
    pub fn list_scripts(&mut self, query: JsValue) -> Result<JsValue, JsValue> {
        let query: ScriptQuery = query_of(query)?;
        to_object(&self.inner.list_scripts(&query).map_err(thrown)?)
    }

    /// Returns the script blocks before and after one; null for an unknown id.
    #[wasm_bindgen(js_name = blockNeighbours)]
    pub fn block_neighbours(&mut self, id: &str, most: f64) -> Result<JsValue, JsValue> {
        to_object(&self.inner.block_neighbours(id, most as usize).map_err(thrown)?)
    }

    /// Reads a query over all script blocks.
    #[wasm_bindgen(js_name = searchQuery)]
    pub fn search_query(&self, text: &str) -> Result<JsValue, JsValue> {
        to_object(&self.inner.search_query(text).map_err(thrown)?)
    }

    /// Returns events beside script blocks.
    #[wasm_bindgen(js_name = contextEvents)]
    pub fn context_events(&mut self, query: JsValue) -> Result<JsValue, JsValue> {
        let query: ContextQuery = query_of(query)?;
        to_object(&self.inner.context_events(&query).map_err(thrown)?)
    }

    /// Returns numbers of script blocks over time.
    pub fn histogram(&mut self, query: JsValue) -> Result<JsValue, JsValue> {
        let query: HistogramQuery = query_of(query)?;
        to_object(&self.inner.histogram(&query).map_err(thrown)?)
    }

    /// Returns the ranges of sources that a script block is read again from; null for an unknown id.
    #[wasm_bindgen(js_name = readPlan)]
    pub fn read_plan(&mut self, id: &str) -> Result<JsValue, JsValue> {
        to_object(&self.inner.read_plan(id).map_err(thrown)?)
    }

    /// Reads a script block again from the bytes of its plan; null for an unknown id.
    #[wasm_bindgen(js_name = readBlock)]
    pub fn read_block(&mut self, id: &str, pieces: &Array) -> Result<JsValue, JsValue> {
        let bytes = |piece: JsValue| {
            let expected = || named_error("option", "option pieces: expected a list of Uint8Array");
            Ok(piece.dyn_into::<Uint8Array>().map_err(|_| expected())?.to_vec())
        };
        let pieces = pieces.iter().map(bytes).collect::<Result<Vec<_>, JsValue>>()?;
        to_object(&self.inner.read_block(id, &pieces).map_err(thrown)?)
    }
}

/// Reads what a list is asked for; everything where nothing is given.
fn query_of<T: DeserializeOwned + Default>(query: JsValue) -> Result<T, JsValue> {
    if query.is_undefined() || query.is_null() {
        return Ok(T::default());
    }
    read("query", query)
}
