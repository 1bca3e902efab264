//! Values as JSON of many hands has them: null for nothing, and numbers as texts.

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};

/// For `deserialize_with`: null is the default.
pub(crate) fn nullable<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// A number from 0 on, written as one or as a text, in whole or not; absent where it is something else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Whole(pub(crate) Option<u64>);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Whole;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number from 0 on")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Whole, E> {
                Ok(Whole(Some(number)))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Whole, E> {
                Ok(Whole(u64::try_from(number).ok()))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Whole, E> {
                Ok(Whole((0.0..1.8e19).contains(&number).then_some(number as u64)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Whole, E> {
                Ok(Whole(text.trim().parse().ok()))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Whole, E> {
                Ok(Whole(None))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// The number that hexadecimal digits stand for; absent where they are none, too many, or zero.
pub(crate) fn hexadecimal(text: &str, digits: usize) -> Option<u128> {
    let sound =
        (1..=digits.min(32)).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    sound.then(|| u128::from_str_radix(text, 16).ok()).flatten().filter(|&id| id > 0)
}

/// The number of a span, of 64 bits.
pub(crate) fn span_id(text: &str) -> Option<u64> {
    hexadecimal(text, 16).and_then(|id| u64::try_from(id).ok())
}
