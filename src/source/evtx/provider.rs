//! Which providers are PowerShell's.

/// Event id of script block logging.
pub(super) const SCRIPT_BLOCK_ID: u64 = 4104;

/// Whether a provider's name or GUID is one of PowerShell's. The arguments compare it with one name or GUID.
pub(super) fn is_powershell(
    is_name: impl Fn(&str) -> bool,
    is_guid: impl Fn(&str) -> bool,
) -> bool {
    ["Microsoft-Windows-PowerShell", "PowerShellCore"].into_iter().any(is_name)
        || ["a0c1853b-5c40-4b15-8766-3cf1c58f985a", "f90714a8-5509-434a-bf6d-b1624c8a19a2"]
            .into_iter()
            .any(is_guid)
}

/// Compares two GUIDs. `text` may have braces, and letters in either case.
pub(super) fn is_guid(text: &str, guid: &str) -> bool {
    text.trim_matches(['{', '}']).eq_ignore_ascii_case(guid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powershell_is_known_by_name_or_guid() {
        assert!(is_powershell(|name| name == "PowerShellCore", |_| false));
        let guid = "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}";
        assert!(is_powershell(|_| false, |known| is_guid(guid, known)));
        assert!(!is_powershell(|name| name == "powershellcore", |_| false));
        assert!(!is_powershell(|_| false, |known| is_guid("{}", known)));
    }
}
