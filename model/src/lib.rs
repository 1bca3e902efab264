//! The vocabulary of colocate: [`Problem`], [`Placement`], [`Score`], [`Solved`], [`Plan`], and the naive checker
//! [`check`] that judges any placement from scratch. Pure: no I/O, clock, randomness or concurrency.
//!
//! `docs/model.md` is the mathematics. A [`Problem`] is built from a [`Draft`], which names things by strings:
//!
//! ```
//! use colocate_model::{Draft, check, draft::{ComponentDraft, HostDraft, ResourceDraft, ServiceDraft}};
//!
//! let draft = Draft {
//!     resources: vec![ResourceDraft::used("cpu", "mcpu")],
//!     hosts: vec![HostDraft::new("h1").with_capacity("cpu", 1000)],
//!     services: vec![ServiceDraft::new("web")],
//!     components: vec![ComponentDraft::new("web.0", "web").on("h1").with_demand("cpu", 400)],
//!     ..Draft::default()
//! };
//! let problem = draft.build().expect("the draft is valid");
//! assert!(check(&problem, &problem.initial_placement()).is_feasible());
//! ```

mod check;
mod component;
mod constraint;
pub mod draft;
mod explanation;
mod fault;
mod front;
mod host;
mod ids;
mod latency;
mod objective;
mod outcome;
mod placement;
mod plan;
mod policy;
mod problem;
pub mod quantity;
mod request;
mod resource;
mod routing;
mod score;
mod service;
mod topology;
mod traffic;
mod violation;
mod words;

pub use check::{Checker, Verdict, check};
pub use component::Component;
pub use draft::Draft;
pub use explanation::{
    Contribution, Effect, Explained, Explanation, Obstacle, Proof, RowChange, RowRelaxation, WhatIf, WhyNot,
};
pub use fault::{Document, Fault, FaultCode, Faults};
pub use front::{Axis, Certificate, Front, FrontPoint, Held, Hypervolume};
pub use host::{Host, HostState, Power};
pub use ids::{ClassId, ComponentId, DomainId, EdgeId, GroupId, HostId, PartitionId, ResourceId, ServiceId};
pub use latency::{Latency, Matrix, UNKNOWN};
pub use outcome::{Blocker, Bound, Incumbent, Relaxation, Solved, Status, StopReason};
pub use placement::Placement;
pub use plan::{Channel, ChannelKind, LeftOut, LeftOutReason, MigrationDirective, Plan, PlanStep, Wave};
pub use policy::{Budgets, Execution, Policy, Prices, WaveCaps};
pub use problem::{Balance, MoveCosts, Problem};
pub use quantity::{Amount, Cost, NanoDollars, Nanos, PPM, Ratio, UNLIMITED};
pub use request::{Aim, ExplainRequest, Limits, MethodName, ParetoRequest, SolveRequest};
pub use resource::{Basis, Resource};
pub use routing::local_first_flow;
pub use score::{Goal, Score, Term, Terms, Tolerance};
pub use service::{Dependency, Exclusion, ExclusionReason, LatencyCeiling, MigrationStrategy, Service};
pub use topology::{Domain, HostSet, Partition};
pub use traffic::{Edge, Endpoint, Group, Routing, Traffic};
pub use violation::{Row, Violation};
pub use words::{raised_words, row_words, violation_words};
