//! IPv4 and IPv6 addresses, and version numbers that look like them.

use super::kind::LeftOut;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Four or more numbers joined by dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dotted {
    /// Four numbers that an address may have.
    Address(Ipv4Addr),
    /// A version or an object identifier.
    Version,
}

/// Returns what dotted numbers are; `None` for fewer than four, and for other text.
pub(super) fn dotted(text: &str) -> Option<Dotted> {
    let mut octets = [0; 4];
    let mut count = 0;
    let mut is_address = true;
    for part in text.split('.') {
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let has_leading_zero = part.len() > 1 && part.starts_with('0');
        match (octets.get_mut(count), part.parse::<u8>()) {
            (Some(octet), Ok(number)) if !has_leading_zero => *octet = number,
            _ => is_address = false,
        }
        count += 1;
    }
    match count {
        0..4 => None,
        _ if is_address => Some(Dotted::Address(Ipv4Addr::from(octets))),
        _ => Some(Dotted::Version),
    }
}

/// Returns why an address is left out.
pub(super) fn ipv4_left_out(address: Ipv4Addr) -> Option<LeftOut> {
    match address.octets() {
        [127, ..] => Some(LeftOut::Loopback),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Some(LeftOut::Documentation),
        [0 | 224..=255, ..] => Some(LeftOut::Reserved),
        _ => None,
    }
}

/// Parses an IPv6 address. Text that could be a time or members of types, such as `add::b`, is none: an address has a
/// digit, or three groups.
pub(super) fn ipv6(text: &str) -> Option<Ipv6Addr> {
    let groups = text.split(':').filter(|group| !group.is_empty()).count();
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    (groups > 0 && (has_digit || groups > 2)).then(|| text.parse().ok()).flatten()
}

/// Returns why an address is left out.
pub(super) fn ipv6_left_out(address: Ipv6Addr) -> Option<LeftOut> {
    if let Some(inner) = address.to_ipv4_mapped() {
        return ipv4_left_out(inner);
    }
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Some(LeftOut::Loopback),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Some(LeftOut::Documentation),
        [0, 0, 0, 0, 0, 0, 0, 0] | [0xff00..=0xffff, ..] => Some(LeftOut::Reserved),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_numbers_below_256_are_an_address() {
        for address in ["1.2.3.4", "255.255.255.255", "0.0.0.0", "10.0.0.1"] {
            assert_eq!(dotted(address), Some(Dotted::Address(address.parse().unwrap())));
        }
        for version in ["10.0.17763.1", "1.2.3.4.5", "1.3.6.1.5.5.7.3.3", "01.2.3.4", "1.2.3.256"] {
            assert_eq!(dotted(version), Some(Dotted::Version), "{version}");
        }
        for other in ["1.2.3", "", "1..2.3", "1.2.3.a", "1.2.3.4."] {
            assert_eq!(dotted(other), None, "{other}");
        }
    }

    #[test]
    fn special_addresses_have_their_reason() {
        let v4 = |text: &str| ipv4_left_out(text.parse().unwrap());
        assert_eq!(v4("127.1.2.3"), Some(LeftOut::Loopback));
        for documentation in ["192.0.2.7", "198.51.100.255", "203.0.113.0"] {
            assert_eq!(v4(documentation), Some(LeftOut::Documentation));
        }
        for reserved in ["0.0.0.0", "255.255.255.0", "239.255.255.250"] {
            assert_eq!(v4(reserved), Some(LeftOut::Reserved));
        }
        for plain in ["10.0.0.1", "169.254.169.254", "192.0.3.1", "203.0.112.255", "223.1.1.1"] {
            assert_eq!(v4(plain), None);
        }
        let v6 = |text: &str| ipv6_left_out(text.parse().unwrap());
        assert_eq!(v6("::1"), Some(LeftOut::Loopback));
        assert_eq!(v6("::ffff:127.0.0.1"), Some(LeftOut::Loopback));
        assert_eq!(v6("2001:db8::5"), Some(LeftOut::Documentation));
        assert_eq!(v6("3fff:fff::1"), Some(LeftOut::Documentation));
        assert_eq!(v6("ff02::1"), Some(LeftOut::Reserved));
        assert_eq!(v6("2001:db9::5"), None);
        assert_eq!(v6("fe80::1"), None);
    }

    #[test]
    fn members_of_types_and_hardware_addresses_are_no_addresses() {
        for other in ["::", "add::b", "00:11:22:33:44:55", "12:34:56", "dead::beef", "1::2::3"] {
            assert_eq!(ipv6(other), None, "{other}");
        }
        for address in ["::1", "2a00:1450::200e", "fe80::dead:beef:cafe"] {
            assert!(ipv6(address).is_some(), "{address}");
        }
    }
}
