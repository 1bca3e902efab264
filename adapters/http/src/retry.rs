//! How long to wait before a question is asked again.

use std::time::Duration;

use crate::config::Retry;

/// An error after which the same question may be asked again.
pub trait Transient {
    /// Whether the same question may be answered the next time.
    fn is_transient(&self) -> bool;

    /// When the server wants to be asked again, where it says so.
    fn retry_after(&self) -> Option<Duration>;

    /// The error, with the number of times that the question was asked.
    #[must_use]
    fn after(self, asked: u32) -> Self;
}

impl Retry {
    /// Asks until there is an answer or no hope of one. What is dropped is not asked any further.
    ///
    /// # Errors
    /// The last one.
    pub async fn run<T, E: Transient, F: Future<Output = Result<T, E>>>(
        &self,
        ask: impl Fn() -> F,
    ) -> Result<T, E> {
        let mut attempt = 1;
        loop {
            let error = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match self.pause(attempt, &error) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(error.after(attempt)),
            }
            attempt += 1;
        }
    }

    /// The pause after the attempt number `attempt`, from 1 on, ended in `error`; `None` where that was the last.
    fn pause(&self, attempt: u32, error: &impl Transient) -> Option<Duration> {
        if attempt >= self.attempts || !error.is_transient() {
            return None;
        }
        let doubled = 1_u32.checked_shl(attempt - 1).unwrap_or(u32::MAX);
        let own = self.first.saturating_mul(doubled).min(self.longest);
        match error.retry_after() {
            Some(asked) => (asked <= self.longest).then_some(own.max(asked)),
            None => Some(own),
        }
    }
}

/// What `Retry-After` says: seconds, or a date, which is told from `now`.
///
/// # Source
/// RFC 9110, section 10.2.3.
pub(crate) fn retry_after(value: &str, now: jiff::Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn unavailable(retry_after: Option<u64>) -> Error {
        Error::Unavailable {
            url: String::new(),
            status: 503,
            attempts: 1,
            error: String::new(),
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_end() {
        let retry = Retry { attempts: 5, first: Duration::from_secs(1), longest: Duration::from_secs(3) };
        let pauses: Vec<_> = (1..=5).map(|attempt| retry.pause(attempt, &unavailable(None))).collect();
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(pauses, [seconds(1), seconds(2), seconds(3), seconds(3), None]);
        assert_eq!(Retry { attempts: 99, ..retry }.pause(80, &unavailable(None)), seconds(3));
    }

    #[test]
    fn what_the_server_asks_for_is_kept_or_too_long() {
        let retry = Retry { attempts: 5, first: Duration::from_secs(1), longest: Duration::from_secs(30) };
        assert_eq!(retry.pause(1, &unavailable(Some(20))), Some(Duration::from_secs(20)));
        assert_eq!(retry.pause(3, &unavailable(Some(0))), Some(Duration::from_secs(4)));
        assert_eq!(retry.pause(1, &unavailable(Some(31))), None);
    }

    #[test]
    fn refusals_are_final() {
        let refused = Error::Refused { url: String::new(), status: 400, error: String::new() };
        assert_eq!(Retry::default().pause(1, &refused), None);
    }

    #[test]
    fn seconds_and_dates_are_understood() {
        let now: jiff::Timestamp = "2026-03-01T12:00:00Z".parse().expect("it is a time");
        assert_eq!(retry_after(" 7 ", now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Sun, 01 Mar 2026 12:00:09 GMT", now), Some(Duration::from_secs(9)));
        assert_eq!(retry_after("Sun, 01 Mar 2026 11:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("-3", now), None);
    }
}
