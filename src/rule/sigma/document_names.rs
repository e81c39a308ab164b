//! References to documents by id, name or title.

use std::collections::HashMap;

/// Maps ids (in lower case), names and titles to the index of their document. Of several documents with the same one, the
/// first counts.
pub(super) struct DocumentNames(HashMap<String, usize>);

/// The id, name and title of one document.
#[derive(Default)]
pub(super) struct DocumentAliases {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) title: Option<String>,
}

impl DocumentNames {
    /// Indexes documents in their order.
    pub(super) fn new(documents: impl Iterator<Item = DocumentAliases>) -> Self {
        let mut index_of = HashMap::new();
        for (index, DocumentAliases { id, name, title }) in documents.enumerate() {
            let id = id.map(|id| id.trim().to_ascii_lowercase());
            for name in [id, name, title].into_iter().flatten().filter(|name| !name.is_empty()) {
                index_of.entry(name).or_insert(index);
            }
        }
        Self(index_of)
    }

    /// Returns the index of the document that a reference names.
    pub(super) fn find(&self, reference: &str) -> Option<usize> {
        let by_id = || self.0.get(&reference.to_ascii_lowercase());
        self.0.get(reference).or_else(by_id).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{DocumentAliases, DocumentNames};

    #[test]
    fn ids_in_any_case_and_the_first_of_several() {
        let text = |text: &str| Some(text.to_owned());
        let names = DocumentNames::new(
            [
                DocumentAliases { id: text("AB-1"), name: text("n"), title: text("T") },
                DocumentAliases { id: text(""), name: text("n"), title: text("U") },
            ]
            .into_iter(),
        );
        assert_eq!(names.find("ab-1"), Some(0));
        assert_eq!(names.find("AB-1"), Some(0));
        assert_eq!(names.find("n"), Some(0));
        assert_eq!(names.find("U"), Some(1));
        assert_eq!(names.find("t"), None);
        assert_eq!(names.find(""), None);
    }
}
