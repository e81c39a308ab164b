//! URLs and e-mail addresses.

use super::host::{name_left_out, parse_host};
use super::kind::IndicatorKind;
use super::scan::Scanner;
use crate::limits;
use std::ops::Range;

impl Scanner<'_> {
    /// Reads a URL whose scheme ends a word.
    pub(super) fn url(&mut self, word: &Range<usize>) -> Option<usize> {
        if !self.starts_with(word.end, b"://") {
            return None;
        }
        let name = self.part(word.clone());
        let scheme = name.rsplit(|char: char| !char.is_ascii_alphanumeric()).next()?;
        let scheme = SCHEMES.iter().find(|known| known.eq_ignore_ascii_case(scheme))?;
        let start = word.end + "://".len();
        if *scheme == "file" {
            return Some(self.file_url(start));
        }
        let end = start + url_length(self.rest(start));
        let text = self.part(start..end);
        let authority = text.split(['/', '?', '#']).next().unwrap_or_default();
        let place = authority.rsplit('@').next().unwrap_or_default();
        let Some(host) = parse_host(without_port(place)) else { return Some(end) };
        let rest = text.get(authority.len()..).unwrap_or_default();
        let user = authority.strip_suffix(place).unwrap_or_default();
        let url = format!("{scheme}://{user}{}{rest}", place.to_lowercase());
        self.add(IndicatorKind::Url, &url, host.left_out);
        if host.left_out.is_none() {
            self.add_host(host);
        }
        Some(end)
    }

    /// Reads what follows `file://`. Returns where the path in it begins, or ends.
    fn file_url(&mut self, start: usize) -> usize {
        if self.byte(start) == b'/' {
            return start + 1;
        }
        let end = start + url_length(self.rest(start));
        let path = self.part(start..end).replace('/', "\\");
        self.add_unc_path(&format!("\\\\{path}"));
        end
    }

    /// Reads an e-mail address whose local part ends with a word.
    pub(super) fn email(&mut self, word: &Range<usize>) -> Option<usize> {
        let floor = self.taken().max(word.end.saturating_sub(LOCAL_BYTES));
        let mut start = word.end;
        while start > floor && is_local(self.byte_before(start)) {
            start -= 1;
        }
        let is_cut = start == floor && is_local(self.byte_before(start));
        let is_code = matches!(self.byte_before(start), b'$' | b'@' | b'/' | b'\\');
        let domain = self.rest(word.end + 1);
        let domain = domain.bytes().take(DOMAIN_BYTES + 1).take_while(|byte| is_domain(*byte));
        let end = word.end + 1 + domain.count();
        let domain = self.part(word.end + 1..end).trim_end_matches(['.', '-']);
        let (_, last) = domain.rsplit_once('.')?;
        // Files of tickets are named after accounts: `admin@corp.local.kirbi`.
        let is_name = (2..=24).contains(&last.len())
            && !FILE_EXTENSIONS.iter().any(|extension| extension.eq_ignore_ascii_case(last))
            && last.bytes().all(|byte| byte.is_ascii_alphabetic())
            && domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-'));
        let local = self.part(start..word.end).trim_matches('.');
        if is_cut || is_code || !is_name || local.is_empty() {
            return None;
        }
        let domain = domain.to_ascii_lowercase();
        self.add(IndicatorKind::Email, &format!("{local}@{domain}"), name_left_out(&domain));
        Some(end)
    }
}

/// Extensions of files that are named after accounts, none of which is a top-level domain.
const FILE_EXTENSIONS: [&str; 12] =
    ["kirbi", "ccache", "pfx", "pem", "key", "cer", "crt", "txt", "csv", "json", "xml", "log"];

/// Longest local part of an e-mail address, RFC 5321.
const LOCAL_BYTES: usize = 64;

/// Longest domain.
const DOMAIN_BYTES: usize = 253;

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-')
}

fn is_domain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')
}

/// Schemes that lead to a host, and `file`.
const SCHEMES: [&str; 23] = [
    "http", "https", "ftp", "ftps", "sftp", "ws", "wss", "ldap", "ldaps", "smb", "tcp", "udp",
    "ssh", "telnet", "tftp", "dns", "irc", "rtsp", "git", "s3", "socks5", "socks4", "file",
];

/// Returns the host of an authority without its user.
fn without_port(place: &str) -> &str {
    match place.rsplit_once(':') {
        Some((host, port))
            if port.bytes().all(|byte| byte.is_ascii_digit()) && !host.is_empty() =>
        {
            host
        }
        // The port is a variable.
        Some((host, port)) if port.starts_with('$') => host,
        _ => place,
    }
}

/// Returns the length of the part of a URL at the start of a text, without punctuation after it.
fn url_length(text: &str) -> usize {
    let mut length = text.len();
    let mut open = 0_usize;
    for (at, char) in text.char_indices() {
        let rest = text.as_bytes().get(at + char.len_utf8()..).unwrap_or_default();
        let ends = match char {
            '"' | '\'' | '<' | '>' | '`' | '|' | '\\' | '^' => true,
            '\u{2018}'..='\u{201F}' => true,
            // Lists of addresses: `http://a/@http://b/*http://c/`
            '@' | '*' | ',' | ';' => rest.starts_with(b"http://") || rest.starts_with(b"https://"),
            '(' | '[' | '{' => {
                open += 1;
                false
            }
            ')' | ']' | '}' if open > 0 => {
                open -= 1;
                false
            }
            ')' | ']' | '}' => true,
            _ => char.is_whitespace() || char.is_control(),
        };
        if ends || at > limits::INDICATOR_BYTES {
            length = at;
            break;
        }
    }
    let url = text.get(..length).unwrap_or_default();
    url.trim_end_matches(['.', ',', ';', ':', '!', '?']).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_ends_before_punctuation_and_brackets_around_it() {
        for (text, url) in [
            ("a.net/b'", "a.net/b"),
            ("a.net/b.", "a.net/b"),
            ("a.net/b).c", "a.net/b"),
            ("a.net/b(1)c", "a.net/b(1)c"),
            ("a.net/?q=(x)&y=[z]) d", "a.net/?q=(x)&y=[z]"),
            ("a.net/@http://b.net", "a.net/"),
            ("a.net,https://b.net", "a.net"),
            ("a.net/?u=http://b.net", "a.net/?u=http://b.net"),
            ("a.net\u{201d} x", "a.net"),
            ("a.net;", "a.net"),
            ("[2a00::1]:80/x]", "[2a00::1]:80/x"),
        ] {
            assert_eq!(&text[..url_length(text)], url);
        }
    }

    #[test]
    fn ports_are_not_of_the_host() {
        for (place, host) in
            [("a:80", "a"), ("a", "a"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), ("a:$port", "a")]
        {
            assert_eq!(without_port(place), host);
        }
    }
}
