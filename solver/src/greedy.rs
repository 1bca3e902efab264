//! The threshold rule made sound: repairs what the start violates and takes load off what is overloaded.

use std::cmp::Reverse;

use colocate_model::{ComponentId, Cost, Goal, HostId, PPM, Problem, Term};

use crate::state::SearchState;
use crate::stop::{Interrupt, Stop};

/// Hosts tried for one component: enough to find a good one.
const CANDIDATES: usize = 48;
/// Fewer of them where there are many components, so that 50,000 take less than a second.
const FEWEST_CANDIDATES: usize = 6;
/// Components times hosts tried.
const TRIALS: usize = 300_000;
/// Hosts asked whether a component fits.
const ASKED: usize = 512;
/// Components of a host that find no better place, after which the next host is looked at.
const FAILURES: usize = 8;
/// Fewer of them where there are many components.
const FEWEST_FAILURES: usize = 3;
/// Components times failures.
const GIVEN_UP: usize = 160_000;
/// Times all hosts are looked at: the first moves may make room for others.
const PASSES: usize = 2;

/// Places what is pending and, while it improves the score, moves components off the hosts that hurt most.
///
/// Takes first the component whose leaving removes most violation, then overload, per byte moved. Deterministic; time
/// O(hosts log hosts + moves x hosts tried).
pub fn greedy(state: &mut SearchState<'_>) {
    greedy_until(state, &Stop::new(None, Interrupt::default()));
}

/// [`greedy`], which leaves hosts as they are once `stop` says so; what is pending is placed in any case.
pub(crate) fn greedy_until(state: &mut SearchState<'_>, stop: &Stop) {
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
    if relief.is_empty() {
        return;
    }
    for _ in 0..PASSES {
        let mut hosts = hurting(problem, state);
        hosts.sort_by_cached_key(|&host| {
            let pain: Vec<Cost> = relief.iter().map(|goal| state.load_cost(host, goal)).collect();
            (Reverse(pain), host)
        });
        let mut moved = false;
        for host in hosts {
            if stop.reason().is_some() {
                return;
            }
            moved |= relieve(state, host, &relief, &mut cursor);
        }
        if !moved {
            return;
        }
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
        Reverse(shares.max())
    };
    let mut order: Vec<ComponentId> = problem.component_ids().collect();
    order.sort_by_cached_key(share);
    order.into_iter()
}

/// Hosts tried for one component of this problem.
fn candidates(problem: &Problem) -> usize {
    (TRIALS / problem.components.len().max(1)).clamp(FEWEST_CANDIDATES, CANDIDATES)
}

/// Failures after which a host of this problem is left as it is.
fn failures(problem: &Problem) -> usize {
    (GIVEN_UP / problem.components.len().max(1)).clamp(FEWEST_FAILURES, FAILURES)
}

/// Puts a pending component where the score is best among the hosts tried.
fn place(state: &mut SearchState<'_>, component: ComponentId, cursor: &mut usize) {
    let problem = state.problem();
    let mut best = None;
    let (most, mut tried) = (candidates(problem), 0);
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
        if tried == most {
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

/// Moves components off `host`, first those whose leaving gains most per byte, while that improves the score;
/// whether any moved.
///
/// Gains shrink as the host empties, so that a gain known from before is an upper bound: only that of the component
/// that seems best is looked at again.
fn relieve(state: &mut SearchState<'_>, host: HostId, relief: &[&Goal], cursor: &mut usize) -> bool {
    let mut leavers: Vec<(Vec<i128>, Reverse<ComponentId>)> = Vec::new();
    for component in state.members(host).to_vec() {
        let known = state.problem().component(component);
        if !known.pinned || known.initial != Some(host) {
            leavers.push((gain_of_leaving(state, component, host, relief), Reverse(component)));
        }
    }
    leavers.sort_unstable();
    let (most, mut failures, mut moved) = (failures(state.problem()), 0, false);
    while let Some((_, Reverse(component))) = leavers.pop() {
        let gain = gain_of_leaving(state, component, host, relief);
        if leavers.last().is_some_and(|(next, _)| gain < *next) {
            let position = leavers.partition_point(|known| *known < (gain.clone(), Reverse(component)));
            leavers.insert(position, (gain, Reverse(component)));
            continue;
        }
        if gain.iter().all(|&gain| gain <= 0) {
            break;
        }
        if leave(state, component, host, relief, cursor) {
            (failures, moved) = (0, true);
        } else {
            failures += 1;
            if failures == most {
                break;
            }
        }
    }
    moved
}

/// What the goals of `relief` gain per byte when `component` goes, wherever to.
fn gain_of_leaving(
    state: &mut SearchState<'_>,
    component: ComponentId,
    host: HostId,
    relief: &[&Goal],
) -> Vec<i128> {
    let weight = i128::from(state.problem().component(component).bytes.max(1 << 20));
    let mut gain: Vec<i128> = relief.iter().map(|goal| i128::from(state.total(goal))).collect();
    state.set(component, None);
    for (gain, goal) in gain.iter_mut().zip(relief) {
        let nowhere = i128::from(goal.factors.get(Term::Violation) * PPM);
        *gain = ((*gain - i128::from(state.total(goal)) + nowhere) << 40) / weight;
    }
    state.set(component, Some(host));
    gain
}

/// Moves `component` to the best of the hosts tried, if that improves the score by way of `relief`; whether it did.
fn leave(
    state: &mut SearchState<'_>,
    component: ComponentId,
    host: HostId,
    relief: &[&Goal],
    cursor: &mut usize,
) -> bool {
    let problem = state.problem();
    let goals = &problem.policy.goals;
    let before: Vec<Cost> = relief.iter().map(|goal| state.total(goal)).collect();
    let mut best: Vec<Cost> = goals.iter().map(|goal| state.total(goal)).collect();
    let mut found = None;
    let (most, mut tried) = (candidates(problem), 0);
    state.set(component, None);
    for target in from_cursor(problem, cursor).take(ASKED) {
        if target == host || !state.fits(component, target) {
            continue;
        }
        state.set(component, Some(target));
        if state.is_feasible() {
            let totals = goals.iter().map(|goal| state.total(goal));
            let relieved = || relief.iter().zip(&before).any(|(goal, &total)| state.total(goal) < total);
            if totals.clone().lt(best.iter().copied()) && relieved() {
                best = totals.collect();
                found = Some(target);
            }
        }
        state.set(component, None);
        tried += 1;
        if tried == most {
            break;
        }
    }
    state.set(component, Some(found.unwrap_or(host)));
    found.is_some()
}
