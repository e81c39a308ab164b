//! Writes BinXML: templates as trees, names and definitions once a chunk.

use std::collections::HashMap;

/// An element of a template.
pub(crate) struct Element {
    pub(crate) name: &'static str,
    /// Index of the value without which the element does not exist.
    pub(crate) dependency: Option<u16>,
    pub(crate) attributes: Vec<(&'static str, Content)>,
    pub(crate) content: Vec<Content>,
}

/// The content of an attribute or an element.
pub(crate) enum Content {
    Text(String),
    /// A substitution: index and type of the value, and whether it is optional.
    Value(u16, u8, bool),
    Element(Element),
}

/// A value of an instance.
pub(crate) struct Typed {
    pub(crate) kind: u8,
    pub(crate) bytes: Vec<u8>,
}

/// The bytes of one chunk, and the names and templates written so far.
pub(crate) struct Page {
    pub(crate) bytes: Vec<u8>,
    names: HashMap<String, u32>,
    templates: HashMap<u32, u32>,
    /// The first entries of the hash table's lists, by which Windows finds names and templates.
    name_heads: [u32; 64],
    template_heads: [u32; 32],
}

/// The state of a page, to return to.
pub(crate) struct Checkpoint {
    length: usize,
    names: HashMap<String, u32>,
    templates: HashMap<u32, u32>,
    name_heads: [u32; 64],
    template_heads: [u32; 32],
}

impl Page {
    pub(crate) fn new() -> Self {
        Self {
            bytes: vec![0; 512],
            names: HashMap::new(),
            templates: HashMap::new(),
            name_heads: [0; 64],
            template_heads: [0; 32],
        }
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            length: self.bytes.len(),
            names: self.names.clone(),
            templates: self.templates.clone(),
            name_heads: self.name_heads,
            template_heads: self.template_heads,
        }
    }

    pub(crate) fn rewind(&mut self, checkpoint: Checkpoint) {
        self.bytes.truncate(checkpoint.length);
        self.names = checkpoint.names;
        self.templates = checkpoint.templates;
        (self.name_heads, self.template_heads) = (checkpoint.name_heads, checkpoint.template_heads);
    }

    /// Returns the string table and the template table of the chunk.
    pub(crate) fn tables(&self) -> Vec<u8> {
        self.name_heads.iter().chain(&self.template_heads).flat_map(|at| at.to_le_bytes()).collect()
    }

    pub(crate) fn u8(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(crate) fn u16(&mut self, number: u16) {
        self.bytes.extend(number.to_le_bytes());
    }

    pub(crate) fn u32(&mut self, number: u32) {
        self.bytes.extend(number.to_le_bytes());
    }

    pub(crate) fn u64(&mut self, number: u64) {
        self.bytes.extend(number.to_le_bytes());
    }

    pub(crate) fn at(&self) -> u32 {
        self.bytes.len() as u32
    }

    /// Overwrites a placeholder with a size.
    pub(crate) fn patch(&mut self, at: u32, number: u32) {
        self.bytes[at as usize..at as usize + 4].copy_from_slice(&number.to_le_bytes());
    }

    pub(crate) fn fragment_header(&mut self) {
        self.bytes.extend([0x0F, 1, 1, 0]);
    }

    /// Writes a reference to a name, and the name itself if the chunk does not have it yet.
    pub(crate) fn name(&mut self, name: &str) {
        if let Some(at) = self.names.get(name) {
            let at = *at;
            return self.u32(at);
        }
        let at = self.at() + 4;
        self.u32(at);
        let hash = name
            .encode_utf16()
            .fold(0_u32, |hash, unit| hash.wrapping_mul(65_599).wrapping_add(u32::from(unit)));
        let bucket = (hash as u16 % 64) as usize;
        self.u32(self.name_heads[bucket]);
        self.u16(hash as u16);
        self.u16(name.encode_utf16().count() as u16);
        self.units(name.encode_utf16());
        self.u16(0);
        self.name_heads[bucket] = at;
        self.names.insert(name.to_owned(), at);
    }

    /// Writes an instance of a template, and its definition if the chunk does not have it yet.
    pub(crate) fn instance(&mut self, guid: [u8; 16], root: &Element, values: &[Typed]) {
        let id = u32::from_le_bytes([guid[0], guid[1], guid[2], guid[3]]);
        self.u8(0x0C);
        self.u8(1);
        self.u32(id);
        match self.templates.get(&id) {
            Some(at) => self.u32(*at),
            None => self.definition(id, guid, root),
        }
        self.u32(values.len() as u32);
        for value in values {
            self.u16(value.bytes.len() as u16);
            self.u8(value.kind);
            self.u8(0);
        }
        for value in values {
            self.bytes.extend(&value.bytes);
        }
    }

    fn definition(&mut self, id: u32, guid: [u8; 16], root: &Element) {
        let at = self.at() + 4;
        self.u32(at);
        let bucket = (id % 32) as usize;
        self.u32(self.template_heads[bucket]);
        self.template_heads[bucket] = at;
        self.templates.insert(id, at);
        self.bytes.extend(guid);
        let size = self.at();
        self.u32(0);
        let start = self.at();
        self.fragment_header();
        self.element(root, true);
        self.u8(0);
        self.patch(size, self.at() - start);
    }

    /// Writes an element. Only within a definition it has a dependency.
    pub(crate) fn element(&mut self, element: &Element, in_definition: bool) {
        let has_attributes = !element.attributes.is_empty();
        self.u8(if has_attributes { 0x41 } else { 0x01 });
        if in_definition {
            self.u16(element.dependency.unwrap_or(0xFFFF));
        }
        let size = self.at();
        self.u32(0);
        let start = self.at();
        self.name(element.name);
        if has_attributes {
            self.attributes(&element.attributes, in_definition);
        }
        if element.content.is_empty() {
            self.u8(0x03);
        } else {
            self.u8(0x02);
            self.content(&element.content, in_definition);
            self.u8(0x04);
        }
        self.patch(size, self.at() - start);
    }

    fn attributes(&mut self, attributes: &[(&'static str, Content)], in_definition: bool) {
        let size = self.at();
        self.u32(0);
        let start = self.at();
        for (index, (name, content)) in attributes.iter().enumerate() {
            self.u8(if index + 1 < attributes.len() { 0x46 } else { 0x06 });
            self.name(name);
            self.content(std::slice::from_ref(content), in_definition);
        }
        self.patch(size, self.at() - start);
    }

    fn content(&mut self, content: &[Content], in_definition: bool) {
        for piece in content {
            match piece {
                Content::Text(text) => {
                    let units: Vec<_> = text.encode_utf16().collect();
                    self.text(&units);
                }
                Content::Value(index, kind, optional) => {
                    self.u8(if *optional { 0x0E } else { 0x0D });
                    self.u16(*index);
                    self.u8(*kind);
                }
                Content::Element(element) => self.element(element, in_definition),
            }
        }
    }

    /// Writes a text token.
    pub(crate) fn text(&mut self, units: &[u16]) {
        self.u8(0x05);
        self.u8(0x01);
        self.u16(units.len() as u16);
        self.units(units.iter().copied());
    }

    pub(crate) fn units(&mut self, units: impl Iterator<Item = u16>) {
        self.bytes.extend(units.flat_map(u16::to_le_bytes));
    }
}
