//! The replay: plan, move, let what really happened happen, again and again.

use std::time::Instant;

use colocate_model::{Faults, Problem};
use colocate_solver::{Interrupt, Method, SearchParams, SolveError, Stop, plan, solve};
use thiserror::Error;

use crate::cluster::Cluster;
use crate::demand::{Demand, View};
use crate::measures::{Measures, Observer};
use crate::problem::problem;
use crate::settings::Settings;
use crate::trace::{STEP_S, Trace};

/// Why a replay stopped.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The trace and the cluster make no valid problem.
    #[error("step {step} makes no problem")]
    Problem {
        /// The step of the replan.
        step: usize,
        /// What is wrong.
        #[source]
        source: Faults,
    },
    /// Two parts of the solver contradict each other.
    #[error("step {step} was not solved")]
    Solve {
        /// The step of the replan.
        step: usize,
        /// What contradicts.
        #[source]
        source: SolveError,
    },
}

/// What is replayed on what: the same for every input.
#[derive(Debug, Clone, Copy)]
pub struct Replay<'a> {
    /// What machines use.
    pub trace: &'a Trace,
    /// The hosts.
    pub cluster: &'a Cluster,
    /// The knobs.
    pub settings: &'a Settings,
    /// Seed of the solver.
    pub seed: u64,
}

/// A machine that is on another host from a step on.
struct Arrival {
    step: usize,
    machine: usize,
    host: usize,
}

impl Replay<'_> {
    /// Replays the last steps of the trace from the placement `host_of`, a host a machine, under `demand`.
    ///
    /// Every interval the solver plans for what `demand` expects of the horizon. A move counts from the first step
    /// after its wave; what is not there when the next plan is made counts as there. Then what machines really used is
    /// held against the limits of the hosts, step by step.
    ///
    /// # Errors
    /// The trace and the cluster make no valid problem, or the solver contradicts itself.
    pub fn run(&self, demand: &mut dyn Demand, mut host_of: Vec<usize>) -> Result<Measures, ReplayError> {
        let Self { trace, cluster, settings, .. } = *self;
        let mut observer = Observer::new(trace, cluster, settings);
        let begun = Instant::now();
        let first = trace.steps().saturating_sub(settings.replayed);
        for now in (first..trace.steps()).step_by(settings.interval) {
            let mut prediction = demand.predict(&View::new(trace, now, &host_of, cluster.hosts, cluster.cpu));
            prediction.reserve = (prediction.reserve + settings.margin).clamp(-1.0, 1.0);
            let problem = problem(trace, cluster, &host_of, &prediction, settings)
                .map_err(|source| ReplayError::Problem { step: now, source })?;
            let arrivals =
                self.replan(&problem, now).map_err(|source| ReplayError::Solve { step: now, source })?;
            observer.moves += arrivals.len() as u64;
            for step in now..(now + settings.interval).min(trace.steps()) {
                for arrival in arrivals.iter().filter(|arrival| arrival.step == step) {
                    host_of[arrival.machine] = arrival.host;
                }
                observer.observe(step, &host_of, &prediction, step - now);
            }
            arrivals.iter().for_each(|arrival| host_of[arrival.machine] = arrival.host);
        }
        Ok(observer.finish(host_of, begun.elapsed().as_secs_f64()))
    }

    /// The moves of the plan made at step `now`, in the order in which they are made.
    fn replan(&self, problem: &Problem, now: usize) -> Result<Vec<Arrival>, SolveError> {
        let params = SearchParams { seed: self.seed, iterations: Some(self.settings.iterations), threads: 1 };
        let stop = Stop::new(None, Interrupt::default());
        let solved = solve(problem, Method::Search, &params, &stop)?;
        let Some(incumbent) = solved.incumbent else { return Ok(Vec::new()) };
        let waves = plan(problem, &incumbent.placement).waves;
        let directives = waves.iter().flat_map(|wave| {
            let step = now + usize::try_from(wave.ends_s).unwrap_or(0).div_ceil(STEP_S);
            wave.directives.iter().map(move |directive| (step, directive))
        });
        let arrivals = directives.filter_map(|(step, directive)| {
            let host = directive.target?.index();
            Some(Arrival { step, machine: directive.component.index(), host })
        });
        Ok(arrivals.collect())
    }
}
