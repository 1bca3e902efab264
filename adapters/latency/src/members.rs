//! The hosts of the cluster, as agents know them.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::probe::PeerId;

/// A host that runs an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id, the one that the cluster file has.
    pub host: String,
    /// Where its agent echoes; probes go to the first, and may come from all.
    pub addresses: Vec<IpAddr>,
    /// The port it echoes on.
    pub port: u16,
    /// The port whose TCP connections are timed, where any is.
    pub tcp_port: Option<u16>,
    /// The domain it is in, by partition.
    pub domains: BTreeMap<String, String>,
}

impl Member {
    /// Where probes go.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.addresses.first().map(|address| SocketAddr::new(*address, self.port))
    }

    /// The domain of a partition that it is in; that of the partition "host" is its own.
    #[must_use]
    pub fn domain(&self, partition: &str) -> Option<&str> {
        if partition == HOST { Some(&self.host) } else { self.domains.get(partition).map(String::as_str) }
    }
}

/// The partition in which every host is a domain of its own.
pub const HOST: &str = "host";

/// All hosts, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members {
    members: BTreeMap<PeerId, Arc<Member>>,
}

/// What is wrong with a list of hosts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MemberFault {
    /// Two hosts have an id, or one that cannot be told from it.
    #[error("host {0} is listed twice; keep one")]
    Repeated(String),
    /// A host has no address.
    #[error("host {0} has no address; give one")]
    NoAddress(String),
    /// Two hosts have an address and a port.
    #[error("hosts {0} and {1} have the same address and port; correct one")]
    SharedAddress(String, String),
}

impl Members {
    /// These hosts.
    ///
    /// # Errors
    /// Every fault.
    pub fn new(list: impl IntoIterator<Item = Member>) -> Result<Self, Vec<MemberFault>> {
        let mut faults = Vec::new();
        let mut owners: BTreeMap<SocketAddr, String> = BTreeMap::new();
        let mut members: BTreeMap<PeerId, Arc<Member>> = BTreeMap::new();
        for member in list {
            match member.address() {
                None => faults.push(MemberFault::NoAddress(member.host.clone())),
                Some(address) => match owners.insert(address, member.host.clone()) {
                    Some(other) if other != member.host => {
                        faults.push(MemberFault::SharedAddress(other, member.host.clone()));
                    }
                    _ => {}
                },
            }
            if let Some(other) = members.insert(PeerId::of(&member.host), Arc::new(member)) {
                faults.push(MemberFault::Repeated(other.host.clone()));
            }
        }
        if faults.is_empty() { Ok(Self { members }) } else { Err(faults) }
    }

    /// The host with this id.
    #[must_use]
    pub fn get(&self, id: PeerId) -> Option<&Arc<Member>> {
        self.members.get(&id)
    }

    /// All of them, in an order that every agent has.
    pub fn iter(&self) -> impl Iterator<Item = (PeerId, &Arc<Member>)> {
        self.members.iter().map(|(id, member)| (*id, member))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(host: &str, addresses: &[[u8; 4]]) -> Member {
        Member {
            host: host.into(),
            addresses: addresses.iter().map(|bytes| IpAddr::from(*bytes)).collect(),
            port: 1,
            tcp_port: None,
            domains: BTreeMap::new(),
        }
    }

    #[test]
    fn every_fault_is_told() {
        let list = [
            member("a", &[[10, 0, 0, 1]]),
            member("a", &[[10, 0, 0, 2]]),
            member("b", &[]),
            member("c", &[[10, 0, 0, 1], [10, 0, 0, 9]]),
        ];
        let faults = Members::new(list).unwrap_err();
        assert_eq!(
            faults,
            [
                MemberFault::Repeated("a".into()),
                MemberFault::NoAddress("b".into()),
                MemberFault::SharedAddress("a".into(), "c".into())
            ]
        );
    }
}
