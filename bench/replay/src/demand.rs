//! Where the demand that the solver sees comes from: one file an input, one list.

mod foresight;
mod last_value;
mod mean;
mod quantile;
mod static_peak;
mod window_max;

use std::rc::Rc;

use crate::forecasts::Forecasts;
use crate::settings::Settings;
use crate::trace::Trace;

/// What a demand input may look at when a plan is made: the past, and where machines are.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    trace: &'a Trace,
    /// The first step of the future.
    pub now: usize,
    /// The host of every machine.
    pub host_of: &'a [usize],
    /// Number of hosts.
    pub hosts: usize,
    /// CPU of a host, in MHz.
    pub capacity: f64,
}

impl<'a> View<'a> {
    /// The view at step `now`.
    pub(crate) fn new(
        trace: &'a Trace,
        now: usize,
        host_of: &'a [usize],
        hosts: usize,
        capacity: f64,
    ) -> Self {
        Self { trace, now, host_of, hosts, capacity }
    }

    /// What every machine used before now, in MHz a step.
    pub fn histories(&self) -> impl ExactSizeIterator<Item = &'a [f64]> + use<'a> {
        let (trace, now) = (self.trace, self.now);
        trace.machines.iter().map(move |machine| &machine.cpu[..now])
    }
}

/// What is expected of the steps ahead.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Per machine, MHz in each step of the horizon, or one value that stands for all of it.
    pub values: Vec<Vec<f64>>,
    /// Added to the load of every host, as a share of its CPU.
    pub reserve: f64,
}

impl Prediction {
    /// Values without a reserve.
    #[must_use]
    pub fn plain(values: Vec<Vec<f64>>) -> Self {
        Self { values, reserve: 0.0 }
    }
}

/// A source of demand.
pub trait Demand {
    /// The demand of the steps from `view.now` on.
    fn predict(&mut self, view: &View<'_>) -> Prediction;
}

/// Makes a source of demand for a replay.
pub type New = fn(&Rc<Trace>, &Rc<Forecasts>, &Settings) -> Box<dyn Demand>;

/// A demand input by name.
#[derive(Debug, Clone, Copy)]
pub struct Input {
    /// Its name.
    pub name: &'static str,
    /// Makes one for a replay. Only foresight looks at the replayed part of the trace.
    pub new: New,
}

/// Every input.
pub const INPUTS: [Input; 6] = [
    last_value::INPUT,
    static_peak::INPUT,
    mean::INPUT,
    quantile::INPUT,
    window_max::INPUT,
    foresight::INPUT,
];
