//! The datagram: 96 bytes that ask for an echo, or are one.
//!
//! | bytes | what |
//! |---|---|
//! | 0-3 | "CLP" and the version |
//! | 4 | 1 probe, 2 echo |
//! | 5 | flags: 1 = whoever sends this is starved |
//! | 6-7 | id of the key |
//! | 8-15, 16-23 | who sends it, to whom: the first 8 bytes of BLAKE3 of the host's id |
//! | 24-31 | session of the prober: when it started, in ns since 1970 |
//! | 32-39 | number of the probe within the session, from 1 |
//! | 40-47 | when the probe was sent, by the prober's clock, in ns since 1970 |
//! | 48-55, 56-63 | when it arrived and the echo was sent, by the echoer's clock; 0 in a probe |
//! | 64-71 | session of the echoer; 0 in a probe |
//! | 72-79 | 0 |
//! | 80-95 | code over all that is before it |
//!
//! All numbers are big-endian. An echo is as long as its probe, so nothing is amplified.

use super::refusal::Refusal;
use crate::key::Keys;

/// The length of every datagram.
pub(crate) const LENGTH: usize = 96;
const SIGNED: usize = 80;
const MAGIC: [u8; 4] = *b"CLP\x01";
const STARVED: u8 = 1;

/// Who sends a datagram or gets it: a hash of the id of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub u64);

impl PeerId {
    /// The one of the host with this id.
    #[must_use]
    pub fn of(host: &str) -> Self {
        let hash = blake3::hash(host.as_bytes());
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&hash.as_bytes()[..8]);
        Self(u64::from_be_bytes(bytes))
    }
}

/// What a datagram says, once it is known to be authentic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Datagram {
    /// Who sends it.
    pub from: PeerId,
    /// Who gets it.
    pub to: PeerId,
    /// Whether whoever sends it lacks the processor time to be believed.
    pub starved: bool,
    /// Of which session of the prober.
    pub session: u64,
    /// Which probe of the session.
    pub sequence: u64,
    /// When the probe was sent, in ns since 1970, by the prober's clock.
    pub sent_ns: i64,
    /// What an echo adds; `None` in a probe.
    pub echo: Option<Echo>,
}

/// What an echo adds to its probe, by the clock of the echoer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Echo {
    /// When the probe arrived, in ns since 1970.
    pub arrived_ns: i64,
    /// When the echo was sent, in ns since 1970.
    pub answered_ns: i64,
    /// Of which session of the echoer.
    pub session: u64,
}

impl Datagram {
    /// Its bytes, signed with the newest key.
    #[must_use]
    pub fn encode(&self, keys: &Keys) -> [u8; LENGTH] {
        let key = keys.newest();
        let mut bytes = [0; LENGTH];
        let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
        put(0, &MAGIC);
        put(4, &[if self.echo.is_some() { 2 } else { 1 }, if self.starved { STARVED } else { 0 }]);
        put(6, &key.id.to_be_bytes());
        for (at, number) in [(8, self.from.0), (16, self.to.0), (24, self.session), (32, self.sequence)] {
            put(at, &number.to_be_bytes());
        }
        put(40, &self.sent_ns.to_be_bytes());
        if let Some(echo) = self.echo {
            put(48, &echo.arrived_ns.to_be_bytes());
            put(56, &echo.answered_ns.to_be_bytes());
            put(64, &echo.session.to_be_bytes());
        }
        let code = key.code(&bytes[..SIGNED]);
        bytes[SIGNED..].copy_from_slice(&code);
        bytes
    }

    /// What the bytes say to `me`; checks first what costs least.
    ///
    /// # Errors
    /// Why nobody need look at it further.
    pub fn decode(bytes: &[u8], me: PeerId, keys: &Keys) -> Result<Self, Refusal> {
        let bytes: &[u8; LENGTH] = bytes.try_into().map_err(|_| Refusal::Length)?;
        if bytes[..4] != MAGIC || !matches!(bytes[4], 1 | 2) || bytes[5] & !STARVED != 0 {
            return Err(Refusal::Foreign);
        }
        let number = |at: usize| {
            let mut field = [0; 8];
            field.copy_from_slice(&bytes[at..at + 8]);
            u64::from_be_bytes(field)
        };
        if PeerId(number(16)) != me {
            return Err(Refusal::OtherHost);
        }
        let key = keys.find(u16::from_be_bytes([bytes[6], bytes[7]])).ok_or(Refusal::Key)?;
        let mut code = [0; 16];
        code.copy_from_slice(&bytes[SIGNED..]);
        if !key.verify(&bytes[..SIGNED], code) {
            return Err(Refusal::Code);
        }
        let time = |at: usize| number(at) as i64;
        let echo = Echo { arrived_ns: time(48), answered_ns: time(56), session: number(64) };
        Ok(Self {
            from: PeerId(number(8)),
            to: me,
            starved: bytes[5] & STARVED != 0,
            session: number(24),
            sequence: number(32),
            sent_ns: time(40),
            echo: (bytes[4] == 2).then_some(echo),
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn keys() -> Keys {
        Keys::parse("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").unwrap()
    }

    fn echo() -> Datagram {
        Datagram {
            from: PeerId::of("h1"),
            to: PeerId::of("h2"),
            starved: true,
            session: 7,
            sequence: 8,
            sent_ns: -9,
            echo: Some(Echo { arrived_ns: 10, answered_ns: 11, session: 12 }),
        }
    }

    #[test]
    fn it_says_what_was_written() {
        let read =
            |datagram: Datagram| Datagram::decode(&datagram.encode(&keys()), PeerId::of("h2"), &keys());
        assert_eq!(read(echo()), Ok(echo()));
        let probe = Datagram { echo: None, starved: false, ..echo() };
        assert_eq!(read(probe), Ok(probe));
    }

    #[test]
    fn every_bit_matters() {
        let bytes = echo().encode(&keys());
        for bit in 0..8 * LENGTH {
            let mut forged = bytes;
            forged[bit / 8] ^= 1 << (bit % 8);
            assert!(Datagram::decode(&forged, PeerId::of("h2"), &keys()).is_err(), "bit {bit}");
        }
        assert_eq!(Datagram::decode(&bytes, PeerId::of("h3"), &keys()), Err(Refusal::OtherHost));
    }

    proptest! {
        #[test]
        fn any_other_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Datagram::decode(&bytes, PeerId::of("h2"), &keys()).is_err());
        }
    }
}
