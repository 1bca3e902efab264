//! The part of a problem that a programme decides about.

use colocate_model::{ComponentId, HostId, HostSet, Placement};

/// Everything, or the components on a few hosts while all others stay.
#[derive(Debug, Clone)]
pub(super) enum Scope<'a> {
    /// Every component on every host it may be on.
    Whole,
    /// The components that a placement has on these hosts, which they share out among themselves.
    Hosts(&'a Placement, HostSet),
}

impl Scope<'_> {
    /// Where `component` stays, if it is not decided about.
    pub(super) fn fixed(&self, component: ComponentId) -> Option<HostId> {
        match self {
            Self::Whole => None,
            Self::Hosts(placement, hosts) => placement.host(component).filter(|&host| !hosts.contains(host)),
        }
    }

    /// Whether components may be put on `host`.
    pub(super) fn contains(&self, host: HostId) -> bool {
        match self {
            Self::Whole => true,
            Self::Hosts(_, hosts) => hosts.contains(host),
        }
    }
}
