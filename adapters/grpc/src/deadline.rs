//! How long a call may take.

use std::time::{Duration, Instant};

use http::HeaderMap;

use crate::config::LimitsConfig;

/// Kept of every deadline for converting, encoding and sending the answer, at least.
const RESERVE: Duration = Duration::from_millis(50);
/// The same, for each component of the problem.
const RESERVE_COMPONENT: Duration = Duration::from_micros(10);

/// What the caller allows, from `grpc-timeout`: up to eight digits and a unit, as the specification of gRPC over HTTP/2
/// says.
///
/// # Errors
/// [`Malformed`]: a call whose deadline nobody understands is refused rather than let run without one.
pub(crate) fn timeout(headers: &HeaderMap) -> Result<Option<Duration>, Malformed> {
    let mut values = headers.get_all("grpc-timeout").iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Malformed);
    }
    let (unit, digits) = value.as_bytes().split_last().ok_or(Malformed)?;
    if digits.is_empty() || digits.len() > 8 || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Malformed);
    }
    let value = digits.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
    let duration = match unit {
        b'H' => Duration::from_secs(value * 3600),
        b'M' => Duration::from_secs(value * 60),
        b'S' => Duration::from_secs(value),
        b'm' => Duration::from_millis(value),
        b'u' => Duration::from_micros(value),
        b'n' => Duration::from_nanos(value),
        _ => return Err(Malformed),
    };
    Ok(Some(duration))
}

/// A `grpc-timeout` that is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// What is kept of a deadline for the answer to a problem of `components`: at most half of it.
pub(crate) fn reserve(components: usize, timeout: Duration) -> Duration {
    let components = u32::try_from(components).unwrap_or(u32::MAX);
    (RESERVE + RESERVE_COMPONENT.saturating_mul(components)).min(timeout / 2)
}

/// What a request says of its time.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wish {
    /// Time to the answer.
    pub(crate) time: Option<Duration>,
    /// Whether iterations limit it.
    pub(crate) iterations: bool,
}

/// Time from the arrival to the answer that is left to the backend: the least of what the request, the server and the
/// deadline allow; of a deadline the time for the answer is kept. Nothing where it is over already.
pub(crate) fn budget(
    arrived: Instant,
    now: Instant,
    timeout: Option<Duration>,
    wish: Wish,
    components: usize,
    limits: &LimitsConfig,
) -> Option<Duration> {
    let most = Duration::from_millis(limits.max_time_ms);
    let wished = match wish {
        Wish { time: Some(time), .. } => time,
        Wish { iterations: true, .. } => most,
        Wish { .. } => Duration::from_millis(limits.default_time_ms),
    };
    let mut time = wished.min(most);
    if let Some(timeout) = timeout {
        let usable = timeout - reserve(components, timeout);
        if now.saturating_duration_since(arrived) >= usable {
            return None;
        }
        time = time.min(usable);
    }
    Some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(value: &str) -> Result<Option<Duration>, Malformed> {
        timeout(&HeaderMap::from_iter([("grpc-timeout".parse().unwrap(), value.parse().unwrap())]))
    }

    #[test]
    fn every_unit_is_read() {
        for (value, duration) in [
            ("1H", Duration::from_secs(3600)),
            ("2M", Duration::from_secs(120)),
            ("3S", Duration::from_secs(3)),
            ("500m", Duration::from_millis(500)),
            ("99999999u", Duration::from_micros(99_999_999)),
            ("0n", Duration::ZERO),
            ("99999999H", Duration::from_secs(99_999_999 * 3600)),
        ] {
            assert_eq!(header(value), Ok(Some(duration)), "{value}");
        }
        assert_eq!(timeout(&HeaderMap::new()), Ok(None));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for value in ["", "1", "S", "1s", "-1S", "+1S", "1.5S", "123456789S", "1 S", "1SS"] {
            assert_eq!(header(value), Err(Malformed), "{value}");
        }
    }

    fn limits() -> LimitsConfig {
        LimitsConfig { default_time_ms: 10_000, max_time_ms: 60_000, ..LimitsConfig::default() }
    }

    fn left(timeout_ms: Option<u64>, wish: Wish, components: usize, elapsed_ms: u64) -> Option<u128> {
        let arrived = Instant::now();
        let now = arrived + Duration::from_millis(elapsed_ms);
        let timeout = timeout_ms.map(Duration::from_millis);
        budget(arrived, now, timeout, wish, components, &limits()).map(|time| time.as_millis())
    }

    const NO_WISH: Wish = Wish { time: None, iterations: false };

    #[test]
    fn the_least_limit_holds() {
        let hour = Wish { time: Some(Duration::from_secs(3600)), iterations: true };
        let second = Wish { time: Some(Duration::from_secs(1)), iterations: false };
        assert_eq!(left(None, NO_WISH, 0, 0), Some(10_000));
        assert_eq!(left(None, Wish { time: None, iterations: true }, 0, 0), Some(60_000));
        assert_eq!(left(None, hour, 0, 0), Some(60_000));
        assert_eq!(left(None, second, 0, 5000), Some(1000), "counted from the arrival");
        assert_eq!(left(Some(500), second, 0, 0), Some(450));
        assert_eq!(left(Some(500), second, 10_000, 0), Some(350));
        assert_eq!(left(Some(1_000_000), hour, 0, 0), Some(60_000));
    }

    #[test]
    fn half_of_a_short_deadline_is_for_the_answer_and_a_late_call_has_none() {
        assert_eq!(left(Some(40), NO_WISH, 1_000_000, 0), Some(20));
        assert_eq!(left(Some(40), NO_WISH, 0, 20), None);
        assert_eq!(left(Some(0), NO_WISH, 0, 0), None);
        assert_eq!(left(Some(500), NO_WISH, 0, 449), Some(450));
        assert_eq!(left(Some(500), NO_WISH, 0, 450), None);
    }
}
