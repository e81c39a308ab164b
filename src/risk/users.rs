//! The users behind a row.

use crate::event::service_account;
use crate::ordered::OrderedMap;
use crate::text::fold_case;
use crate::time::Time;

/// Who ran a script block behind a row, where and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockOrigin<'a> {
    /// The computer.
    pub(crate) computer: Option<&'a str>,
    /// The user's SID, or the name that the log has instead.
    pub(crate) user: Option<&'a str>,
    /// When the block was logged.
    pub(crate) time: Option<Time>,
}

impl<'a> BlockOrigin<'a> {
    fn user(&self) -> Option<&'a str> {
        self.user.filter(|user| !user.is_empty())
    }
}

/// A user as a risk object: an account of the network, or a service account of one computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserObject {
    /// The SID, or the name that the log has instead. Of a service account always the SID.
    pub(crate) user: String,
    /// The computer of a service account.
    pub(crate) computer: Option<String>,
}

impl UserObject {
    pub(crate) fn new(user: &str, computer: Option<&str>) -> Self {
        match service_account(user) {
            Some(sid) => Self { user: sid.to_owned(), computer: computer.map(str::to_owned) },
            None => Self { user: user.to_owned(), computer: None },
        }
    }

    /// Returns a key by which spellings that differ only in case are one user.
    pub(super) fn key(&self) -> (String, Option<String>) {
        (fold_case(&self.user), self.computer.as_deref().map(fold_case))
    }
}

/// Returns the users behind a row, each with the time of its last block. `origins` are sorted by time.
pub(super) fn users_behind(origins: &[BlockOrigin<'_>]) -> Vec<(UserObject, Option<Time>)> {
    let mut users = OrderedMap::new();
    for origin in origins {
        if let Some(user) = origin.user() {
            let object = UserObject::new(user, origin.computer);
            let entry = users.entry(object.key()).or_insert_with(|| (object, None));
            entry.1 = entry.1.max(origin.time);
        }
    }
    users.into_iter().map(|(_, user)| user).collect()
}

/// Returns the objects that a rule's user names: of a service account one for each computer on which it ran a block of the
/// row.
pub(super) fn named_users(user: &str, origins: &[BlockOrigin<'_>]) -> Vec<UserObject> {
    let Some(sid) = service_account(user) else { return vec![UserObject::new(user, None)] };
    let is_same = |origin: &&BlockOrigin<'_>| {
        origin.user().is_some_and(|own| service_account(own) == Some(sid))
    };
    let mut own: Vec<&BlockOrigin<'_>> = origins.iter().filter(is_same).collect();
    if own.is_empty() {
        own = origins.iter().collect();
    }
    let names = own.iter().filter_map(|origin| origin.computer);
    let names: OrderedMap<String, &str> = names.map(|name| (fold_case(name), name)).collect();
    if names.is_empty() {
        return vec![UserObject::new(sid, None)];
    }
    names.into_iter().map(|(_, name)| UserObject::new(sid, Some(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin<'a>(computer: &'a str, user: &'a str, second: u32) -> BlockOrigin<'a> {
        let time = Time::parse(&format!("2026-01-01T00:00:{second:02}Z")).map(|(time, _)| time);
        BlockOrigin { computer: Some(computer), user: Some(user), time }
    }

    fn shown(user: &UserObject) -> String {
        user.computer.iter().map(|name| format!("{name}\\")).collect::<String>() + &user.user
    }

    #[test]
    fn a_row_has_each_user_once_and_service_accounts_once_a_computer() {
        let origins = [
            origin("DC01", "S-1-5-21-1-1104", 1),
            origin("FS03", "s-1-5-21-1-1104", 2),
            origin("DC01", "S-1-5-18", 3),
            origin("dc01", "NT AUTHORITY\\SYSTEM", 4),
            origin("FS03", "S-1-5-18", 5),
            origin("FS03", "", 6),
        ];
        let users: Vec<_> = users_behind(&origins)
            .iter()
            .map(|(user, time)| (shown(user), time.unwrap().clock().2))
            .collect();
        let expected = [("DC01\\S-1-5-18", 4), ("FS03\\S-1-5-18", 5), ("S-1-5-21-1-1104", 2)];
        assert_eq!(users, expected.map(|(user, second)| (user.to_owned(), second)));
    }

    #[test]
    fn a_service_account_that_a_rule_names_is_one_of_the_computers_that_it_ran_on() {
        let origins =
            [origin("DC01", "S-1-5-18", 1), origin("FS03", "x", 2), origin("FS04", "system", 3)];
        let named =
            |user, origins| -> Vec<_> { named_users(user, origins).iter().map(shown).collect() };
        assert_eq!(named("SYSTEM", &origins), ["DC01\\S-1-5-18", "FS04\\S-1-5-18"]);
        assert_eq!(named("S-1-5-19", &origins[..2]), ["DC01\\S-1-5-19", "FS03\\S-1-5-19"]);
        assert_eq!(named("S-1-5-19", &[]), ["S-1-5-19"]);
        assert_eq!(named("CORP\\alice", &origins), ["CORP\\alice"]);
    }
}
