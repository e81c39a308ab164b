//! Names of hosts.

use super::address::{Dotted, dotted, ipv4_left_out, ipv6, ipv6_left_out};
use super::kind::{IndicatorKind, LeftOut};
use crate::static_map::StaticMap;

/// A host, as a URL, a UNC path or an e-mail address has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    pub(super) kind: IndicatorKind,
    /// Its name in lower case, or its address.
    pub(super) value: String,
    pub(super) left_out: Option<LeftOut>,
}

/// Parses the host of a URL or of a UNC path: an address, or a name of one label or more. A name with a variable in it is
/// returned as left out.
pub(super) fn parse_host(text: &str) -> Option<Host> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    if let Some(address) = bare.and_then(|text| text.split('%').next()).and_then(ipv6) {
        let left_out = ipv6_left_out(address);
        return Some(Host { kind: IndicatorKind::Ipv6, value: address.to_string(), left_out });
    }
    if let Some(Dotted::Address(address)) = dotted(text) {
        let left_out = ipv4_left_out(address);
        return Some(Host { kind: IndicatorKind::Ipv4, value: address.to_string(), left_out });
    }
    let host = |value: String, left_out| Host { kind: IndicatorKind::Host, value, left_out };
    if text.contains(['$', '{', '%', '(']) {
        return Some(host(text.to_owned(), Some(LeftOut::Incomplete)));
    }
    let name = text.trim_end_matches('.').to_lowercase();
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|char| char.is_alphanumeric() || matches!(char, '-' | '_'))
    };
    let is_name = name.len() <= 253 && name.split('.').all(is_label);
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (is_name && !is_number).then(|| {
        let left_out = name_left_out(&name);
        host(name, left_out)
    })
}

