//! Words of the formats that stand for values of the model.

use colocate_model::{Basis, HostState, MigrationStrategy, Routing};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An enumeration of a format and the enumeration of the model it stands for.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $model:ty { $($(#[$word_doc:meta])* $word:ident,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub(super) enum $name {
            $($(#[$word_doc])* $word,)*
        }

        impl From<$name> for $model {
            fn from(word: $name) -> Self {
                match word { $($name::$word => Self::$word,)* }
            }
        }

        impl From<$model> for $name {
            fn from(value: $model) -> Self {
                match value { $(<$model>::$word => Self::$word,)* }
            }
        }
    )*};
}

words! {
    /// What an amount of a resource is.
    BasisWord = Basis {
        /// What is forecast to be used.
        Use,
        /// What the scheduler reserves.
        Request,
    }
    /// Whether a host takes new components.
    StateWord = HostState {
        /// It does.
        Ready,
        /// It does not, and what it runs should leave.
        Draining,
        /// It has failed.
        Down,
    }
    /// How a component is moved.
    StrategyWord = MigrationStrategy {
        /// Start on the target, then stop on the source.
        StartFirst,
        /// Stop on the source, then start on the target.
        StopFirst,
        /// Stop, copy the disk, start.
        DiskMigrate,
        /// Copy while running, stop, copy the rest, start.
        PreCopy,
        /// Hand over while running.
        Live,
    }
    /// How calls are spread over the instances of two services.
    RoutingWord = Routing {
        /// Over all pairs alike.
        Uniform,
        /// The nearest instances first.
        LocalFirst,
    }
}
