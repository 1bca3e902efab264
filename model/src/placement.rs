//! Where every component is.

use serde::{Deserialize, Serialize};

use crate::ids::{ComponentId, HostId};

/// The host of every component; `None` for one that has no place yet.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Placement {
    hosts: Vec<Option<HostId>>,
}

impl Placement {
    /// The placement with these hosts, in order of component.
    #[must_use]
    pub fn new(hosts: Vec<Option<HostId>>) -> Self {
        Self { hosts }
    }

    /// The host of `component`.
    #[must_use]
    #[inline]
    pub fn host(&self, component: ComponentId) -> Option<HostId> {
        self.hosts[component.index()]
    }

    /// Puts `component` on `host`.
    #[inline]
    pub fn set(&mut self, component: ComponentId, host: Option<HostId>) {
        self.hosts[component.index()] = host;
    }

    /// Components and their hosts, in order of component.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (ComponentId, Option<HostId>)> + '_ {
        self.hosts.iter().enumerate().map(|(index, &host)| (ComponentId::new(index), host))
    }

    /// Number of components.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hosts.len()
    }

    /// Whether there are no components.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty()
    }
}
