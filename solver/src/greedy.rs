//! The threshold rule made sound: repairs what the start violates and takes load off what is overloaded.

use colocate_model::{ComponentId, Goal, HostId, Problem, Term};

use crate::state::SearchState;

/// Hosts tried for one component: enough to find a good one, few enough for milliseconds at 50,000 components.
const CANDIDATES: usize = 48;
/// Components of one host tried for removal.
const LEAVERS: usize = 64;

/// Places what is pending and, while it improves the score, moves components off the hosts that hurt most.
///
/// Takes first the component whose move removes most violation, then overload, per byte moved. Deterministic; time
/// O(hosts log hosts + moves x `LEAVERS` x `CANDIDATES`).
pub fn greedy(state: &mut SearchState<'_>) {
    let problem = state.problem();
    let mut cursor = 0;
    for component in by_size(problem).filter(|&id| problem.component(id).initial.is_none()) {
        place(state, component, &mut cursor);
    }
    if !state.is_feasible() {
        return;
    }
    let goals = &problem.policy.goals;
    let relief: Vec<&Goal> =
        goals.iter().filter(|goal| goal.has(Term::Violation) || goal.has(Term::Overload)).collect();
    for host in hurting(problem, state) {
        while relieve(state, host, &relief, &mut cursor) {}
    }
}

/// Components, the largest share of a mean host first.
fn by_size(problem: &Problem) -> impl Iterator<Item = ComponentId> + use<> {
    let dimensions = problem.dimensions();
    let mut mean = vec![1_i128; dimensions];
    for id in problem.component_ids() {
        mean.iter_mut().zip(problem.demand(id)).for_each(|(sum, &d)| *sum += i128::from(d));
    }
    let share = |id: &ComponentId| {
        let shares =
            problem.demand(*id).iter().zip(&mean).map(|(&d, &sum)| i128::from(d) * 1_000_000_000 / sum);
        std::cmp::Reverse(shares.max())
    };
    let mut order: Vec<ComponentId> = problem.component_ids().collect();
    order.sort_by_cached_key(share);
    order.into_iter()
}

/// Puts a pending component where the score is best among the hosts tried.
fn place(state: &mut SearchState<'_>, component: ComponentId, cursor: &mut usize) {
    let problem = state.problem();
    let mut best = None;
    let mut tried = 0;
    for host in from_cursor(problem, cursor) {
        if !state.fits(component, host) {
            continue;
        }
        state.set(component, Some(host));
        let score = state.score();
        if best.as_ref().is_none_or(|(known, _)| score < *known) {
            best = Some((score, host));
        }
        state.set(component, None);
        tried += 1;
        if tried == CANDIDATES {
            break;
        }
    }
    if let Some((_, host)) = best {
        state.set(component, Some(host));
    }
}

/// All hosts, starting one further each time.
fn from_cursor(problem: &Problem, cursor: &mut usize) -> impl Iterator<Item = HostId> + use<> {
    let hosts = problem.hosts.len();
    *cursor = (*cursor + 1) % hosts;
    let first = *cursor;
    (0..hosts).map(move |offset| HostId::new((first + offset) % hosts))
}

/// Hosts that have a component to lose: over a limit, or not ready.
fn hurting(problem: &Problem, state: &SearchState<'_>) -> Vec<HostId> {
    let steps = problem.steps();
    let over = |host: HostId| {
        let (host, load) = (problem.host(host), state.load(host));
        let above = |k: usize| {
            load[k * steps..][..steps].iter().any(|&l| l > host.soft_limit[k].min(host.capacity[k]))
        };
        (0..problem.resources.len()).any(above)
    };
    let misplaced = |host: HostId| state.members(host).iter().any(|&id| problem.is_misplaced(id, host));
    problem.host_ids().filter(|&host| over(host) || misplaced(host)).collect()
}

/// Makes the move off `host` that gains most per byte; whether there was one.
fn relieve(state: &mut SearchState<'_>, host: HostId, relief: &[&Goal], cursor: &mut usize) -> bool {
    let problem = state.problem();
    let before = state.score();
    let totals: Vec<i64> = relief.iter().map(|goal| state.total(goal)).collect();
    let mut leavers: Vec<ComponentId> = state.members(host).to_vec();
    leavers.sort_unstable();
    leavers.truncate(LEAVERS);
    let mut best: Option<(Vec<i128>, ComponentId, HostId)> = None;
    for component in leavers {
        let weight = i128::from(problem.component(component).bytes.max(1 << 20));
        let mut tried = 0;
        for target in from_cursor(problem, cursor) {
            if target == host || !state.fits(component, target) {
                continue;
            }
            state.set(component, Some(target));
            if state.is_feasible() && state.score() < before {
                let gain = relief
                    .iter()
                    .zip(&totals)
                    .map(|(goal, &total)| (i128::from(total - state.total(goal)) << 40) / weight);
                let gain: Vec<i128> = gain.collect();
                if best.as_ref().is_none_or(|(known, ..)| gain > *known) {
                    best = Some((gain, component, target));
                }
            }
            state.set(component, Some(host));
            tried += 1;
            if tried == CANDIDATES {
                break;
            }
        }
    }
    let Some((gain, component, target)) = best else { return false };
    if gain.iter().all(|&gain| gain <= 0) {
        return false;
    }
    state.set(component, Some(target));
    true
}
