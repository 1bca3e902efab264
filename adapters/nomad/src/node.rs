//! Nodes.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::Error;
use crate::read;

/// A node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its datacentre.
    pub datacenter: String,
    /// Its pool.
    pub node_pool: String,
    /// Its class; as a rule empty.
    pub node_class: String,
    /// Its address, where the answer has it.
    pub address: String,
    /// `ready`, `down`, `initializing` or `disconnected`.
    pub status: String,
    /// Whether it takes new allocations.
    pub eligible: bool,
    /// Whether it is being drained.
    pub drain: bool,
    /// What operators say of it; lists of nodes lack it.
    pub meta: BTreeMap<String, String>,
    /// What Nomad found out of it; lists of nodes lack it.
    pub attributes: BTreeMap<String, String>,
    /// Moves when anything of it changes.
    pub modify_index: u64,
}

/// The nodes of an answer to `GET /v1/nodes`, without meta and attributes, or to `GET /v1/node/:id`.
///
/// # Errors
/// [`Error::Unexpected`] where it is none.
pub fn read_nodes(bytes: &[u8]) -> Result<Vec<Node>, Error> {
    Ok(read::all::<WireNode>(bytes, "node")?.into_iter().map(Node::from).collect())
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct WireNode {
    #[serde(rename = "ID")]
    id: Option<String>,
    name: Option<String>,
    datacenter: Option<String>,
    node_pool: Option<String>,
    node_class: Option<String>,
    address: Option<String>,
    #[serde(rename = "HTTPAddr")]
    http_address: Option<String>,
    status: Option<String>,
    scheduling_eligibility: Option<String>,
    drain: Option<bool>,
    meta: Option<BTreeMap<String, Option<String>>>,
    attributes: Option<BTreeMap<String, Option<String>>>,
    modify_index: Option<u64>,
}

impl From<WireNode> for Node {
    fn from(wire: WireNode) -> Self {
        let map = |map: Option<BTreeMap<String, Option<String>>>| {
            map.into_iter()
                .flatten()
                .filter_map(|(key, value)| Some((key, value?)))
                .collect::<BTreeMap<_, _>>()
        };
        let attributes = map(wire.attributes);
        // Lists have the host of `HTTPAddr` as `Address`, nodes alone have `HTTPAddr` itself.
        let http_address = wire.http_address.as_deref().and_then(host).map(str::to_owned);
        let address = wire.address.filter(|address| !address.is_empty()).or(http_address);
        let address = address.or_else(|| attributes.get("unique.network.ip-address").cloned());
        Self {
            id: wire.id.unwrap_or_default(),
            name: wire.name.unwrap_or_default(),
            datacenter: wire.datacenter.unwrap_or_default(),
            node_pool: wire.node_pool.unwrap_or_default(),
            node_class: wire.node_class.unwrap_or_default(),
            address: address.unwrap_or_default(),
            status: wire.status.unwrap_or_default(),
            eligible: wire.scheduling_eligibility.is_none_or(|word| word == "eligible"),
            drain: wire.drain.unwrap_or(false),
            meta: map(wire.meta),
            attributes,
            modify_index: wire.modify_index.unwrap_or(0),
        }
    }
}

/// The host of `HOST:PORT`.
fn host(address: &str) -> Option<&str> {
    let host = address.rsplit_once(':')?.0;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_read_from_lists_and_alone() {
        let list = r#"[{"ID": "n1", "Name": "h1", "Address": "10.0.0.1", "Datacenter": "dc1", "NodePool": "default", "Status": "ready",
            "SchedulingEligibility": "ineligible", "Drain": true, "Drivers": {}, "ModifyIndex": 12}]"#;
        let nodes = read_nodes(list.as_bytes()).expect("it is sound");
        assert_eq!((nodes[0].id.as_str(), nodes[0].eligible, nodes[0].modify_index), ("n1", false, 12));
        let detail = r#"{"ID": "n1", "Meta": {"rack": "r1", "odd": null}, "Attributes": {"unique.network.ip-address": "10.0.0.1"}, "Links": null}"#;
        let nodes = read_nodes(detail.as_bytes()).expect("it is sound");
        assert_eq!((nodes[0].address.as_str(), nodes[0].meta.len()), ("10.0.0.1", 1));
        let detail = r#"[{"HTTPAddr": "10.0.0.1:4646"}, {"HTTPAddr": "[fd00::1]:4646", "Meta": null}, {"HTTPAddr": ""}]"#;
        let addresses: Vec<_> = read_nodes(detail.as_bytes())
            .expect("it is sound")
            .into_iter()
            .map(|node| node.address)
            .collect();
        assert_eq!(addresses, ["10.0.0.1", "fd00::1", ""]);
        assert_eq!(read_nodes(b"null").expect("it is an empty list"), []);
        assert!(read_nodes(b"Permission denied").is_err());
    }
}
