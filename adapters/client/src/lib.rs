//! Calls a colocate server over gRPC.
//!
//! [`Client`] has a method for every call of `colocate.v1.Solver`, [`Forecasts`] and [`Latency`] those of the services of
//! the same names, [`AgentClient`] those of the agent of a host, in the types of [`v1`]. They turn what a server refuses into [`CallError`], with all that is wrong. `docs/grpc.md` explains the
//! calls.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use colocate_client::{Client, Endpoint, v1};
//!
//! # async fn example(problem: v1::Problem) -> Result<(), Box<dyn std::error::Error>> {
//! let endpoint = Endpoint::new("https://solver.example:7710").with_token("a-token-from-a-secret-store");
//! let mut client = Client::connect(&endpoint).await?;
//! let request = v1::SolveRequest { source: Some(v1::solve_request::Source::Problem(problem)), ..Default::default() };
//! let answer = client.solve(request, Some(Duration::from_secs(10))).await?;
//! println!("{:?}: {} waves", answer.status(), answer.plan.map_or(0, |plan| plan.waves.len()));
//! # Ok(())
//! # }
//! ```

mod agent;
mod client;
mod endpoint;
mod error;
mod forecasts;
mod latency;

pub use agent::{AgentClient, Measurements};
pub use client::{Client, Incumbents};
pub use colocate_proto::v1;
pub use endpoint::{ConnectError, Endpoint};
pub use error::CallError;
pub use forecasts::{Forecasts, Watched};
pub use latency::{Latency, WatchedLatency};
