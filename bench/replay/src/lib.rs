//! What forecasts are worth to placement: a trace of real machines, replayed on a made-up cluster with the same solver,
//! budget and policy, while only the demand that the solver sees differs.
//!
//! The binary `replay` runs every input under several seeds. `docs/benchmarks.md` is the protocol.
//!
//! ```
//! use std::rc::Rc;
//! use colocate_replay::{Cluster, Forecasts, INPUTS, Machine, Replay, Settings, Trace};
//!
//! // Two machines that are busy on alternate half days, on two hosts.
//! let busy = |first: bool| (0..864).map(|step| if (step / 144 % 2 == 0) == first { 900.0 } else { 100.0 }).collect();
//! let machine = |name: &str, first| Machine { name: name.into(), memory: 1, cpu: busy(first) };
//! let trace = Rc::new(Trace { machines: vec![machine("a", true), machine("b", false)] });
//! let settings = Settings { replayed: 288, iterations: 1_000, ..Settings::default() };
//! let cluster = Cluster { hosts: 2, hosts_per_rack: 2, cpu: 2_000.0, memory: 10 };
//! let forecasts = Rc::new(Forecasts::new(&trace, &settings));
//! let replay = Replay { trace: &trace, cluster: &cluster, settings: &settings, seed: 1 };
//! let mut foresight = (INPUTS[5].new)(&trace, &forecasts, &settings);
//! let measures = replay.run(&mut *foresight, vec![0, 1])?;
//! assert_eq!(measures.overloaded_host_minutes, 0);
//! # Ok::<(), colocate_replay::ReplayError>(())
//! ```

mod chart;
mod cluster;
mod demand;
mod forecasts;
mod measures;
mod problem;
mod replay;
mod report;
mod reserve;
mod settings;
mod trace;

pub use chart::chart;
pub use cluster::Cluster;
pub use demand::{Demand, INPUTS, Input, New, Prediction, View};
pub use forecasts::{Forecast, Forecasts};
pub use measures::Measures;
pub use replay::{Replay, ReplayError};
pub use report::{Bar, Row, bar, summary};
pub use settings::Settings;
pub use trace::{DAY, Machine, STEP_S, Trace, TraceError};
