//! [`Cidr`]: address ranges in CIDR notation.

use std::net::IpAddr;

/// An IPv4 or IPv6 network, such as `10.0.0.0/8` or `fe80::/10`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cidr {
    network: IpAddr,
    bits: u8,
}

impl Cidr {
    /// Parses `address/bits`; a plain address is a network of one address.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => {
                let plain = !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit());
                (address, Some(bits.parse::<u8>().ok().filter(|_| plain)?))
            }
            None => (text, None),
        };
        let network: IpAddr = address.parse().ok()?;
        let most = if network.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { network, bits })
    }

    /// Whether `address` is an address of the network.
    pub fn contains(&self, address: &str) -> bool {
        let same = |left: u128, right: u128, width: u32| {
            let shift = width - u32::from(self.bits);
            left.checked_shr(shift).unwrap_or(0) == right.checked_shr(shift).unwrap_or(0)
        };
        match (self.network, address.trim().parse()) {
            (IpAddr::V4(network), Ok(IpAddr::V4(address))) => {
                same(u128::from(network.to_bits()), u128::from(address.to_bits()), 32)
            }
            (IpAddr::V6(network), Ok(IpAddr::V6(address))) => {
                same(network.to_bits(), address.to_bits(), 128)
            }
            _ => false,
        }
    }
}

impl std::fmt::Display for Cidr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.network, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_in_their_networks() {
        for (network, address, inside) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "1.2.3.4", true),
            ("192.168.1.7", "192.168.1.7", true),
            ("192.168.1.0/25", "192.168.1.128", false),
            ("fe80::/10", "fe80::1", true),
            ("fe80::/10", "10.0.0.1", false),
            ("::/0", "2001:db8::1", true),
        ] {
            assert_eq!(Cidr::parse(network).unwrap().contains(address), inside, "{network}");
        }
        for bad in ["10.0.0.0/33", "10.0.0/8", "x/8", "10.0.0.0/", "10.0.0.0/+8"] {
            assert_eq!(Cidr::parse(bad), None, "{bad}");
        }
    }
}
