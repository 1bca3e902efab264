//! From the integers of an axis to the unit people think in.

use colocate_grpc::Job;
use colocate_model::{Axis, Cost, Term};

use crate::cli::Format;

/// The unit of an axis.
#[derive(Debug, Clone)]
pub(crate) struct Scale {
    /// The name of the axis.
    pub(crate) name: &'static str,
    /// The unit.
    pub(crate) unit: &'static str,
    /// Integers in a unit.
    pub(crate) factor: f64,
    /// Decimals worth showing.
    digits: usize,
}

impl Scale {
    /// The unit of `axis` in the problem that was read.
    pub(crate) fn of(axis: Axis, job: &Job, format: Format) -> Self {
        let money = 10_f64.powi(job.problem.policy.prices.digits as i32);
        let (unit, factor, digits) = match axis {
            Axis::Moves => ("moves", 1.0, 0),
            // A second's calls cost 1 $ a ms; the affinity that is lost is the part of the calls that leaves its host.
            Axis::Term(Term::Latency) if format == Format::Rasa => {
                let calls: f64 = job.loaded.draft.edges.iter().map(|edge| edge.calls_per_s).sum();
                ("% of affinity lost", calls * 36.0 * money, 2)
            }
            Axis::Term(_) if format == Format::Roadef => ("cost", 1.0, 0),
            Axis::Term(Term::Latency | Term::NetworkCost | Term::Energy) => ("$/h", money, 4),
            Axis::Term(Term::Migration) => ("$", money, 4),
            Axis::Term(Term::Violation) => ("rows broken", 1e6, 2),
            Axis::Term(Term::Overload | Term::Balance) => ("% of a host", 1e4, 1),
        };
        Self { name: axis.name(), unit, factor: if factor > 0.0 { factor } else { 1.0 }, digits }
    }

    /// A value in the unit.
    pub(crate) fn value(&self, value: Cost) -> f64 {
        value as f64 / self.factor
    }

    /// A value in the unit, in words.
    pub(crate) fn shown(&self, value: Cost) -> String {
        format!("{:.*}", self.digits, self.value(value))
    }

    /// Name and unit.
    pub(crate) fn label(&self) -> String {
        if self.name == self.unit { self.name.to_owned() } else { format!("{}, {}", self.name, self.unit) }
    }
}

/// The axes of a picture, across and up: moves are across.
pub(crate) fn across_and_up(scales: &[Scale]) -> (usize, usize) {
    if scales[0].name == Axis::Moves.name() { (0, 1) } else { (1, 0) }
}
