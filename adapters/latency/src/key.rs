//! The secret that the hosts of a cluster share.

use std::fmt;

/// How many bytes a key has.
const LENGTH: usize = 32;
/// How many keys are accepted at once: the newest, and those that are on their way out.
const MOST: usize = 8;

/// A key that datagrams are authenticated with: BLAKE3 in its keyed mode, cut to 16 bytes. Never shown.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) id: u16,
    bytes: [u8; LENGTH],
}

/// The authentication code of a datagram.
pub(crate) type Code = [u8; 16];

impl Key {
    fn new(bytes: [u8; LENGTH]) -> Self {
        // Of the hash of a key nobody learns the key.
        let hash = blake3::derive_key("colocate 2026 the id of a key of agents", &bytes);
        Self { id: u16::from_be_bytes([hash[0], hash[1]]), bytes }
    }

    /// The code of `bytes`.
    pub(crate) fn code(&self, bytes: &[u8]) -> Code {
        let mut code = Code::default();
        code.copy_from_slice(&blake3::keyed_hash(&self.bytes, bytes).as_bytes()[..16]);
        code
    }

    /// Whether `code` is that of `bytes`, in a time that does not tell how much of it is right.
    pub(crate) fn verify(&self, bytes: &[u8], code: Code) -> bool {
        let differences =
            self.code(bytes).iter().zip(code).fold(0, |sum, (ours, theirs)| sum | (ours ^ theirs));
        std::hint::black_box(differences) == 0
    }
}

/// The keys of a cluster: the first signs, all are accepted, so that one can replace another host by host.
#[derive(Clone)]
pub struct Keys(Vec<Key>);

/// What is wrong with a file of keys. Never shows any of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFault {
    /// There is no key.
    #[error("no key; write 64 hexadecimal digits, such as `openssl rand -hex 32` prints")]
    None,
    /// A line is no key.
    #[error("line {0} is no key; write 64 hexadecimal digits")]
    Malformed(usize),
    /// A line that anybody could guess.
    #[error("line {0} repeats one byte; take a random key, such as `openssl rand -hex 32` prints")]
    Guessable(usize),
    /// Two keys cannot be told apart.
    #[error("line {0} has the key of an earlier line, or one with the same id; take another")]
    Repeated(usize),
    /// Too many keys.
    #[error("{0} keys; keep the {MOST} newest")]
    TooMany(usize),
}

impl Keys {
    /// Reads keys: a line each of 64 hexadecimal digits; lines that are empty or begin with `#` are passed over.
    ///
    /// # Errors
    /// Every fault.
    pub fn parse(text: &str) -> Result<Self, Vec<KeyFault>> {
        let mut faults = Vec::new();
        let mut keys: Vec<Key> = Vec::new();
        let lines = text.lines().enumerate().map(|(line, text)| (line + 1, text.trim()));
        for (line, text) in lines.filter(|(_, text)| !text.is_empty() && !text.starts_with('#')) {
            let Some(bytes) = unhex(text) else {
                faults.push(KeyFault::Malformed(line));
                continue;
            };
            let key = Key::new(bytes);
            if bytes.iter().all(|byte| *byte == bytes[0]) {
                faults.push(KeyFault::Guessable(line));
            } else if keys.iter().any(|other| other.id == key.id) {
                faults.push(KeyFault::Repeated(line));
            } else {
                keys.push(key);
            }
        }
        if keys.len() > MOST {
            faults.push(KeyFault::TooMany(keys.len()));
        }
        if keys.is_empty() && faults.is_empty() {
            faults.push(KeyFault::None);
        }
        if faults.is_empty() { Ok(Self(keys)) } else { Err(faults) }
    }

    /// The key that signs.
    pub(crate) fn newest(&self) -> &Key {
        &self.0[0]
    }

    /// The key with this id.
    pub(crate) fn find(&self, id: u16) -> Option<&Key> {
        self.0.iter().find(|key| key.id == id)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} key(s)", self.0.len())
    }
}

fn unhex(text: &str) -> Option<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    if text.len() != 2 * LENGTH || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *byte = (digit(digits[0])? * 16 + digit(digits[1])?) as u8;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    #[test]
    fn every_fault_is_told_and_no_key_shown() {
        let zeros = "0".repeat(64);
        let text = format!("# keys\n{A}\nsecret\n\n{A}\n{zeros}\n");
        let faults = Keys::parse(&text).unwrap_err();
        assert_eq!(faults, [KeyFault::Malformed(3), KeyFault::Repeated(5), KeyFault::Guessable(6)]);
        assert!(!format!("{faults:?}").contains("secret"));
        assert_eq!(Keys::parse("\n#\n").unwrap_err(), [KeyFault::None]);
        assert_eq!(format!("{:?}", Keys::parse(A).unwrap()), "1 key(s)");
    }

    #[test]
    fn a_code_holds_for_its_bytes_and_its_key_only() {
        let keys = Keys::parse(&format!("{A}\n{}", A.replace("00", "ff"))).unwrap();
        let code = keys.newest().code(b"abc");
        assert!(keys.newest().verify(b"abc", code));
        assert!(!keys.newest().verify(b"abd", code));
        assert!(!keys.0[1].verify(b"abc", code));
    }
}
