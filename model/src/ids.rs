//! Index types: positions in the vectors of a [`Problem`](crate::Problem).

use serde::{Deserialize, Serialize};

macro_rules! index_types {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The id of position `index`.
            ///
            /// # Panics
            /// If `index` does not fit 32 bits; problems are limited far below that.
            #[must_use]
            pub fn new(index: usize) -> Self {
                Self(u32::try_from(index).expect("problems are limited to 2^32 elements of a kind"))
            }

            /// The position in the problem's vector.
            #[must_use]
            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

index_types! {
    /// A host, in the order of the input.
    HostId;
    /// A component.
    ComponentId;
    /// A service.
    ServiceId;
    /// A set of interchangeable components.
    ClassId;
    /// A resource.
    ResourceId;
    /// A partition of the hosts; 0 is the partition into single hosts.
    PartitionId;
    /// A domain, numbered within its partition.
    DomainId;
    /// A traffic edge.
    EdgeId;
    /// An end of traffic edges: a service or a single component.
    GroupId;
}
