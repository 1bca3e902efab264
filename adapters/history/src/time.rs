//! Times in files.

use jiff::Timestamp;

/// The first and last time that is taken for one, in Unix ms: 9999 years around.
const RANGE_MS: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

/// Unix ms of an RFC 3339 time or a number of seconds since 1970; numbers too large for that count ms, µs or ns.
pub(crate) fn parse(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse() {
        return from_number(number);
    }
    if let Ok(seconds) = text.parse::<f64>() {
        let milliseconds = (seconds * 1e3).round();
        return (seconds.abs() < SECONDS as f64 && milliseconds.is_finite()).then_some(milliseconds as i64);
    }
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

/// As seconds the year 5138.
const SECONDS: i64 = 100_000_000_000;

/// Unix ms of a whole number of s, ms, µs or ns, whichever gives a year before 5138.
pub(crate) fn from_number(number: i64) -> Option<i64> {
    let milliseconds = match number.unsigned_abs() / SECONDS.unsigned_abs() {
        0 => number * 1000,
        1..1_000 => number,
        1_000..1_000_000 => number.div_euclid(1_000),
        _ => number.div_euclid(1_000_000),
    };
    RANGE_MS.contains(&milliseconds).then_some(milliseconds)
}

/// A time for people, in s.
pub(crate) fn text(time_ms: i64) -> String {
    Timestamp::from_second(time_ms.div_euclid(1000))
        .map_or_else(|_| time_ms.to_string(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_ways_to_write_a_time_are_understood() {
        for text in [
            "2014-02-14T14:30:00Z",
            "2014-02-14T15:30:00+01:00",
            "1392388200",
            "1392388200.0",
            "1392388200000",
            "1392388200000000",
            "1392388200000000000",
        ] {
            assert_eq!(parse(text), Some(1_392_388_200_000), "{text}");
        }
        assert_eq!(parse("1.0015"), Some(1002));
        assert_eq!(text(1_392_388_200_999), "2014-02-14T14:30:00Z");
    }

    #[test]
    fn what_is_no_time_or_has_no_zone_is_refused() {
        for text in ["", "yesterday", "2014-02-14 14:30:00", "2014-02-14", "NaN", "inf", "1e300", "12:00"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert!(from_number(i64::MIN).is_some() && from_number(i64::MAX).is_some());
    }
}
