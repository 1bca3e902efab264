//! In which rack a node is.

use crate::node::Node;

/// What says in which rack a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
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
}
