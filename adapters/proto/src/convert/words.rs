//! Enumerations.

use std::fmt::Display;

use colocate_files::PathSource;
use colocate_model::{
    Aim, Axis, Basis, Certificate, ChannelKind, Document, Effect, FaultCode, Faults, HostState,
    LeftOutReason, MethodName, MigrationStrategy, Proof, Relaxation, Routing, Status, StopReason, Term,
};

use crate::v1;

/// A word of the model with its counterpart on the wire, which has a value for "unspecified" as well.
pub trait Word: Copy {
    /// Its counterpart.
    type Wire: TryFrom<i32> + Into<i32>;

    /// The word; `None` where it is unspecified.
    fn from_wire(wire: Self::Wire) -> Option<Self>;

    /// Its counterpart.
    fn to_wire(self) -> Self::Wire;

    /// The number of its counterpart.
    fn number(self) -> i32 {
        self.to_wire().into()
    }
}

/// The word of `number`; `None` where it is unspecified, or stands for nothing, which is noted.
pub fn word<W: Word>(number: i32, document: Document, place: impl Display, faults: &mut Faults) -> Option<W> {
    match W::Wire::try_from(number) {
        Ok(wire) => W::from_wire(wire),
        Err(_) => {
            let cause = format!("{number} stands for none of the words allowed");
            let action = "use a value of this version of the protocol";
            faults.add(document, place.to_string(), FaultCode::UnknownWord, cause, action);
            None
        }
    }
}

macro_rules! words {
    ($($wire:ident = $model:ty { $($word:ident = $value:expr => $pattern:pat,)* })*) => {$(
        impl Word for $model {
            type Wire = v1::$wire;

            fn from_wire(wire: v1::$wire) -> Option<Self> {
                match wire {
                    v1::$wire::Unspecified => None,
                    $(v1::$wire::$word => Some($value),)*
                }
            }

            fn to_wire(self) -> v1::$wire {
                match self { $($pattern => v1::$wire::$word,)* }
            }
        }
    )*};
}

macro_rules! same_words {
    ($($wire:ident = $model:ident { $($word:ident)* })*) => {
        words! {$(
            $wire = $model { $($word = $model::$word => $model::$word,)* }
        )*}
    };
}

same_words! {
    Basis = Basis { Use Request }
    HostState = HostState { Ready Draining Down }
    MigrationStrategy = MigrationStrategy { StartFirst StopFirst DiskMigrate PreCopy Live }
    Routing = Routing { Uniform LocalFirst }
    Status = Status { Optimal Feasible Infeasible Unknown }
    StopReason = StopReason { Optimal Infeasible Finished IterationLimit TimeLimit Interrupted }
    Relaxation = Relaxation { NonNegative Milp Aggregate Pattern }
    Verdict = Effect { Blocked Worse Equal Better }
    Proof = Proof { Proven Found }
    ChannelKind = ChannelKind { SameHost SameRack }
    LeftOutReason = LeftOutReason { NoSafeOrder Budget AfterHorizon }
    Method = MethodName { Auto Threshold Greedy Search Milp }
    Aim = Aim { Reachable Placement }
    Certificate = Certificate { Certified Heuristic }
    PathSource = PathSource { Measured Estimated Forecast Declared }
}

words! {
    Axis = Axis {
        Moves = Axis::Moves => Axis::Moves,
        Violation = Axis::Term(Term::Violation) => Axis::Term(Term::Violation),
        Overload = Axis::Term(Term::Overload) => Axis::Term(Term::Overload),
        Latency = Axis::Term(Term::Latency) => Axis::Term(Term::Latency),
        NetworkCost = Axis::Term(Term::NetworkCost) => Axis::Term(Term::NetworkCost),
        Energy = Axis::Term(Term::Energy) => Axis::Term(Term::Energy),
        Migration = Axis::Term(Term::Migration) => Axis::Term(Term::Migration),
        Balance = Axis::Term(Term::Balance) => Axis::Term(Term::Balance),
    }
}