/// Returns why a name in lower case is left out.
pub(super) fn name_left_out(name: &str) -> Option<LeftOut> {
    let is_or_below = |domain: &str| {
        name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let any = |domains: &[&str]| domains.iter().any(|domain| is_or_below(domain));
    if any(&["localhost", "localhost.localdomain"]) {
        Some(LeftOut::Loopback)
    } else if any(&["example.com", "example.net", "example.org", "example", "test", "invalid"]) {
        Some(LeftOut::Documentation)
    } else if name.starts_with("schemas.") || SCHEMA_HOSTS.contains(&name) {
        Some(LeftOut::Schema)
    } else {
        None
    }
}

/// Hosts of names of schemas that do not begin with `schemas.`.
const SCHEMA_HOSTS: [&str; 9] = [
    "www.w3.org",
    "w3.org",
    "docs.oasis-open.org",
    "json-schema.org",
    "manifests.microsoft.com",
    "ns.adobe.com",
    "purl.org",
    "tempuri.org",
    "xmlns.com",
];

/// Returns whether a word by itself is the DNS name of a host, not a type, a member or a file: its last label is a
/// top-level domain that is no usual extension, and its case is that of a name.
pub(super) fn is_bare_name(word: &str) -> bool {
    let Some((rest, last)) = word.rsplit_once('.') else { return false };
    // `System.Net` and `Microsoft.NET` are types.
    let is_lower = !last.bytes().any(|byte| byte.is_ascii_uppercase());
    let is_upper = !word.bytes().any(|byte| byte.is_ascii_lowercase());
    let is_domain = || {
        let mut lower = [0; 8];
        let Some(lower) = lower.get_mut(..last.len()) else { return false };
        lower.copy_from_slice(last.as_bytes());
        lower.make_ascii_lowercase();
        TOP_LEVEL_DOMAINS.get(lower).is_some()
    };
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let first = rest.split('.').next().unwrap_or_default();
    (is_lower || is_upper)
        && is_domain()
        && word.len() <= 253
        && rest.split('.').all(is_label)
        && !first.eq_ignore_ascii_case("system")
        && !PRODUCTS.iter().any(|product| product.eq_ignore_ascii_case(word))
}

/// Names of products, and programs of Windows, that look like names of hosts.
const PRODUCTS: [&str; 15] = [
    "ado.net",
    "asp.net",
    "vb.net",
    "microsoft.net",
    "command.com",
    "chcp.com",
    "diskcomp.com",
    "diskcopy.com",
    "edit.com",
    "format.com",
    "mode.com",
    "more.com",
    "tree.com",
    "node.io",
    "socket.io",
];

macro_rules! domains {
    ($($name:literal)*) => { StaticMap::new(&[$(($name, ())),*]) };
}

/// Frequent top-level domains and those of private networks. Country codes that are usual extensions of files or names of
/// members (`ps`, `py`, `sh`, `id`, `is`, `name` …) are left out: hosts below them are found in URLs.
static TOP_LEVEL_DOMAINS: StaticMap<(), 512> = domains!(
    b"com" b"net" b"org" b"info" b"biz" b"edu" b"gov" b"mil" b"int" b"arpa" b"xyz" b"top" b"online" b"site" b"club"
    b"shop" b"live" b"pro" b"icu" b"vip" b"space" b"website" b"tech" b"store" b"fun" b"dev" b"cloud" b"click" b"win"
    b"loan" b"men" b"download" b"trade" b"date" b"racing" b"science" b"bid" b"press" b"agency" b"systems" b"network"
    b"support" b"email" b"world" b"today" b"digital" b"zone" b"buzz" b"cyou" b"monster" b"quest" b"rest" b"sbs"
    b"cfd" b"lol" b"one" b"ltd" b"blog" b"wiki" b"mobi" b"asia" b"onion" b"bit" b"bazar" b"local" b"lan" b"corp"
    b"intra" b"intranet" b"internal"
    b"test" b"example" b"invalid"
    b"ac" b"ad" b"ae" b"af" b"ag" b"ai" b"al" b"ao" b"ar" b"at" b"au" b"az" b"ba" b"bb" b"bd" b"be" b"bg" b"bh" b"bi"
    b"bm" b"bn" b"bo" b"br" b"bt" b"bw" b"by" b"bz" b"ca" b"cd" b"ch" b"ci" b"cl" b"cm" b"cn" b"co" b"cr"
    b"cu" b"cv" b"cw" b"cx" b"cy" b"cz" b"de" b"dj" b"dk" b"dm" b"dz" b"ec" b"ee" b"eg" b"es" b"et" b"eu" b"fi" b"fj"
    b"fm" b"fo" b"fr" b"ga" b"gd" b"ge" b"gg" b"gh" b"gi" b"gl" b"gn" b"gq" b"gr" b"gt" b"gy" b"hk" b"hn" b"hr"
    b"ht" b"hu" b"ie" b"il" b"im" b"io" b"iq" b"ir" b"it" b"je" b"jo" b"jp" b"ke" b"kg" b"kh" b"ki" b"kp"
    b"kr" b"kw" b"ky" b"kz" b"lb" b"lc" b"li" b"lk" b"lt" b"lu" b"lv" b"ly" b"ma" b"mc" b"me" b"mk" b"ml"
    b"mn" b"mr" b"mt" b"mu" b"mv" b"mw" b"mx" b"my" b"mz" b"na" b"nc" b"ng" b"ni" b"nl" b"np" b"nu" b"nz" b"om" b"pa" b"pe"
    b"pg" b"ph" b"pk" b"pr" b"pt" b"pw" b"qa" b"re" b"ro" b"ru" b"rw" b"sa" b"sc" b"sd" b"se" b"sg" b"si" b"sk"
    b"sn" b"su" b"sv" b"sx" b"sy" b"tc" b"tg" b"th" b"tj" b"tk" b"tl" b"tn" b"to" b"tr" b"tt" b"tv" b"tw"
    b"tz" b"ua" b"ug" b"uk" b"us" b"uy" b"uz" b"vc" b"ve" b"vg" b"vi" b"vn" b"ws" b"ye" b"za" b"zm" b"zw"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_code_are_no_names() {
        for name in [
            "evil.com",
            "a.b.co.uk",
            "EVIL.COM",
            "Evil.com",
            "t.me",
            "dc01.corp.local",
            "x1-y.ru",
            "localhost.test",
        ] {
            assert!(is_bare_name(name), "{name}");
        }
        for other in [
            "System.Net",
            "Microsoft.NET",
            "System.IO",
            "system.io",
            "a.ps1",
            "install.sh",
            "a.py",
            "process.id",
            "asp.net",
            "evil..com",
            "-a.com",
            "a_b.com",
            "com",
            ".com",
            "lib.so",
            "x.123",
            "e.verylongdomain",
            "command.com",
            "Net.WebClient",
        ] {
            assert!(!is_bare_name(other), "{other}");
        }
    }

    #[test]
    fn hosts_are_addresses_or_names() {
        let parsed = |text: &str| {
            parse_host(text).map(|host| (host.kind.as_str(), host.value, host.left_out))
        };
        let right = |kind, value: &str, left_out| Some((kind, value.to_owned(), left_out));
        assert_eq!(parsed("Evil.COM."), right("host", "evil.com", None));
        assert_eq!(parsed("dc01"), right("host", "dc01", None));
        assert_eq!(parsed("MÜNCHEN.de"), right("host", "münchen.de", None));
        assert_eq!(parsed("10.1.2.3"), right("ipv4", "10.1.2.3", None));
        assert_eq!(parsed("[FE80::1%4]"), right("ipv6", "fe80::1", None));
        assert_eq!(parsed("[::1]"), right("ipv6", "::1", Some(LeftOut::Loopback)));
        assert_eq!(parsed("$server"), right("host", "$server", Some(LeftOut::Incomplete)));
        assert_eq!(
            parsed("a.example.org"),
            right("host", "a.example.org", Some(LeftOut::Documentation))
        );
        assert_eq!(parsed("notexample.org"), right("host", "notexample.org", None));
        assert_eq!(
            parsed("schemas.xmlsoap.org"),
            right("host", "schemas.xmlsoap.org", Some(LeftOut::Schema))
        );
        for none in ["", ".", "a b", "1.2.3", "999.1.1.1", "-a", "a..b", "[x]"] {
            assert_eq!(parsed(none), None, "{none}");
        }
    }
}
