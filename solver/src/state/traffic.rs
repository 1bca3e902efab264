//! What the placement does to calls and bytes: latency, network cost, uplinks (C1b) and latency ceilings (C7).

mod ceilings;
mod edge;
mod flow;
mod levels;
mod uplinks;

use colocate_model::{ComponentId, GroupId, HostId, Problem, Routing, Term};

use super::counter::Counter;
use super::tally::Tally;
use ceilings::Ceilings;
use edge::{EdgeState, Form};
pub(crate) use levels::{Level, levels};
use uplinks::Uplinks;

/// Groups by host, and the figures of every edge.
#[derive(Debug, Clone)]
pub(super) struct TrafficState {
    groups: Vec<Counter>,
    edges: Vec<EdgeState>,
    uplinks: Uplinks,
    ceilings: Ceilings,
}

impl TrafficState {
    pub(super) fn new(problem: &Problem) -> Self {
        let traffic = &problem.traffic;
        let count = |group: &colocate_model::Group| Counter::new(problem.hosts.len(), group.members.len());
        let levels = traffic.edges.iter().any(|edge| edge.routing == Routing::LocalFirst);
        let levels = if levels { self::levels(problem) } else { None };
        let uplinks = Uplinks::new(problem);
        let fits_levels = levels.as_ref().is_some_and(|levels| uplinks.follow(levels));
        let edges = traffic.edges.iter().map(|edge| {
            let form = match (edge.routing, &levels) {
                (Routing::Uniform, _) => Form::Uniform,
                (Routing::LocalFirst, Some(levels)) if edge.ceiling.is_none() && fits_levels => {
                    Form::levels(problem, levels)
                }
                (Routing::LocalFirst, _) => Form::Flow,
            };
            EdgeState::new(problem, edge, form)
        });
        Self {
            edges: edges.collect(),
            groups: traffic.groups.iter().map(count).collect(),
            uplinks,
            ceilings: Ceilings::new(problem),
        }
    }

    /// Counts what holds before any component is placed: nothing.
    pub(super) fn open(&mut self, _problem: &Problem, tally: &mut Tally) {
        self.uplinks.open(tally);
    }

    /// What is violated now may stay so.
    pub(super) fn set_limits(&mut self, tally: &mut Tally) {
        self.uplinks.set_limits(tally);
        self.ceilings.set_limits(tally);
    }

    /// Bytes/s across every limited border and step, with their limits.
    pub(super) fn uplinks(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.uplinks.rows()
    }

    #[inline]
    pub(super) fn insert(&mut self, problem: &Problem, id: ComponentId, host: HostId, tally: &mut Tally) {
        for &group in &problem.component(id).groups {
            self.change(problem, group, host, 1, tally);
        }
        self.ceilings.change(problem, id, host, 1, tally);
    }

    #[inline]
    pub(super) fn remove(&mut self, problem: &Problem, id: ComponentId, host: HostId, tally: &mut Tally) {
        for &group in &problem.component(id).groups {
            self.change(problem, group, host, -1, tally);
        }
        self.ceilings.change(problem, id, host, -1, tally);
    }

    /// A member of `group` comes to `host`, or leaves it.
    fn change(&mut self, problem: &Problem, group: GroupId, host: HostId, sign: i64, tally: &mut Tally) {
        // Uniform edges read the counts of the other end before, or after, so that a self edge counts its pairs once.
        if sign > 0 {
            self.groups[group.index()].increment(host.index());
        } else {
            self.groups[group.index()].decrement(host.index());
        }
        for &id in &problem.traffic.groups[group.index()].edges {
            let (edge, state) = (&problem.traffic.edges[id.index()], &mut self.edges[id.index()]);
            let (latency, network) = state.figures();
            state.change(problem, edge, group, host, sign, &self.groups);
            tally.add(Term::Latency, state.figures().0 - latency);
            tally.add(Term::NetworkCost, state.figures().1 - network);
            self.uplinks.update(problem, id, state, &self.groups, tally);
        }
    }
}
