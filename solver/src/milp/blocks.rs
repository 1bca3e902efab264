//! What the programme counts: components that one integer a host describes together.

use std::collections::BTreeMap;

use colocate_model::{ComponentId, GroupId, HostId, Placement, Problem, Routing, Term};
use good_lp::{Expression, ProblemVariables, Variable, variable};

use super::scope::Scope;
use crate::stop::Stop;

/// Interchangeable components that the programme need not tell apart.
#[derive(Debug)]
pub(super) struct Block {
    /// Its components, in order of id; never empty.
    pub(super) members: Vec<ComponentId>,
    /// Where all of them are at the start; `None` where they are pending or come from several hosts.
    pub(super) source: Option<HostId>,
    /// How many are on each host that they may be on, in order of host.
    pub(super) counts: Vec<(HostId, Count)>,
}

/// How many components of a block are on a host.
#[derive(Debug, Clone, Copy)]
pub(super) enum Count {
    /// That many, whatever the solution.
    Fixed(i64),
    /// The value of a variable, and its column.
    Variable(Variable, usize),
}

impl Count {
    /// Adds `coefficient` times the count to `sum`.
    pub(super) fn add_to(self, sum: &mut Expression, coefficient: f64) {
        match self {
            Self::Fixed(count) => *sum += coefficient * count as f64,
            Self::Variable(variable, _) => sum.add_mul(coefficient, variable),
        }
    }
}

impl Block {
    /// A component that stands for all.
    pub(super) fn first(&self) -> ComponentId {
        self.members[0]
    }

    /// How many components it has.
    pub(super) fn size(&self) -> i64 {
        self.members.len() as i64
    }

    /// How many are on the hosts that `wanted` names.
    pub(super) fn on(&self, wanted: impl Fn(HostId) -> bool) -> Expression {
        let mut sum = Expression::default();
        self.counts
            .iter()
            .filter(|&&(host, _)| wanted(host))
            .for_each(|(_, count)| count.add_to(&mut sum, 1.0));
        sum
    }

    /// How many left their source.
    pub(super) fn moved(&self) -> Expression {
        let mut moved = Expression::from(self.size() as f64);
        if let Some(source) = self.source {
            let home = self.counts.iter().find(|&&(host, _)| host == source);
            home.iter().for_each(|(_, count)| count.add_to(&mut moved, -1.0));
        }
        moved
    }
}

/// What components of a block have in common, so that counting them is enough.
type Key = (u32, Option<HostId>, Option<HostId>, Option<ComponentId>, Vec<u32>, Vec<GroupId>);

/// The blocks of `problem` and, through `variables`, a variable for every count that `scope` leaves open.
///
/// Components of a class form a block a source where moves matter, else one in all; each is its own where a
/// uniform edge or ceiling touches it, since products of shares do not follow from counts.
/// Once `stop` says so, no more variables are made.
pub(super) fn blocks(
    problem: &Problem,
    scope: &Scope<'_>,
    variables: &mut ProblemVariables,
    stop: &Stop,
) -> Vec<Block> {
    let alone = told_apart(problem);
    let excluded = exclusions_of(problem);
    let by_source = sources_matter(problem);
    let mut blocks: BTreeMap<Key, Vec<ComponentId>> = BTreeMap::new();
    for id in problem.component_ids() {
        let component = problem.component(id);
        let source = component.initial.filter(|_| by_source || component.move_group.is_some());
        let fixed = scope.fixed(id);
        let own = (alone[id.index()] && fixed.is_none()).then_some(id);
        let key =
            (component.class.0, source, fixed, own, excluded[id.index()].clone(), component.groups.clone());
        blocks.entry(key).or_default().push(id);
    }
    let built = blocks.into_iter().map(|((_, source, fixed, ..), members)| {
        let counts = match fixed {
            Some(host) => vec![(host, Count::Fixed(members.len() as i64))],
            None if stop.reason().is_some() => Vec::new(),
            None => open_counts(problem, scope, &members, variables),
        };
        // One component has one source even where moves do not matter.
        let source = source.or_else(|| problem.component(members[0]).initial.filter(|_| members.len() == 1));
        Block { members, source, counts }
    });
    built.collect()
}

fn open_counts(
    problem: &Problem,
    scope: &Scope<'_>,
    members: &[ComponentId],
    variables: &mut ProblemVariables,
) -> Vec<(HostId, Count)> {
    let most = |host: HostId| members.iter().filter(|&&id| problem.may_be_on(id, host)).count();
    let hosts = problem.host_ids().filter(|&host| scope.contains(host));
    let open = hosts.map(|host| (host, most(host))).filter(|&(_, most)| most > 0);
    let count = |(host, most)| {
        let column = variables.len();
        (host, Count::Variable(variables.add(variable().integer().min(0).max(most as f64)), column))
    };
    open.map(count).collect()
}

/// The components that uniform edges or uniform ceilings touch.
fn told_apart(problem: &Problem) -> Vec<bool> {
    let mut apart = vec![false; problem.components.len()];
    let edges = problem.traffic.edges.iter().filter(|edge| edge.routing == Routing::Uniform);
    for edge in edges {
        let ends = [edge.from, edge.to].map(|end| &problem.traffic.groups[end.index()].members);
        ends.into_iter().flatten().for_each(|id| apart[id.index()] = true);
    }
    for (from, limit, routing) in super::rows::ceilings(problem) {
        if routing == Routing::Uniform {
            let ends = [from, limit.to].map(|service| &problem.service(service).components);
            ends.into_iter().flatten().for_each(|id| apart[id.index()] = true);
        }
    }
    apart
}

/// Positions of the exclusions of every component.
fn exclusions_of(problem: &Problem) -> Vec<Vec<u32>> {
    let mut excluded = vec![Vec::new(); problem.components.len()];
    for (exclusion, position) in problem.exclusions.iter().zip(0..) {
        exclusion.members.iter().for_each(|id| excluded[id.index()].push(position));
    }
    excluded
}

/// Whether it matters which host a component comes from, and not only how many are where.
fn sources_matter(problem: &Problem) -> bool {
    problem.policy.goals.iter().any(|goal| goal.has(Term::Migration))
        || problem.policy.max_migration_latency.is_some()
        || problem.resources.iter().any(|resource| resource.transient)
}

/// The placement that the values of the columns amount to: who may stay stays, the others follow in order of id.
pub(super) fn placement_of(problem: &Problem, blocks: &[Block], values: &[f64]) -> Placement {
    let mut placement = problem.initial_placement();
    for block in blocks {
        let count = |count: Count| match count {
            Count::Fixed(count) => count,
            Count::Variable(_, column) => values[column].round() as i64,
        };
        let mut room: Vec<(HostId, i64)> =
            block.counts.iter().map(|&(host, open)| (host, count(open))).collect();
        let mut movers = Vec::new();
        for &id in &block.members {
            let initial = problem.component(id).initial;
            match room.iter_mut().find(|(host, left)| Some(*host) == initial && *left > 0) {
                Some((_, left)) => {
                    *left -= 1;
                    placement.set(id, initial);
                }
                None => movers.push(id),
            }
        }
        for id in movers {
            let free = room.iter_mut().find(|(host, left)| *left > 0 && problem.may_be_on(id, *host));
            placement.set(
                id,
                free.map(|(host, left)| {
                    *left -= 1;
                    *host
                }),
            );
        }
    }
    placement
}
