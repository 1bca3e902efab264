//! The native formats: what their fields are called and what they mean as a draft.

pub(crate) mod cluster;
pub(crate) mod forecast;
pub(crate) mod latency;
pub mod plan;
pub(crate) mod policy;
pub mod rules;
pub(crate) mod traffic;
pub(crate) mod utilisation;
mod words;
mod write;

pub use write::write;

use std::collections::BTreeMap;

use crate::values::Amount;

/// A map of names to amounts, as files have it.
type Amounts = BTreeMap<String, Amount>;

fn to_amounts(amounts: &BTreeMap<String, i64>) -> Amounts {
    amounts.iter().map(|(name, &amount)| (name.clone(), Amount(amount))).collect()
}

fn from_amounts(amounts: Amounts) -> BTreeMap<String, i64> {
    amounts.into_iter().map(|(name, amount)| (name, amount.0)).collect()
}

/// For `skip_serializing_if`.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
