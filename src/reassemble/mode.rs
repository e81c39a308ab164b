//! [`Mode`]: whether searches run over joined script blocks or over single records.

use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The unit that rules search.
///
/// ```
/// use scriptscope::Mode;
///
/// assert_eq!(Mode::default(), Mode::Block);
/// assert_eq!("event".parse(), Ok(Mode::Event));
/// assert_eq!(Mode::Event.to_string(), "event");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Script blocks, joined from their parts; a repeated record counts once.
    #[default]
    Block,
    /// Every record by itself, as a Splunk search sees it.
    Event,
}

impl Mode {
    /// The name that options and reports use: `block` or `event`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Event => "event",
        }
    }
}

impl FromStr for Mode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let all = [Self::Block, Self::Event];
        all.into_iter().find(|mode| mode.as_str() == text).ok_or_else(|| Error::Option {
            name: "mode",
            message: format!("{text:?} is neither \"block\" nor \"event\""),
        })
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
