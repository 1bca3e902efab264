//! HashiCorp Nomad: its nodes, jobs and services, as model types.
//!
//! [`Client`] asks Nomad's HTTP API and changes nothing; [`Nodes`] keeps what it answers of nodes. [`read_jobs`] and [`read_nodes`] read what it answers; [`RackRule`] says in which rack a node is. Fields
//! that nobody needs are passed over, and null is nothing: Nomad has it for empty lists.
//!
//! ```
//! let answer = r#"{"ID": "shop", "TaskGroups": [{"Name": "web", "Count": 2, "Services": null}]}"#;
//! let jobs = colocate_nomad::read_jobs(answer.as_bytes())?;
//! assert_eq!((jobs[0].id.as_str(), jobs[0].groups[0].count), ("shop", 2));
//! # Ok::<(), colocate_nomad::Error>(())
//! ```

mod client;
mod config;
mod error;
mod job;
mod node;
mod nodes;
mod rack;
mod read;

pub use client::{Client, Listed};
pub use config::{Config, Limits};
pub use error::Error;
pub use job::{Group, Job, Service, Template, read_jobs};
pub use node::{Node, read_nodes};
pub use nodes::Nodes;
pub use rack::{RackRule, RackRuleError};
