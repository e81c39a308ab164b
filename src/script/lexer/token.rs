//! [`Token`] and its kinds.

/// The kind of a token. JavaScript sees the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum TokenKind {
    /// A bracket, a separator, a bare word, or text that is not PowerShell.
    Other = 0,
    /// `# …` or `<# … #>`.
    Comment = 1,
    /// A string, or a section of a string between its variables.
    String = 2,
    /// `$name`, `${any name}`, `$env:name`, `@splatted`.
    Variable = 3,
    /// The name of a command that is called, or of a function that is declared.
    Command = 4,
    /// A word of the language.
    Keyword = 5,
    /// An operator, including words such as `-eq`.
    Operator = 6,
    /// A number with its suffix.
    Number = 7,
    /// `[System.Text.Encoding]`, or the name of a declared class.
    Type = 8,
    /// `-Name` of a command.
    Parameter = 9,
    /// A property, a method or a hash table's key.
    Member = 10,
}

/// Bytes `start..end` of a text: never empty, on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
    /// The token's kind.
    pub kind: TokenKind,
}
