//! [`Memo`]: the plans of definitions that were met before, in whichever chunk.

use super::binxml::{Chunk, NameAt};
use super::bytes::{Cursor, Fault};
use super::template::{Plan, plan};
use std::rc::Rc;

/// The plans used most.
#[derive(Default)]
pub(super) struct Memo {
    made: Vec<Made>,
}

/// Plans that are remembered. A log has a handful of templates, each with its names inline in some chunks and
/// referred to in others.
const MADE: usize = 32;

struct Made {
    /// Where its tokens were last found in a chunk: in the next one they stand there again, nearly always.
    at: usize,
    /// The tokens of the definition.
    bytes: Box<[u8]>,
    /// Where in them names are referred to, and what these are. Names that stand inline are among the tokens.
    names: Vec<(usize, Option<Box<[u8]>>)>,
    plan: Rc<Plan>,
}

impl Memo {
    /// The plan for these tokens, if one was made for the same.
    pub(super) fn recall(&mut self, chunk: &Chunk<'_>, tokens: Cursor<'_>) -> Option<Rc<Plan>> {
        let found = chunk.data.get(tokens.at()..tokens.end())?;
        let place = tokens.at();
        let again = self.made.iter().position(|made| made.stands_again(chunk, place, found));
        let at = match again {
            Some(at) => at,
            None => {
                let at = self.made.iter().position(|made| made.says(chunk, place, found))?;
                let made = self.made.get_mut(at)?;
                (made.at, made.bytes) = (place, found.into());
                at
            }
        };
        let plan = self.made.get(at).map(|made| Rc::clone(&made.plan));
        // What is used stays near the front: it is looked at first, and kept longest.
        self.made.swap(at, at / 2);
        plan
    }

    /// Makes the plan for these tokens.
    pub(super) fn make<'a>(
        &mut self,
        chunk: &Chunk<'a>,
        tokens: Cursor<'a>,
    ) -> Result<Rc<Plan>, Fault> {
        let (plan, names) = chunk.noting_names(|| plan(chunk, tokens))?;
        let plan = Rc::new(plan);
        let bytes = chunk.data.get(tokens.at()..tokens.end());
        // A definition that uses another one is read anew each time.
        if let (Some(bytes), Some(names)) = (bytes, names) {
            let name = |NameAt { reference, inline, name }: NameAt<'a>| {
                (reference.wrapping_sub(tokens.at()), (!inline).then(|| name.into()))
            };
            self.made.truncate(MADE - 1);
            self.made.push(Made {
                at: tokens.at(),
                bytes: bytes.into(),
                names: names.into_iter().map(name).collect(),
                plan: Rc::clone(&plan),
            });
        }
        Ok(plan)
    }
}

impl Made {
    /// Whether these are the tokens that stood at the same place when they were last found: then the names among
    /// them are the same too.
    fn stands_again(&self, chunk: &Chunk<'_>, at: usize, found: &[u8]) -> bool {
        let others = || self.names.iter().filter(|(_, name)| name.is_some());
        at == self.at
            && is_same((Some(&self.bytes), Some(found)))
            && others().all(|(reference, name)| refers(chunk, at + reference, name.as_deref()))
    }

    /// Whether these tokens, which begin at this place of the chunk, say the same.
    fn says(&self, chunk: &Chunk<'_>, at: usize, found: &[u8]) -> bool {
        if found.len() != self.bytes.len() {
            return false;
        }
        let mut from = 0;
        for (reference, name) in &self.names {
            let own = (self.bytes.get(from..*reference), found.get(from..*reference));
            if !is_same(own) || !refers(chunk, at + reference, name.as_deref()) {
                return false;
            }
            // Behind the reference, a name that stands inline begins with the place of another name.
            from = reference + if name.is_none() { 8 } else { 4 };
        }
        is_same((self.bytes.get(from..), found.get(from..)))
    }
}

/// Whether the name referred to at this place of the chunk is this one, or stands right there.
fn refers(chunk: &Chunk<'_>, reference: usize, name: Option<&[u8]>) -> bool {
    match (chunk.name_at(reference), name) {
        (Some(found), None) => found.inline,
        (Some(found), Some(name)) => !found.inline && is_same((Some(found.name), Some(name))),
        (None, _) => false,
    }
}

/// In wasm, comparing slices goes byte by byte.
fn is_same(both: (Option<&[u8]>, Option<&[u8]>)) -> bool {
    let (Some(one), Some(other)) = both else { return false };
    if one.len() != other.len() {
        return false;
    }
    let (words, rest) = one.as_chunks::<16>();
    let (others, other_rest) = other.as_chunks::<16>();
    let mut differ = 0;
    for (word, other) in words.iter().zip(others) {
        differ |= u128::from_le_bytes(*word) ^ u128::from_le_bytes(*other);
    }
    differ == 0 && rest == other_rest
}
