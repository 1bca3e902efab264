//! What a server answers.

use std::time::Duration;

use reqwest::header::HeaderMap;

use crate::error::Error;

/// What a server answers, whatever its status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Where it was asked.
    pub url: String,
    /// The HTTP status.
    pub status: u16,
    /// The body, unpacked.
    pub body: Vec<u8>,
    pub(crate) headers: HeaderMap,
    pub(crate) retry_after: Option<Duration>,
}

impl Answer {
    /// A header in plain text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether the status is one of success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The answer, where its status is one of success.
    ///
    /// # Errors
    /// The status, with the start of the body.
    pub fn accepted(self) -> Result<Self, Error> {
        if self.is_success() {
            return Ok(self);
        }
        let error = start_of(&self.body);
        Err(self.refusal(error))
    }

    /// What its status means where it is none of success, with what the server says: `error`.
    #[must_use]
    pub fn refusal(self, error: String) -> Error {
        let Self { url, status, retry_after, .. } = self;
        match status {
            401 | 403 => Error::Unauthorised { url, status, error },
            429 | 500.. => Error::Unavailable { url, status, attempts: 1, error, retry_after },
            _ => Error::Refused { url, status, error },
        }
    }
}

/// How much of a body is shown, in characters.
const SHOWN: usize = 120;

/// The start of a body on one line.
#[must_use]
pub fn start_of(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * SHOWN)]);
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_one_short_line() {
        assert_eq!(start_of(b"<html>\n  <b>Sign\x1b in</b>"), "<html> <b>Sign in</b>");
        assert_eq!(start_of(&[b'a'; 10_000]).len(), SHOWN);
        assert!(start_of(&[0xff; 3]).contains('\u{fffd}'));
    }
}
