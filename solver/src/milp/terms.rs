//! The terms of `docs/model.md` as linear expressions, one file a term; the violation is made of the rows.

mod balance;
mod energy;
mod migration;
mod overload;
mod traffic;

use colocate_model::{Problem, Ratio, Term};

use super::formulation::Formulation;

pub(super) use energy::slope as energy_slope;

type Objective = (Term, fn(&mut Formulation<'_>));

/// Every term that is not made of rows. A new one is a file and an entry here.
pub(super) const OBJECTIVES: [Objective; 6] = [
    (Term::Overload, overload::add),
    (Term::Latency, traffic::add_latency),
    (Term::NetworkCost, traffic::add_network_cost),
    (Term::Energy, energy::add),
    (Term::Migration, migration::add),
    (Term::Balance, balance::add),
];

/// factor x the weight of a step in the mean over the horizon, and whether that is a whole number.
fn step_factor(problem: &Problem, factor: Ratio, step: usize) -> (f64, bool) {
    let (numerator, denominator) = (
        factor.numerator * i128::from(problem.step_weights[step]),
        factor.denominator * i128::from(problem.total_step_weight()),
    );
    (numerator as f64 / denominator as f64, numerator % denominator == 0)
}
