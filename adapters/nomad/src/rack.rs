//! In which rack a node is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::node::Node;

/// What says in which rack a node is, or in which other domain: in text `meta.KEY`, `attr.NAME` or `datacenter`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum RackRule {
    /// A key of its meta, which operators set.
    Meta(String),
    /// An attribute, which Nomad or a cloud sets, such as `platform.aws.placement.availability-zone`.
    Attribute(String),
    /// Its datacentre.
    Datacenter,
}

impl Default for RackRule {
    fn default() -> Self {
        Self::Meta("rack".into())
    }
}

/// A text that is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` says no domain of a node; write meta.KEY, attr.NAME or datacenter")]
pub struct RackRuleError(String);

impl FromStr for RackRule {
    type Err = RackRuleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('.') {
            None if text == "datacenter" => Ok(Self::Datacenter),
            Some(("meta", key)) if !key.is_empty() => Ok(Self::Meta(key.to_owned())),
            Some(("attr", name)) if !name.is_empty() => Ok(Self::Attribute(name.to_owned())),
            _ => Err(RackRuleError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for RackRule {
    type Error = RackRuleError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for RackRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Meta(key) => write!(f, "meta.{key}"),
            Self::Attribute(name) => write!(f, "attr.{name}"),
            Self::Datacenter => f.write_str("datacenter"),
        }
    }
}

impl From<RackRule> for String {
    fn from(rule: RackRule) -> Self {
        rule.to_string()
    }
}

impl RackRule {
    /// The rack of a node, where the rule says it.
    #[must_use]
    pub fn rack_of<'a>(&self, node: &'a Node) -> Option<&'a str> {
        let rack = match self {
            Self::Meta(key) => node.meta.get(key)?,
            Self::Attribute(key) => node.attributes.get(key)?,
            Self::Datacenter => &node.datacenter,
        };
        (!rack.is_empty()).then_some(rack)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_rule_finds_the_rack_or_says_there_is_none() {
        let map = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
        let node = Node {
            meta: map("rack", "r1"),
            attributes: map("zone", "z1"),
            datacenter: String::new(),
            ..Node::default()
        };
        assert_eq!(RackRule::default().rack_of(&node), Some("r1"));
        assert_eq!(RackRule::Attribute("zone".into()).rack_of(&node), Some("z1"));
        assert_eq!(RackRule::Meta("row".into()).rack_of(&node), None);
        assert_eq!(RackRule::Datacenter.rack_of(&node), None);
    }

    #[test]
    fn rules_are_written_and_read() {
        for text in ["meta.rack", "attr.platform.aws.placement.availability-zone", "datacenter"] {
            assert_eq!(text.parse::<RackRule>().expect("it is a rule").to_string(), text);
        }
        for text in ["", "meta", "meta.", "attr.", "rack", "datacenter.x"] {
            assert!(text.parse::<RackRule>().is_err(), "{text}");
        }
    }
}
