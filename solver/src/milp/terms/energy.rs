//! Power x price.

use colocate_model::{Amount, HostId, Problem, ResourceId, Term, UNLIMITED};
use good_lp::Expression;

use crate::milp::formulation::Formulation;

/// Sum over the hosts with power data of round((idle + slope x mean of demand / capacity) x rate).
pub(super) fn add(formulation: &mut Formulation<'_>) {
    let problem = formulation.problem;
    let rate = problem.policy.prices.energy_rate;
    let rate = rate.numerator as f64 / rate.denominator as f64;
    for host in problem.host_ids() {
        let Some(power) = problem.host(host).power else { continue };
        let on = if power.power_managed { formulation.is_used(host) } else { Expression::from(1.0) };
        formulation.term(Term::Energy).add(power.idle_mw as f64 * rate, on);
        if let Some((resource, capacity)) = slope(problem, host) {
            for step in 0..problem.steps() {
                let share = problem.step_weights[step] as f64 / problem.total_step_weight() as f64;
                let demand = formulation.demand(host, resource.index() * problem.steps() + step);
                let factor = power.slope_mw as f64 * rate * share / capacity as f64;
                formulation.term(Term::Energy).add(factor, demand);
            }
        }
        formulation.term(Term::Energy).rounded(false);
    }
}

/// The resource whose use raises the power of `host`, and its capacity there; `None` where that is unlimited or 0.
pub(in crate::milp) fn slope(problem: &Problem, host: HostId) -> Option<(ResourceId, Amount)> {
    let resource = problem.policy.prices.energy_resource?;
    let capacity = problem.host(host).capacity[resource.index()];
    (capacity != UNLIMITED && capacity > 0).then_some((resource, capacity))
}
