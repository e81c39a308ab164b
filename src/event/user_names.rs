//! [`UserNames`]: names of accounts by security identifier (SID).

use super::Event;
use crate::limits;
use crate::ordered::OrderedMap;
use crate::text::floor_char_boundary;

/// Names of accounts, by SID. The events of the logs give them; well-known ones need none. The order in which names are
/// added does not matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct UserNames {
    by_sid: OrderedMap<String, String>,
    has_more: bool,
}

impl UserNames {
    /// Adds the name that an event gives a SID. Anything else than a SID and a name is ignored. Of several names, one with
    /// a domain is preferred, then the first in alphabetical order. Past the limit the first SIDs are kept.
    pub(crate) fn add(&mut self, sid: &str, name: &str) {
        let name = name.get(..floor_char_boundary(name, limits::NAME_BYTES)).unwrap_or(name).trim();
        let says_nothing =
            matches!(name, "" | "-" | "NOT_TRANSLATED" | "N/A" | "(NULL)") || is_sid(name);
        if says_nothing
            || !is_sid(sid)
            || sid.len() > limits::SID_BYTES
            || fixed_name(sid).is_some()
        {
            return;
        }
        let rank = |name: &str| !name.contains('\\');
        let known = self.by_sid.entry(sid.to_ascii_uppercase()).or_insert_with(|| name.to_owned());
        if (rank(name), name) < (rank(known), known.as_str()) {
            *known = name.to_owned();
        }
        if self.by_sid.len() > limits::USER_NAMES {
            self.by_sid.pop_last();
            self.has_more = true;
        }
    }

    /// Adds the name that an event gives its own user.
    pub(crate) fn add_user_of(&mut self, event: &Event) {
        let Some(sid) = event.user.as_deref().filter(|user| is_sid(user)) else { return };
        let value = |names: &[&str]| {
            let field = |name: &str| event.fields.all(name).find(|value| !value.is_empty());
            names.iter().find_map(|name| field(name))
        };
        let Some(name) = value(&NAME_FIELDS) else { return };
        match value(&DOMAIN_FIELDS).filter(|_| !name.contains(['\\', '@'])) {
            Some(domain) => self.add(sid, &format!("{domain}\\{name}")),
            None => self.add(sid, name),
        }
    }

    /// Notes that there were more names than are kept.
    pub(crate) fn set_more(&mut self) {
        self.has_more = true;
    }

    /// Returns whether there were more names than are kept.
    pub(crate) fn has_more(&self) -> bool {
        self.has_more
    }

    /// Returns the names by SID, in the order of SIDs.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.by_sid.iter().map(|(sid, name)| (sid.as_str(), name.as_str()))
    }

    /// Returns the name of an account. `None` if it is unknown.
    pub(crate) fn get(&self, sid: &str) -> Option<&str> {
        let given = || self.by_sid.get(&sid.to_ascii_uppercase()).map(String::as_str);
        fixed_name(sid).or_else(given).or_else(|| kind_name(sid))
    }
}

/// Names of values that hold the name of an event's user: of Splunk's text, Elastic, NXLog, Wazuh and others.
const NAME_FIELDS: [&str; 7] =
    ["winlog.user.name", "user.name", "AccountName", "UserName", "User", "user", "Username"];

/// Names of values that hold the domain of an event's user.
const DOMAIN_FIELDS: [&str; 4] = ["winlog.user.domain", "user.domain", "Domain", "AccountDomain"];

/// Returns whether a text is a SID.
pub(crate) fn is_sid(text: &str) -> bool {
    let rest = text.get(..4).filter(|start| start.eq_ignore_ascii_case("S-1-")).and(text.get(4..));
    rest.is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    })
}

/// Returns the SID of an account that every machine has for itself: SYSTEM, LOCAL SERVICE, NETWORK SERVICE. `user` is a
/// SID or a name.
pub(crate) fn service_account(user: &str) -> Option<&'static str> {
    let name = match user.rsplit_once('\\') {
        Some((authority, name)) if authority.eq_ignore_ascii_case("NT AUTHORITY") => name,
        Some(_) => return None,
        None => user,
    };
    let is = |(sid, own): &&(&str, &str)| {
        name.eq_ignore_ascii_case(sid) || name.eq_ignore_ascii_case(own)
    };
    SERVICE_ACCOUNTS.iter().find(is).map(|(sid, _)| *sid)
}

/// Accounts that every machine has for itself.
const SERVICE_ACCOUNTS: [(&str, &str); 3] =
    [("S-1-5-18", "SYSTEM"), ("S-1-5-19", "LOCAL SERVICE"), ("S-1-5-20", "NETWORK SERVICE")];

