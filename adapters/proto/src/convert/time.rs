//! Points in time.

use jiff::Timestamp;

/// The point in time, where it is one of the years 1 to 9999.
#[must_use]
pub fn from_wire(time: &prost_types::Timestamp) -> Option<Timestamp> {
    let in_range = (-62_135_596_800..=253_402_207_200).contains(&time.seconds)
        && (0..1_000_000_000).contains(&time.nanos);
    in_range.then(|| Timestamp::new(time.seconds, time.nanos).ok()).flatten()
}

/// The message of a point in time.
#[must_use]
pub fn to_wire(time: Timestamp) -> prost_types::Timestamp {
    let (seconds, nanos) = (time.as_second(), time.subsec_nanosecond());
    // On the wire the nanoseconds count forward, also before 1970.
    let (seconds, nanos) = if nanos < 0 { (seconds - 1, nanos + 1_000_000_000) } else { (seconds, nanos) };
    prost_types::Timestamp { seconds, nanos }
}
