use std::net::IpAddr;
use std::str::FromStr;

/// The addresses from which a source may connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peers(Vec<Network>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    /// How many leading bits count.
    bits: u32,
}

impl Peers {
    /// Reads addresses (`10.20.1.7`) and networks (`10.20.0.0/16`, `2001:db8::/32`).
    ///
    /// # Errors
    /// Words for whoever wrote the list: it is empty, one cannot be read, or a
    /// network names an address within itself, which is a slip of the pen.
    pub fn parse<T: AsRef<str>>(list: &[T]) -> Result<Self, String> {
        if list.is_empty() {
            return Err("it is empty: nobody could connect".to_owned());
        }
        list.iter().map(|text| text.as_ref().parse()).collect::<Result<_, _>>().map(Self)
    }

    /// Whether whoever connects from there is listened to. An IPv4 address is the
    /// same however the operating system writes it.
    #[must_use]
    pub fn include(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.holds(address))
    }
}

impl Network {
    fn holds(&self, address: IpAddr) -> bool {
        match (bits_of(self.address), bits_of(address)) {
            ((ours, width), (theirs, same)) if width == same => {
                let ignored = width - self.bits;
                ours.checked_shr(ignored) == theirs.checked_shr(ignored)
            }
            _ => false,
        }
    }
}

/// An address as a number, and how many bits it has.
fn bits_of(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unreadable = || format!("{text} is no address and no network");
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().map_err(|_| unreadable())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| unreadable())?;
        let (number, width) = bits_of(address);
        let bits = bits.unwrap_or(width);
        let ignored = width.checked_sub(bits).ok_or_else(unreadable)?;
        let network = number.checked_shr(ignored).unwrap_or(0).checked_shl(ignored).unwrap_or(0);
        if network != number {
            return Err(format!("{text} is an address within a network: which of them is meant?"));
        }
        Ok(Self { address, bits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn include(list: &[&str], address: &str) -> bool {
        Peers::parse(list).unwrap().include(address.parse().unwrap())
    }

    #[test]
    fn a_network_holds_its_first_and_last_address_and_none_beside_it() {
        let network = ["10.20.0.0/16", "2001:db8::/32"];
        for inside in ["10.20.0.0", "10.20.255.255", "::ffff:10.20.3.4", "2001:db8::1"] {
            assert!(include(&network, inside), "{inside}");
        }
        for outside in ["10.19.255.255", "10.21.0.0", "2001:db9::", "::10.20.0.1"] {
            assert!(!include(&network, outside), "{outside}");
        }
    }

    #[test]
    fn an_address_alone_is_that_address() {
        assert!(include(&["192.0.2.7"], "192.0.2.7") && !include(&["192.0.2.7"], "192.0.2.8"));
        assert!(include(&["0.0.0.0/0"], "203.0.113.9") && !include(&["0.0.0.0/0"], "2001:db8::1"));
        assert!(include(&["::/0"], "2001:db8::1"));
    }

    #[test]
    fn a_slip_of_the_pen_is_told() {
        let told = |list: &[&str]| Peers::parse(list).unwrap_err();
        assert_eq!(told(&[]), "it is empty: nobody could connect");
        assert_eq!(told(&["10.20.1.7/16"]), "10.20.1.7/16 is an address within a network: which of them is meant?");
        for bad in ["10.20.0.0/33", "::/129", "10.20.0.0/", "10.20", "kingsbrook", ""] {
            assert_eq!(told(&[bad]), format!("{bad} is no address and no network"));
        }
    }

    proptest! {
        #[test]
        fn an_address_is_in_every_network_that_its_leading_bits_make(bytes: [u8; 4], bits in 0u32..=32) {
            let address = u32::from_be_bytes(bytes);
            let network = address.checked_shr(32 - bits).unwrap_or(0).checked_shl(32 - bits).unwrap_or(0);
            let text = format!("{}/{bits}", std::net::Ipv4Addr::from_bits(network));
            let peers = Peers::parse(&[text]).unwrap();
            prop_assert!(peers.include(IpAddr::from(bytes)));
            let beside = network ^ 1u32.checked_shl(32 - bits).unwrap_or(0);
            if bits > 0 {
                prop_assert!(!peers.include(IpAddr::from(beside.to_be_bytes())));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "[0-9a-f:./]{0,20}") {
            let _ = Peers::parse(&[text]);
        }
    }
}
