//! Well-known security identifiers, from Microsoft's list of the same name.

/// Returns the name of an account or group whose SID is the same on every machine, or ends in a fixed relative id.
pub(crate) fn well_known_sid(sid: &str) -> Option<&'static str> {
    const KNOWN: &[(&str, &str)] = &[
        ("S-1-1-0", "Everyone"),
        ("S-1-5-7", "ANONYMOUS LOGON"),
        ("S-1-5-11", "Authenticated Users"),
        ("S-1-5-18", "SYSTEM"),
        ("S-1-5-19", "LOCAL SERVICE"),
        ("S-1-5-20", "NETWORK SERVICE"),
        ("S-1-5-32-544", "Administrators"),
        ("S-1-5-32-545", "Users"),
    ];
    let known = KNOWN.iter().find(|(id, _)| *id == sid).map(|(_, name)| *name);
    known.or_else(|| {
        // Two accounts of every domain and machine have fixed relative ids.
        let relative_id = sid.strip_prefix("S-1-5-21-")?.rsplit('-').next()?;
        match relative_id {
            "500" => Some("the built-in Administrator"),
            "501" => Some("the built-in Guest"),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::well_known_sid;

    #[test]
    fn well_known_accounts_have_names() {
        assert_eq!(well_known_sid("S-1-5-18"), Some("SYSTEM"));
        assert_eq!(well_known_sid("S-1-5-21-1-2-3-500"), Some("the built-in Administrator"));
        assert_eq!(well_known_sid("S-1-5-21-1-2-3-1104"), None);
    }
}
