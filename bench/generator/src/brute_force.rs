//! The best placement by trying all of them.

use colocate_model::{Checker, ComponentId, HostId, Placement, Problem, Score};

/// The best feasible placement of `problem` and its score; `None` when no placement is feasible.
///
/// The goals are minimised one after the other: after goal g has reached z, only placements within its tolerance of z
/// remain for the later goals. Among equals the one with the least score counts, then the first. Whether moves pay
/// back is not asked.
///
/// Time O(product over the components of the hosts each may be on), each time one check: for tiny problems.
#[must_use]
pub fn brute_force(problem: &Problem) -> Option<(Placement, Score)> {
    let checker = Checker::new(problem);
    let mut candidates: Vec<(Placement, Score)> = every_placement(problem)
        .filter_map(|placement| {
            let verdict = checker.check(&placement);
            verdict.is_feasible().then_some((placement, verdict.score))
        })
        .collect();
    let last = problem.policy.goals.len() - 1;
    for (index, goal) in problem.policy.goals.iter().enumerate() {
        let reached = candidates.iter().map(|(_, score)| score.totals[index]).min()?;
        // A tolerance is for later goals, and the last one has none.
        let limit = if index == last { reached } else { goal.tolerance.limit(reached) };
        candidates.retain(|(_, score)| score.totals[index] <= limit);
    }
    candidates.into_iter().min_by(|a, b| a.1.cmp(&b.1))
}

/// Every placement of all components on hosts that they may be on, feasible or not, in lexicographic order.
pub fn every_placement(problem: &Problem) -> impl Iterator<Item = Placement> {
    let choices: Vec<Vec<HostId>> = problem.component_ids().map(|i| choices(problem, i)).collect();
    let mut next = choices.iter().all(|hosts| !hosts.is_empty()).then(|| vec![0; choices.len()]);
    std::iter::from_fn(move || {
        let current = next.take()?;
        let hosts = current.iter().zip(&choices).map(|(&digit, hosts)| Some(hosts[digit])).collect();
        next = successor(current, &choices);
        Some(Placement::new(hosts))
    })
}

fn choices(problem: &Problem, component: ComponentId) -> Vec<HostId> {
    problem.host_ids().filter(|&host| problem.may_be_on(component, host)).collect()
}

/// The next number in a system whose digits have these choices; the last digit runs fastest.
fn successor(mut digits: Vec<usize>, choices: &[Vec<HostId>]) -> Option<Vec<usize>> {
    for (digit, hosts) in digits.iter_mut().zip(choices).rev() {
        *digit += 1;
        if *digit < hosts.len() {
            return Some(digits);
        }
        *digit = 0;
    }
    None
}
