//! Tokens: who may call.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use blake3::Hash;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::owner::Owner;

/// The tokens that are valid. Kept as hashes: what is not there cannot leak.
pub(crate) struct Tokens(Vec<(Hash, Arc<str>)>);

/// The shortest token, in characters; `openssl rand -hex 16` makes one of 32.
pub(crate) const SHORTEST: usize = 24;
/// The longest token, in characters.
const LONGEST: usize = 512;
/// The longest name of a token, in characters.
const LONGEST_NAME: usize = 64;

/// What is wrong with a line of a token file; the line itself is never shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct TokenFault {
    /// The line, from 1 on.
    pub line: usize,
    /// What is wrong.
    pub fault: TokenFaultKind,
}

/// What can be wrong with a line of a token file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenFaultKind {
    /// No UTF-8.
    #[error("no UTF-8")]
    Encoding,
    /// Other than a name and a token.
    #[error("a line is a name, white space and a token")]
    Shape,
    /// A name that is too long, or has other characters.
    #[error("a name has up to {LONGEST_NAME} of the characters a-z, A-Z, 0-9, `.`, `_` and `-`")]
    Name,
    /// Too short to be secret.
    #[error("a token has at least {SHORTEST} characters; `openssl rand -hex 16` makes one")]
    Short,
    /// Too long, or with characters that a header cannot have.
    #[error("a token has at most {LONGEST} characters, all of them printable ASCII")]
    Characters,
    /// A token that another line has.
    #[error("the token of another line")]
    Duplicate,
    /// No line at all: everybody would be turned away.
    #[error("there is no token in the file")]
    Empty,
}

impl Tokens {
    /// The tokens of a file. Two lines may have one name, so that an old and a new token overlap.
    ///
    /// # Errors
    /// Every fault of all lines.
    pub(crate) fn parse(contents: &[u8]) -> Result<Self, Vec<TokenFault>> {
        let (mut tokens, mut faults, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (index, line) in contents.split(|&byte| byte == b'\n').enumerate() {
            match parse_line(line) {
                Ok(None) => {}
                Ok(Some((name, token))) => {
                    let hash = blake3::hash(token.as_bytes());
                    if seen.insert(*hash.as_bytes()) {
                        tokens.push((hash, Arc::from(name)));
                    } else {
                        faults.push(TokenFault { line: index + 1, fault: TokenFaultKind::Duplicate });
                    }
                }
                Err(fault) => faults.push(TokenFault { line: index + 1, fault }),
            }
        }
        if tokens.is_empty() && faults.is_empty() {
            faults.push(TokenFault { line: 1, fault: TokenFaultKind::Empty });
        }
        if faults.is_empty() { Ok(Self(tokens)) } else { Err(faults) }
    }

    /// Whose token the `authorization` of `headers` is; nobody's where there is none or more than one.
    ///
    /// Hashes are compared, in constant time and all of them, so that time tells nothing about a token.
    pub(crate) fn owner(&self, headers: &HeaderMap) -> Option<Owner> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let value = values.next()?.as_bytes();
        if values.next().is_some() {
            return None;
        }
        let (scheme, token) = value.split_at_checked(BEARER.len())?;
        if !scheme.eq_ignore_ascii_case(BEARER) {
            return None;
        }
        let hash = blake3::hash(token.trim_ascii());
        let mut owner = None;
        for (known, name) in &self.0 {
            if *known == hash {
                owner = Some(Owner::Token(name.clone()));
            }
        }
        owner
    }
}

/// The scheme of the header.
const BEARER: &[u8] = b"Bearer ";

/// The name and the token of a line; nothing where it is empty or a comment.
fn parse_line(line: &[u8]) -> Result<Option<(&str, &str)>, TokenFaultKind> {
    let line = std::str::from_utf8(line).map_err(|_| TokenFaultKind::Encoding)?.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let (Some(name), Some(token), None) = (words.next(), words.next(), words.next()) else {
        return Err(TokenFaultKind::Shape);
    };
    if name.len() > LONGEST_NAME
        || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    {
        return Err(TokenFaultKind::Name);
    }
    if token.len() < SHORTEST {
        return Err(TokenFaultKind::Short);
    }
    if token.len() > LONGEST || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(TokenFaultKind::Characters);
    }
    Ok(Some((name, token)))
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({} redacted)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "0123456789abcdef01234567";
    const NEW: &str = "fedcba9876543210fedcba98";

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())])
    }

    #[test]
    fn an_old_and_a_new_token_of_a_name_are_valid_together() {
        let file = format!("# rotation\nalice {OLD}\nalice\t{NEW} \r\n\nbob {}\n", "b".repeat(24));
        let tokens = Tokens::parse(file.as_bytes()).unwrap();
        for token in [OLD, NEW] {
            let owner = tokens.owner(&headers(&format!("bearer {token}")));
            assert_eq!(owner, Some(Owner::Token("alice".into())));
        }
        assert!(!format!("{tokens:?}").contains(OLD));
    }

    #[test]
    fn whoever_has_no_token_is_nobody() {
        let tokens = Tokens::parse(format!("alice {OLD}").as_bytes()).unwrap();
        for value in
            ["", "Bearer", "Bearer ", "Bearer 0123456789abcdef01234568", OLD, &format!("Basic {OLD}")]
        {
            assert_eq!(tokens.owner(&headers(value)), None, "{value}");
        }
        assert_eq!(tokens.owner(&HeaderMap::new()), None);
        let mut twice = headers(&format!("Bearer {OLD}"));
        twice.append(AUTHORIZATION, "Bearer x".parse().unwrap());
        assert_eq!(tokens.owner(&twice), None);
    }

    #[test]
    fn every_fault_of_a_file_is_reported_and_no_token_shown() {
        let file = format!("alice {OLD}\nbob {OLD}\ncarol\nd/d {NEW}\neve short\nf {}\n", "ä".repeat(30));
        let faults = Tokens::parse(file.as_bytes()).unwrap_err();
        let kinds: Vec<_> = faults.iter().map(|fault| (fault.line, fault.fault)).collect();
        assert_eq!(
            kinds,
            [
                (2, TokenFaultKind::Duplicate),
                (3, TokenFaultKind::Shape),
                (4, TokenFaultKind::Name),
                (5, TokenFaultKind::Short),
                (6, TokenFaultKind::Characters),
            ]
        );
        let shown = format!("{faults:?} {}", faults[0]);
        assert!(!shown.contains(OLD) && !shown.contains(NEW));
        assert_eq!(Tokens::parse(b"# none\n").unwrap_err()[0].fault, TokenFaultKind::Empty);
    }
}
