//! One value or a list of them.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// What the API answers: one for an id, a list for all.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer<T> {
    List(Vec<T>),
    One(T),
}

/// All that are in an answer; null is an empty list.
pub(crate) fn all<T: DeserializeOwned>(bytes: &[u8], what: &'static str) -> Result<Vec<T>, Error> {
    let answer: Option<Answer<T>> = serde_json::from_slice(bytes).map_err(|source| Error::Unexpected {
        what,
        bytes: bytes.len(),
        source,
    })?;
    Ok(match answer {
        None => Vec::new(),
        Some(Answer::List(list)) => list,
        Some(Answer::One(one)) => vec![one],
    })
}
