//! [`IndicatorKind`] and [`LeftOut`].

use serde::{Deserialize, Serialize};

/// The kind of an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum IndicatorKind {
    /// `http://evil.example.net/a`: scheme and host in lower case, everything after the host as written.
    Url,
    /// A DNS name or a computer's name, in lower case: of a URL, of a UNC path, or by itself.
    Host,
    /// `198.18.0.1`.
    Ipv4,
    /// `2a00::1`, in the form of RFC 5952.
    Ipv6,
    /// `a@b.net`.
    Email,
    /// 32 hexadecimal digits, in lower case.
    Md5,
    /// 40 hexadecimal digits, in lower case.
    Sha1,
    /// 64 hexadecimal digits, in lower case.
    Sha256,
    /// `HKLM\Software\…`.
    RegistryKey,
    /// `C:\…`, `%TEMP%\…` or `\\host\share\…`.
    Path,
    /// `\\.\pipe\name`.
    NamedPipe,
    /// What a program calls itself to a web server.
    UserAgent,
    /// SHA-1 of a certificate: 40 hexadecimal digits, in upper case.
    Thumbprint,
}

impl IndicatorKind {
    /// Every kind, in the order of lists.
    pub const ALL: [Self; 13] = [
        Self::Url,
        Self::Host,
        Self::Ipv4,
        Self::Ipv6,
        Self::Email,
        Self::Md5,
        Self::Sha1,
        Self::Sha256,
        Self::RegistryKey,
        Self::Path,
        Self::NamedPipe,
        Self::UserAgent,
        Self::Thumbprint,
    ];

    /// Returns its name in lists and exports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Host => "host",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Email => "email",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::RegistryKey => "registry-key",
            Self::Path => "path",
            Self::NamedPipe => "named-pipe",
            Self::UserAgent => "user-agent",
            Self::Thumbprint => "thumbprint",
        }
    }

    /// Whether values that differ only in case are the same indicator.
    pub(super) fn ignores_case(self) -> bool {
        matches!(self, Self::RegistryKey | Self::Path | Self::NamedPipe)
    }
}

/// Why a value is no indicator though it looks like one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum LeftOut {
    /// A version or object identifier of four numbers or more.
    Version,
    /// This computer: 127.0.0.0/8, `::1`, `localhost`.
    Loopback,
    /// Reserved for documentation: RFC 5737, RFC 3849, RFC 9637, RFC 2606.
    Documentation,
    /// The name of an XML or JSON schema.
    Schema,
    /// An address that no host has: network masks, multicast, 0.0.0.0.
    Reserved,
    /// A part of it is a variable.
    Incomplete,
    /// Longer than [`limits::INDICATOR_BYTES`](crate::limits::INDICATOR_BYTES).
    TooLong,
}

impl LeftOut {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::Version,
        Self::Loopback,
        Self::Documentation,
        Self::Schema,
        Self::Reserved,
        Self::Incomplete,
        Self::TooLong,
    ];

    /// Returns its name in lists.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Loopback => "loopback",
            Self::Documentation => "documentation",
            Self::Schema => "schema",
            Self::Reserved => "reserved",
            Self::Incomplete => "incomplete",
            Self::TooLong => "tooLong",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_json() {
        for kind in IndicatorKind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.as_str()));
        }
        for reason in LeftOut::ALL {
            assert_eq!(serde_json::to_string(&reason).unwrap(), format!("\"{}\"", reason.as_str()));
        }
    }
}