/// Returns the name of an account whose SID is the same on every machine, from Microsoft's list of well-known SIDs.
fn fixed_name(sid: &str) -> Option<&'static str> {
    const FIXED: [(&str, &str); 7] = [
        ("S-1-0-0", "Nobody"),
        ("S-1-1-0", "Everyone"),
        ("S-1-5-6", "SERVICE"),
        ("S-1-5-7", "ANONYMOUS LOGON"),
        ("S-1-5-11", "Authenticated Users"),
        ("S-1-5-32-544", "Administrators"),
        ("S-1-5-32-545", "Users"),
    ];
    let all = SERVICE_ACCOUNTS.iter().chain(&FIXED);
    all.into_iter().find(|(own, _)| sid.eq_ignore_ascii_case(own)).map(|(_, name)| *name)
}

/// Returns the kind of an account that has no name of its own, from the authority and the relative id in its SID.
fn kind_name(sid: &str) -> Option<&'static str> {
    let starts =
        |start: &str| sid.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start));
    let kinds = [
        ("S-1-5-80-", "a service's account"),
        ("S-1-5-82-", "an IIS application pool"),
        ("S-1-5-83-", "a virtual machine"),
        ("S-1-5-90-", "a window manager"),
        ("S-1-5-96-", "a font driver host"),
        ("S-1-12-1-", "an Entra ID account"),
    ];
    if starts("S-1-5-21-") {
        return match sid.rsplit('-').next()? {
            "500" => Some("the built-in Administrator"),
            "501" => Some("the built-in Guest"),
            "502" => Some("krbtgt"),
            "503" => Some("DefaultAccount"),
            _ => None,
        };
    }
    kinds.iter().find(|(start, _)| starts(start)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_accounts_have_names() {
        let names = UserNames::default();
        for (sid, name) in [
            ("S-1-5-18", Some("SYSTEM")),
            ("s-1-5-20", Some("NETWORK SERVICE")),
            ("S-1-5-21-1-2-3-500", Some("the built-in Administrator")),
            ("S-1-5-80-956008885-3418522649", Some("a service's account")),
            ("S-1-5-21-1-2-3-1104", None),
            ("CORP\\alice", None),
        ] {
            assert_eq!(names.get(sid), name, "{sid}");
        }
    }

    #[test]
    fn the_logs_name_other_accounts_in_any_order() {
        let sid = "S-1-5-21-1-2-3-1104";
        let given = [
            (sid, "alice"),
            (sid, "CORP\\bob"),
            (sid, "CORP\\alice"),
            (sid, "NOT_TRANSLATED"),
            ("x", "y"),
        ];
        let mut one = UserNames::default();
        given.iter().for_each(|(sid, name)| one.add(sid, name));
        let mut other = UserNames::default();
        given.iter().rev().for_each(|(sid, name)| other.add(&sid.to_lowercase(), name));
        assert_eq!(one, other);
        assert_eq!(one.iter().collect::<Vec<_>>(), [(sid, "CORP\\alice")]);
        one.add("S-1-5-21-1-2-3-500", "CORP\\Administrator");
        one.add("S-1-5-18", "CORP\\DC01$");
        assert_eq!(one.get("S-1-5-21-1-2-3-500"), Some("CORP\\Administrator"));
        assert_eq!(one.get("S-1-5-18"), Some("SYSTEM"));
    }

    #[test]
    fn an_event_names_its_own_user() {
        for (fields, name) in [
            (&[("User", "CORP\\alice")][..], Some("CORP\\alice")),
            (&[("User", "NOT_TRANSLATED")], None),
            (&[("winlog.user.domain", "CORP"), ("winlog.user.name", "alice")], Some("CORP\\alice")),
            (&[("Domain", "CORP"), ("AccountName", "alice")], Some("CORP\\alice")),
            (
                &[("Domain", "CORP"), ("AccountName", "alice@corp.example")],
                Some("alice@corp.example"),
            ),
            (&[("Path", "x")], None),
        ] {
            let user = Some("S-1-5-21-1-2-3-1104".to_owned());
            let event =
                Event { user, fields: fields.iter().copied().collect(), ..Event::default() };
            let mut names = UserNames::default();
            names.add_user_of(&event);
            assert_eq!(names.get("S-1-5-21-1-2-3-1104"), name);
        }
    }

    #[test]
    fn service_accounts_are_known_by_sid_and_name() {
        for (user, sid) in [
            ("S-1-5-18", Some("S-1-5-18")),
            ("NT AUTHORITY\\SYSTEM", Some("S-1-5-18")),
            ("nt authority\\local service", Some("S-1-5-19")),
            ("System", Some("S-1-5-18")),
            ("CORP\\SYSTEM", None),
            ("S-1-5-180", None),
        ] {
            assert_eq!(service_account(user), sid, "{user}");
        }
    }

    #[test]
    fn the_number_of_names_is_limited() {
        let mut names = UserNames::default();
        for number in 0..2 * limits::USER_NAMES {
            names.add(&format!("S-1-5-21-{number:09}"), "x");
        }
        assert_eq!(names.iter().len(), limits::USER_NAMES);
        assert_eq!(names.get("S-1-5-21-000000000"), Some("x"));
    }
}
