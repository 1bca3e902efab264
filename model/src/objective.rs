//! The terms of the objective, one file a term; the violation term is the checker's.

mod balance;
mod energy;
mod latency;
mod migration;
mod network_cost;
mod overload;

use crate::check::Tally;
use crate::problem::Problem;
use crate::quantity::{Cost, Ratio};
use crate::score::{Term, Terms};

pub(crate) use energy::slope as energy_slope;

type Objective = (Term, fn(&Tally) -> Cost);

/// Every term that is not made of rows. A new one is a file and an entry here.
const OBJECTIVES: [Objective; 6] = [
    (Term::Overload, overload::value),
    (Term::Latency, latency::value),
    (Term::NetworkCost, network_cost::value),
    (Term::Energy, energy::value),
    (Term::Migration, migration::value),
    (Term::Balance, balance::value),
];

/// The value of every term but the violation.
pub(crate) fn terms(tally: &Tally) -> Terms {
    let mut terms = Terms::ZERO;
    OBJECTIVES.iter().for_each(|&(term, value)| terms.add(term, value(tally)));
    terms
}

/// factor x the mean over the horizon of `value(step)`, which is not negative, rounded once.
fn mean(problem: &Problem, factor: Ratio, value: impl Fn(usize) -> i128) -> Cost {
    let horizon = Ratio::new(1, problem.total_step_weight().into());
    let factor = factor.checked_mul(horizon).expect("the problem's numbers are limited");
    factor.times(weighted_sum(problem, value))
}

/// Sum over the steps of weight x `value(step)`.
fn weighted_sum(problem: &Problem, value: impl Fn(usize) -> i128) -> i128 {
    problem.step_weights.iter().enumerate().map(|(step, &weight)| i128::from(weight) * value(step)).sum()
}

#[cfg(test)]
mod tests {
    use crate::draft::{ForecastDraft, SeriesDraft};

    /// A forecast of the cpu of one component, as likely quantile.
    pub(super) fn forecast(component: &str, cpu: &[f64]) -> ForecastDraft {
        let series = SeriesDraft { quantiles: vec![(0.95, cpu.to_vec())], ..SeriesDraft::default() };
        ForecastDraft {
            step_s: 300,
            steps: cpu.len(),
            components: [(component.to_owned(), [("cpu".to_owned(), series)].into())].into(),
            ..ForecastDraft::default()
        }
    }
}
