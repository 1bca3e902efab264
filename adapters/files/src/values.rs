//! Values that all native formats share: amounts, times, periods.

use std::borrow::Cow;
use std::net::SocketAddr;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number;

use crate::hash::MAX_SAFE_INTEGER;

const INTEGER: &str = "^[0-9]{1,19}$";
const PERIOD: &str = "^(none|[0-9]{1,9}[smhd])$";
const TIME: &str = "date-time";
const ADDRESS: &str = "socket-address";

/// The forms of text that schemas may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pattern {
    Integer,
    Period,
    Time,
    Address,
}

impl Pattern {
    /// The form with that `format` or `pattern` keyword.
    pub(crate) fn of(keyword: &str) -> Option<Self> {
        match keyword {
            INTEGER => Some(Self::Integer),
            PERIOD => Some(Self::Period),
            TIME => Some(Self::Time),
            ADDRESS => Some(Self::Address),
            _ => None,
        }
    }

    pub(crate) fn accepts(self, text: &str) -> bool {
        match self {
            Self::Integer => integer(text).is_some(),
            Self::Period => period(text).is_some(),
            Self::Time => text.parse::<Timestamp>().is_ok(),
            Self::Address => text.parse::<SocketAddr>().is_ok(),
        }
    }

    pub(crate) const fn example(self) -> &'static str {
        match self {
            Self::Integer => "an integer below 2^63",
            Self::Period => "a period such as \"90m\", or \"none\"",
            Self::Address => "an address and a port such as \"127.0.0.1:7000\"",
            Self::Time => "a time such as \"2026-03-01T12:00:00Z\"",
        }
    }
}

/// The integer a JSON number stands for: 1e9 is one, 0.5 is not.
pub(crate) fn as_integer(number: &Number) -> Option<i64> {
    // Beyond 64 bits it still is an integer, one that is out of range: the conversion stops at the largest.
    let whole = |float: f64| (float.fract() == 0.0).then_some(float as i64);
    number.as_i64().or_else(|| number.as_f64().and_then(whole))
}

fn integer(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Seconds, or `Some(None)` for "none".
fn period(text: &str) -> Option<Option<i64>> {
    if text == "none" {
        return Some(None);
    }
    let unit = match text.as_bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3600,
        b'd' => 86_400,
        _ => return None,
    };
    // The last byte is ASCII, so this is a boundary.
    let number = &text[..text.len() - 1];
    (number.len() <= 9).then(|| integer(number)).flatten().map(|number| Some(number * unit))
}

/// A whole number that is not negative; above 2^53 it is written as a string.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Amount(pub(crate) i64);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 > MAX_SAFE_INTEGER {
            serializer.collect_str(&self.0)
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AmountVisitor;
        impl Visitor<'_> for AmountVisitor {
            type Value = Amount;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(Pattern::Integer.example())
            }
            fn visit_i64<E: Error>(self, value: i64) -> Result<Amount, E> {
                Ok(Amount(value))
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<Amount, E> {
                i64::try_from(value)
                    .map(Amount)
                    .map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))
            }
            fn visit_f64<E: Error>(self, value: f64) -> Result<Amount, E> {
                let number = Number::from_f64(value).and_then(|number| as_integer(&number));
                number.map(Amount).ok_or_else(|| E::invalid_value(Unexpected::Float(value), &self))
            }
            fn visit_str<E: Error>(self, value: &str) -> Result<Amount, E> {
                integer(value).map(Amount).ok_or_else(|| E::invalid_value(Unexpected::Str(value), &self))
            }
        }
        deserializer.deserialize_any(AmountVisitor)
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A whole number that is not negative; as a string where it is above 2^53.",
            "type": ["integer", "string"],
            "minimum": 0,
            "pattern": INTEGER,
        })
    }
}

/// An [`Amount`] that may be left out.
pub(crate) mod optional_amount {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Amount;

    pub(crate) fn serialize<S: Serializer>(amount: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
        amount.map(Amount).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
        Ok(Option::<Amount>::deserialize(deserializer)?.map(|amount| amount.0))
    }
}

/// A point in time, RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub Timestamp);

impl JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "A point in time, RFC 3339.", "type": "string", "format": TIME })
    }
}

/// A period in seconds, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period(pub(crate) Option<i64>);

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(seconds) = self.0 else { return serializer.serialize_str("none") };
        let units = [(86_400, 'd'), (3600, 'h'), (60, 'm')];
        let (length, unit) = units.into_iter().find(|(length, _)| seconds % length == 0).unwrap_or((1, 's'));
        serializer.collect_str(&format_args!("{}{unit}", seconds / length))
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let expected = Pattern::Period.example();
        period(&text).map(Self).ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &expected))
    }
}

impl JsonSchema for Period {
    fn schema_name() -> Cow<'static, str> {
        "Period".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A period in seconds, minutes, hours or days, such as \"90m\"; \"none\" for none.",
            "type": "string",
            "pattern": PERIOD,
        })
    }
}

/// The version of all native formats.
#[derive(Debug, Clone, Copy, Default)]
pub struct Version;

const VERSION: &str = "colocate/v1";

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(VERSION)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == VERSION {
            Ok(Self)
        } else {
            Err(D::Error::invalid_value(Unexpected::Str(&text), &VERSION))
        }
    }
}

impl JsonSchema for Version {
    fn schema_name() -> Cow<'static, str> {
        "Version".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "The version of the format.", "const": VERSION })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_all_their_digits() {
        for (amount, text) in
            [(7, "7"), (1 << 53, "9007199254740992"), ((1 << 53) + 1, "\"9007199254740993\"")]
        {
            assert_eq!(serde_json::to_string(&Amount(amount)).expect("it is written"), text);
            assert_eq!(serde_json::from_str::<Amount>(text).expect("it is read"), Amount(amount));
        }
        assert_eq!(serde_json::from_str::<Amount>("1e9").expect("it is read"), Amount(1_000_000_000));
        assert!(serde_json::from_str::<Amount>("1.5").is_err());
    }

    #[test]
    fn periods_are_read_and_written_in_the_largest_unit() {
        for (text, seconds) in [("6h", Some(21_600)), ("90m", Some(5400)), ("30s", Some(30)), ("none", None)]
        {
            let period: Period = serde_json::from_str(&format!("\"{text}\"")).expect("it is read");
            assert_eq!(period, Period(seconds));
            assert_eq!(serde_json::to_string(&period).expect("it is written"), format!("\"{text}\""));
        }
        for text in ["", "s", "1w", "-1s", "9999999999d", "1.5h", "é"] {
            assert_eq!(period(text), None, "{text}");
        }
    }
}
