//! Values in a form that no program follows.

use super::kind::IndicatorKind;

/// Returns a value defanged: `hxxp://evil[.]com/a.b`, `1[.]2[.]3[.]4`, `2a00[:][:]1`, `a[at]evil[.]com`. Hashes, keys and
/// local paths are unchanged.
pub(crate) fn defang(kind: IndicatorKind, value: &str) -> String {
    match kind {
        IndicatorKind::Host | IndicatorKind::Ipv4 => dots(value),
        IndicatorKind::Ipv6 => dots(value).replace(':', "[:]"),
        IndicatorKind::Email => match value.split_once('@') {
            Some((local, domain)) => format!("{local}[at]{}", dots(domain)),
            None => value.to_owned(),
        },
        IndicatorKind::Url => url(value),
        IndicatorKind::UserAgent => value.replace("http", "hxxp"),
        IndicatorKind::Path | IndicatorKind::NamedPipe => match value.strip_prefix("\\\\") {
            Some(rest) => {
                let (host, path) = rest.split_at(rest.find('\\').unwrap_or(rest.len()));
                let host = if host == "." { host.to_owned() } else { dots(host) };
                format!("\\\\{host}{path}")
            }
            None => value.to_owned(),
        },
        IndicatorKind::Md5
        | IndicatorKind::Sha1
        | IndicatorKind::Sha256
        | IndicatorKind::RegistryKey
        | IndicatorKind::Thumbprint => value.to_owned(),
    }
}

fn dots(text: &str) -> String {
    text.replace('.', "[.]")
}

fn url(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let authority = match authority.split_once('[') {
        Some((before, inside)) => {
            let (inside, port) = inside.split_once(']').unwrap_or((inside, ""));
            format!("{before}[{}]{port}", inside.replace(':', "[:]"))
        }
        None => dots(authority),
    };
    match scheme.strip_prefix("http") {
        Some(rest) => format!("hxxp{rest}://{authority}{path}"),
        None => format!("{scheme}[:]//{authority}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_defanged_value_leads_anywhere() {
        for (kind, value, defanged) in [
            (IndicatorKind::Url, "http://a.com/b.c", "hxxp://a[.]com/b.c"),
            (IndicatorKind::Url, "https://u@a.com:8/b", "hxxps://u@a[.]com:8/b"),
            (IndicatorKind::Url, "ldap://a.com", "ldap[:]//a[.]com"),
            (IndicatorKind::Url, "http://[2a00::1]:8/b", "hxxp://[2a00[:][:]1]:8/b"),
            (IndicatorKind::Host, "a.b.com", "a[.]b[.]com"),
            (IndicatorKind::Ipv4, "1.2.3.4", "1[.]2[.]3[.]4"),
            (IndicatorKind::Ipv6, "2a00::1", "2a00[:][:]1"),
            (IndicatorKind::Email, "x.y@a.com", "x.y[at]a[.]com"),
            (IndicatorKind::Path, "\\\\a.com\\b.c", "\\\\a[.]com\\b.c"),
            (IndicatorKind::Path, "C:\\a.exe", "C:\\a.exe"),
            (IndicatorKind::NamedPipe, "\\\\.\\pipe\\a.b", "\\\\.\\pipe\\a.b"),
        ] {
            assert_eq!(defang(kind, value), defanged);
        }
    }
}
