//! The nodes of a Nomad as hosts.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use colocate_latency::{Member, Members, PeerId};
use colocate_nomad::{Client, Config, Error, Node, Nodes};

use crate::config::agent::{NodeKey, NomadPeers};

/// A Nomad and what is known of its nodes.
pub(super) struct Cluster {
    client: Client,
    nodes: Nodes,
    left_out: BTreeSet<String>,
}

impl Cluster {
    /// The one at an address; nothing is asked yet.
    ///
    /// # Errors
    /// An address or a file that cannot be used.
    pub(super) fn new(peers: &NomadPeers) -> Result<Self, Error> {
        let mut config = Config::new(&peers.address);
        config.token_file = peers.token_file.clone();
        config.tls.authority = peers.ca.clone();
        Ok(Self { client: Client::new(config)?, nodes: Nodes::default(), left_out: BTreeSet::new() })
    }

    /// The nodes that are up.
    ///
    /// # Errors
    /// When Nomad does not answer.
    pub(super) async fn look(&mut self, peers: &NomadPeers) -> Result<Members, Error> {
        self.nodes.refresh(&self.client).await?;
        let (members, left_out) = members(self.nodes.iter(), peers);
        // Once, not with every look.
        if left_out != self.left_out {
            tracing::warn!(nodes = ?left_out, "left out: no address, or one of another node");
            self.left_out = left_out;
        }
        Ok(members)
    }
}

/// The nodes that are ready as hosts, and the ids of those that cannot be told apart or have no address. Nodes that are
/// drained or take nothing new still run what they have.
fn members<'a>(nodes: impl Iterator<Item = &'a Node>, peers: &NomadPeers) -> (Members, BTreeSet<String>) {
    let (mut members, mut left_out) = (BTreeMap::new(), BTreeSet::new());
    let mut addresses = BTreeSet::new();
    for node in nodes.filter(|node| node.status == "ready") {
        match member(node, peers) {
            Some(member)
                if !members.contains_key(&PeerId::of(&member.host)) && addresses.insert(member.address()) =>
            {
                members.insert(PeerId::of(&member.host), member);
            }
            _ => {
                left_out.insert(node.id.clone());
            }
        }
    }
    let members = Members::new(members.into_values());
    (members.expect("ids and addresses are there, each once"), left_out)
}

fn member(node: &Node, peers: &NomadPeers) -> Option<Member> {
    let host = match peers.host {
        NodeKey::Id => &node.id,
        NodeKey::Name => &node.name,
    };
    let attribute = node.attributes.get("unique.network.ip-address");
    let mut texts = [Some(&node.address), attribute].into_iter().flatten();
    let address = texts.find_map(|text| text.parse::<IpAddr>().ok())?.to_canonical();
    let domains = [("rack", &peers.rack), ("zone", &peers.zone)];
    let domains = domains
        .into_iter()
        .filter_map(|(partition, rule)| Some((partition.to_owned(), rule.rack_of(node)?.to_owned())));
    (!host.is_empty()).then(|| Member {
        host: host.clone(),
        addresses: vec![address],
        port: peers.port,
        tcp_port: None,
        domains: domains.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, name: &str, address: &str, status: &str) -> Node {
        Node {
            id: id.into(),
            name: name.into(),
            address: address.into(),
            status: status.into(),
            datacenter: "dc1".into(),
            meta: BTreeMap::from([("rack".into(), "r1".into())]),
            ..Node::default()
        }
    }

    #[test]
    fn nodes_that_are_ready_are_hosts_in_their_rack_and_zone() {
        let nodes = [node("1", "a", "10.0.0.1", "ready"), node("2", "b", "10.0.0.2", "down")];
        let (found, left_out) = members(nodes.iter(), &NomadPeers::default());
        let found: Vec<_> = found.iter().map(|(_, member)| member).collect();
        assert_eq!((found.len(), left_out.len()), (1, 0));
        assert_eq!((found[0].host.as_str(), found[0].port), ("1", 4650));
        assert_eq!((found[0].domain("rack"), found[0].domain("zone")), (Some("r1"), Some("dc1")));
        let peers =
            NomadPeers { host: NodeKey::Name, rack: "attr.row".parse().unwrap(), ..NomadPeers::default() };
        let (found, _) = members(nodes.iter(), &peers);
        let found: Vec<_> = found.iter().map(|(_, member)| member).collect();
        assert_eq!((found[0].host.as_str(), found[0].domain("rack")), ("a", None));
    }

    #[test]
    fn nodes_that_cannot_be_reached_or_told_apart_are_left_out() {
        let mut fingerprinted = node("3", "c", "", "ready");
        fingerprinted.attributes.insert("unique.network.ip-address".into(), "10.0.0.3".into());
        let nodes = [
            node("1", "a", "10.0.0.1", "ready"),
            node("2", "a", "10.0.0.2", "ready"),
            fingerprinted,
            node("4", "d", "10.0.0.3", "ready"),
            node("5", "e", "nowhere", "ready"),
        ];
        let (found, left_out) = members(nodes.iter(), &NomadPeers::default());
        let hosts: BTreeSet<_> = found.iter().map(|(_, member)| member.host.as_str()).collect();
        assert_eq!(hosts, BTreeSet::from(["1", "2", "3"]));
        assert_eq!(left_out, BTreeSet::from(["4".to_owned(), "5".to_owned()]));
        let peers = NomadPeers { host: NodeKey::Name, ..NomadPeers::default() };
        let (found, _) = members(nodes.iter(), &peers);
        assert_eq!(found.len(), 2, "two nodes are called a");
    }
}
