//! How common bytes and words are in PowerShell scripts: the one table by which every search chooses the bytes of a literal
//! to look for first.

/// The ASCII characters of PowerShell scripts in lower case, most frequent first.
const BY_FREQUENCY: &[u8] =
    b" etaorinsl\ncdmpu\r-.\"$hgf()y0bv=w1,xk'/2_{}:3\\;4568790[]j#|+zq@*<>&!`%";

/// Rarity of each byte: its place in [`BY_FREQUENCY`], from 1, or one more than the last for a byte that is not in it.
const RARITY: [u8; 256] = {
    let mut table = [BY_FREQUENCY.len() as u8 + 1; 256];
    let mut rank = 0;
    #[allow(clippy::indexing_slicing, reason = "runs when the crate is compiled")]
    while rank < BY_FREQUENCY.len() {
        table[BY_FREQUENCY[rank] as usize] = rank as u8 + 1;
        rank += 1;
    }
    table
};

/// Returns how rare a lower-case byte is in scripts: 1 for a space, 70 for a byte that hardly any script has. It grows like a
/// logarithm, so the rarities of several bytes may be added.
pub(super) fn rarity(byte: u8) -> u32 {
    RARITY.get(usize::from(byte)).copied().map_or(0, u32::from)
}

/// Returns every `N` successive bytes of the words and phrases that scripts are made of, sorted.
pub(super) fn common_pieces<const N: usize>() -> Vec<[u8; N]> {
    let words = WORDS.split_ascii_whitespace().chain([PHRASES]).map(str::as_bytes);
    let pieces = words.flat_map(|word| word.windows(N).filter_map(|piece| piece.try_into().ok()));
    let mut pieces: Vec<[u8; N]> = pieces.collect();
    pieces.sort_unstable();
    pieces.dedup();
    pieces
}

/// Words of many scripts: a piece of one is in too many texts, however rare its letters are.
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

/// Cmdlets, and how they follow each other in many scripts.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rarity_of_a_byte_is_its_rank() {
        assert_eq!([rarity(b' '), rarity(b'e'), rarity(b'~')], [1, 2, 70]);
        assert_eq!([rarity(b'\0'), rarity(b'A'), rarity(0xC3)], [70; 3]);
    }
}
