//! What of a literal a scan looks for, and how rare it is.

use crate::text::fold_char;

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
            literal.chars().map(|char| u8::try_from(fold_char(char)).unwrap_or(u8::MAX)).collect();
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

/// What scripts are full of beside words: cmdlets, and how they are written one after the other.
const PHRASES: &str = "\
function get-item {\n    [cmdletbinding()]\n    param (\n        [parameter(mandatory = $true)]\n        [string]$path,\n        \
[switch] $force\n    )\n    begin {\n    }\n    process {\n        try {\n            if (-not (test-path -path $path)) {\n\
                write-host \"the file '$($file.name)' was not found\" -foregroundcolor red\n            } else {\n\
                write-verbose -message \"set $result\"\n                write-error $_.exception.message\n            }\n\
        } catch {\n            throw\n        } finally {\n            $null = $_\n        }\n        return $results\n    }\n\
    end {\n    }\n}\n# this is for the default of all that are not in use\n\
foreach ($computer in $computers) {\n    $service = get-service -name $service -computername $computer -erroraction silentlycontinue\n\
    $list += new-object psobject -property @{ name = $name; value = 0 }\n}\n\
get-content $file | where-object { $_.status -eq 'running' -and $_.id -gt 1 } | select-object -property name, id | sort-object \
| foreach-object { $_.tostring() } | out-null\nget-childitem -filter *.log -recurse | remove-item -force -confirm:$false\n\
start-process -filepath $path -argumentlist $arguments -wait\nget-process | stop-process\nstart-service stop-service set-service \
restart-service\nset-itemproperty get-itemproperty new-item copy-item move-item remove-variable set-variable\n\
import-module join-path split-path set-location get-date write-output write-progress write-warning add-type convertto-json \
out-file out-string set-content measure-object -comobject -hostname -credential -session -scriptblock -contains -replace -stream \
-string\n[system.io.file]::exists certificate mailbox share ticket recovery remove-user every add-user\n.synopsis\n.description\n\
.parameter\n.example\n#>\n";

/// How rare a lower-case byte is in scripts: the higher the rarer, as a logarithm would be.
pub(super) fn rarity(byte: u8) -> usize {
    BY_FREQUENCY.iter().position(|common| *common == byte).unwrap_or(BY_FREQUENCY.len())
}

/// Every piece of `N` bytes of the words and phrases that scripts are made of, sorted.
pub(super) fn common_pieces<const N: usize>() -> Vec<[u8; N]> {
    let words = WORDS.split_ascii_whitespace().chain([PHRASES]).map(str::as_bytes);
    let pieces = words.flat_map(|word| word.windows(N).filter_map(|piece| piece.try_into().ok()));
    let mut pieces: Vec<[u8; N]> = pieces.collect();
    pieces.sort_unstable();
    pieces.dedup();
    pieces
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
