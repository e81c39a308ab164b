//! What of a literal a scan looks for, and how rare it is.

use crate::text::fold;
use std::collections::HashSet;

/// Longest piece of a literal that is looked for. What it leaves out, evaluating the rule sees.
pub(super) const CORE_BYTES: usize = 64;

/// What stands in every text that holds a literal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    /// Nothing in particular.
    Nothing,
    /// Any character beyond ASCII.
    NonAscii,
    /// These ASCII bytes, lower-case: 1 to [`CORE_BYTES`] of them.
    Core(Vec<u8>),
}

impl Need {
    /// The longest ASCII piece of a literal. A character beyond ASCII folds to another such character, and
    /// U+FFFD stands for a lone surrogate, so beyond ASCII only their presence is sure.
    pub(super) fn of(literal: &str) -> Self {
        let folded: Vec<u8> =
            literal.chars().map(|char| u8::try_from(fold(char)).unwrap_or(u8::MAX)).collect();
        let core = folded
            .split(|byte| !byte.is_ascii())
            .map(|piece| piece.get(..CORE_BYTES).unwrap_or(piece))
            .rev()
            .max_by_key(|piece| piece.len())
            .unwrap_or_default();
        match (core, literal.is_empty()) {
            ([], true) => Self::Nothing,
            ([], false) => Self::NonAscii,
            _ => Self::Core(core.to_vec()),
        }
    }
}

/// The characters of PowerShell scripts in lower case, the most frequent first.
const BY_FREQUENCY: &[u8] =
    b" etaionrsldcmpu\n\r$_\".='hbyfvgw-()\\0z{}[],;1x2kj:/3|q4568#79@+\t`*%!&<>?^~";

/// The words that scripts are made of: however rare their letters, a piece of one finds too much.
const WORDS: &str = "\
    access account add-member address admin alias alloc application argument arraylist array assembly \
    attribute author automation base64 begin boolean break build byte bytes catch char child childitem \
    class client code collection collections command computer computername config configuration connect \
    content continue control convert copy count create credential current data date debug default define \
    delete description destination diagnostics dictionary directory disable domain download else elseif \
    enable encoding entry enum enumerate environment equals error erroraction event example exception \
    execute exit export expression false field file files filter finally find folder force foreach \
    format function generic get-item group handle hash hashtable header help host http identity import \
    index information input instance int32 int64 interop invoke item itemproperty join kernel32 key \
    length level library license like list load local location machine management mandatory marshal \
    match member memory message method microsoft mode module name namespace native network new-object \
    node notes null number object open option output override param parameter password path pattern \
    permission pipeline plugin pointer policy port position powershell print private process program \
    property protocol provider public query random read recurse reference reflection regex registry \
    release remote remove rename replace request reset resource response result results return root \
    runtime sample schema scope script scriptblock search security select send server service services \
    session set-item setting shell silentlycontinue size software sort source split start state static \
    status stop stream string strings substring switch synopsis system table target task template temp \
    test text thread threading throw time token toarray tostring trim true type unknown update upload \
    user username using util valid validate value values variable verbose version virtual void wait \
    warning where while win32 window windows wmi word work write xml $false $null $true -eq -erroraction -like \
    -match -ne -not [byte[] [convert [int [string if( get- set- new-";

/// How rare a lower-case byte is in scripts: the higher the rarer, as a logarithm would be.
pub(super) fn rarity(byte: u8) -> usize {
    BY_FREQUENCY.iter().position(|common| *common == byte).unwrap_or(BY_FREQUENCY.len())
}

/// Every piece of `N` bytes of the words that scripts are made of.
pub(super) fn common_pieces<const N: usize>() -> HashSet<[u8; N]> {
    let words = WORDS.split_ascii_whitespace().map(str::as_bytes);
    words.flat_map(|word| word.windows(N).filter_map(|piece| piece.try_into().ok())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_ascii_piece_is_looked_for() {
        let core = |text: &str| Need::Core(text.as_bytes().to_vec());
        assert_eq!(Need::of("Enable-PSRemoting"), core("enable-psremoting"));
        assert_eq!(Need::of("ab–cDe\u{FFFD}fgh"), core("cde"));
        assert_eq!(Need::of("–ÿ"), Need::NonAscii);
        assert_eq!(Need::of(""), Need::Nothing);
        assert_eq!(Need::of(&"x".repeat(99)), core(&"x".repeat(CORE_BYTES)));
    }
}
