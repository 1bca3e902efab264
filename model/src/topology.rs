//! Partitions of the hosts into domains, and the bits that name sets of hosts.

use serde::Serialize;

use crate::ids::{DomainId, HostId, PartitionId};
use crate::quantity::Amount;

/// A partition of the hosts into domains: racks, zones, ROADEF's locations and neighbourhoods.
#[derive(Debug, Clone, Serialize)]
pub struct Partition {
    /// Its name.
    pub name: String,
    /// The domains, in the order of the input.
    pub domains: Vec<Domain>,
    /// The domain of every host.
    pub domain_of: Vec<DomainId>,
}

/// A domain of a partition, with the limits it sets as a whole.
#[derive(Debug, Clone, Serialize)]
pub struct Domain {
    /// Its name, unique in the partition.
    pub name: String,
    /// The domain of another partition it lies in, where the input says so.
    pub parent: Option<(PartitionId, DomainId)>,
    /// Capacity per resource; [`UNLIMITED`](crate::UNLIMITED) where there is none.
    pub capacity: Vec<Amount>,
    /// Soft limit per resource; [`UNLIMITED`](crate::UNLIMITED) where there is none.
    pub soft_limit: Vec<Amount>,
    /// Bytes/s that may cross its border.
    pub uplink: Option<i64>,
    /// Power its hosts may draw together, in mW.
    pub power_mw: Option<i64>,
}

/// A set of hosts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct HostSet {
    words: Vec<u64>,
    hosts: usize,
}

impl HostSet {
    /// The set that `contains` describes, over `hosts` hosts.
    #[must_use]
    pub fn from_fn(hosts: usize, contains: impl Fn(HostId) -> bool) -> Self {
        let mut words = vec![0_u64; hosts.div_ceil(64)];
        for host in (0..hosts).filter(|&h| contains(HostId::new(h))) {
            words[host / 64] |= 1 << (host % 64);
        }
        Self { words, hosts }
    }

    /// Whether `host` is in the set.
    #[must_use]
    #[inline]
    pub fn contains(&self, host: HostId) -> bool {
        self.words[host.index() / 64] >> (host.index() % 64) & 1 == 1
    }

    /// How many hosts it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// Its hosts in order.
    pub fn iter(&self) -> impl Iterator<Item = HostId> + '_ {
        (0..self.hosts).map(HostId::new).filter(|&host| self.contains(host))
    }
}
