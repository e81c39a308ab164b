//! Values that are chosen by name on the command line.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};
use scriptscope::inventory::{BlockSort, Sameness, ScriptSort};
use scriptscope::report::{ExportFormat, Table};
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::marker::PhantomData;

/// Value with a name.
pub(crate) trait Named: Copy + PartialEq + Send + Sync + 'static {
    /// Returns every value.
    fn all() -> Vec<Self>;

    /// Returns its name.
    fn name(self) -> &'static str;
}

/// Parser of a named value. Help and completions show only some of the values, if it was made of these.
#[derive(Clone)]
pub(crate) struct Choice<T: 'static>(Option<&'static [T]>, PhantomData<T>);

impl<T: Named> Choice<T> {
    pub(crate) fn any() -> Self {
        Self(None, PhantomData)
    }

    pub(crate) fn shown(values: &'static [T]) -> Self {
        Self(Some(values), PhantomData)
    }
}

impl<T: Named> TypedValueParser for Choice<T> {
    type Value = T;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<T, Error> {
        // Its error names the values, and one that is near.
        let names = T::all().into_iter().map(Named::name);
        let name = PossibleValuesParser::new(names).parse_ref(command, arg, value)?;
        let found = T::all().into_iter().find(|own| own.name() == name);
        found.ok_or_else(|| Error::new(ErrorKind::InvalidValue).with_cmd(command))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let shown = self.0.map_or_else(T::all, <[T]>::to_vec);
        Some(Box::new(shown.into_iter().map(|own| PossibleValue::new(own.name()))))
    }
}

/// Form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) enum OutputFormat {
    Table,
    Json,
    Junit,
    Sarif,
    Github,
    Html,
    Markdown,
    /// A form of the engine.
    Export(ExportFormat),
}

impl OutputFormat {
    pub(crate) const NDJSON: Self = Self::Export(ExportFormat::Ndjson);
    pub(crate) const CSV: Self = Self::Export(ExportFormat::Csv);

    /// Returns the export of this form; none for the command line's own forms.
    pub(crate) fn export(self) -> Option<ExportFormat> {
        match self {
            Self::Export(format) => Some(format),
            _ => None,
        }
    }
}

impl Named for OutputFormat {
    fn all() -> Vec<Self> {
        let first = [Self::Table, Self::Json, Self::NDJSON, Self::CSV, Self::Junit];
        let mut all = first.to_vec();
        all.extend([Self::Sarif, Self::Github, Self::Html, Self::Markdown]);
        all.extend(ExportFormat::ALL.map(Self::Export).iter().filter(|own| !first.contains(own)));
        all
    }

    fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::Export(format) => format.name(),
        }
    }
}

impl From<OutputFormat> for String {
    fn from(format: OutputFormat) -> Self {
        format.name().to_owned()
    }
}

impl TryFrom<String> for OutputFormat {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let found = Self::all().into_iter().find(|own| own.name() == name);
        found.ok_or_else(|| {
            let names: Vec<_> = Self::all().into_iter().map(Named::name).collect();
            format!("{name:?} is no format: expected one of {}", names.join(", "))
        })
    }
}

/// Implements [`Named`] for a type of the engine.
macro_rules! named {
    ($($type:ty),*) => {$(
        impl Named for $type {
            fn all() -> Vec<Self> {
                Self::ALL.to_vec()
            }

            fn name(self) -> &'static str {
                <$type>::name(self)
            }
        }
    )*};
}

named!(Table, ScriptSort, Sameness);

impl Named for BlockSort {
    fn all() -> Vec<Self> {
        Self::ALL.to_vec()
    }

    fn name(self) -> &'static str {
        // Words of the command line have dashes.
        if self == Self::SeenOn { "seen-on" } else { BlockSort::name(self) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_a_name_of_its_own() {
        let mut names: Vec<_> = OutputFormat::all().into_iter().map(Named::name).collect();
        let number = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), number);
        assert_eq!(OutputFormat::try_from("csv".to_owned()), Ok(OutputFormat::CSV));
        let is_word =
            |name: &str| name.chars().all(|char| char.is_ascii_lowercase() || char == '-');
        assert!(BlockSort::all().into_iter().all(|own| is_word(Named::name(own))));
    }
}
