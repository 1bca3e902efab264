//! C7: traffic only over paths within a ceiling.

use std::collections::BTreeMap;

use colocate_model::{
    Endpoint, HostId, LatencyCeiling, PPM, Problem, Routing, Row, ServiceId, Term, UNKNOWN,
};
use good_lp::{Expression, Variable};

use crate::milp::formulation::{Formulation, is_constant};

/// Every ceiling, with the service it starts from and how its traffic is routed.
pub(in crate::milp) fn ceilings(problem: &Problem) -> Vec<(ServiceId, LatencyCeiling, Routing)> {
    let traffic = &problem.traffic;
    let mut routings = BTreeMap::new();
    for edge in &traffic.edges {
        let ends = [edge.from, edge.to].map(|end| traffic.groups[end.index()].endpoint);
        if let [Endpoint::Service(from), Endpoint::Service(to)] = ends {
            routings.insert((from, to), edge.routing);
        }
    }
    let mut ceilings = Vec::new();
    for (index, service) in problem.services.iter().enumerate() {
        let from = ServiceId::new(index);
        let routed = service.max_latency.iter().map(|&limit| {
            (from, limit, routings.get(&(from, limit.to)).copied().unwrap_or(problem.policy.routing))
        });
        ceilings.extend(routed);
    }
    ceilings
}

/// Whether the ceiling latency from `a` to `b` is known and at most `ceiling`.
pub(in crate::milp) fn is_within(problem: &Problem, a: HostId, b: HostId, ceiling: i64) -> bool {
    let latency = problem.ceiling_latency(a, b);
    latency != UNKNOWN && latency <= ceiling
}

/// uniform: pairs of instances beyond the ceiling; local-first: whether all units can flow within it.
pub(super) fn rows(formulation: &mut Formulation<'_>) {
    for (service, limit, routing) in ceilings(formulation.problem) {
        let row = Row::LatencyCeiling { service, to: limit.to };
        match routing {
            Routing::Uniform => pairs_within(formulation, row, service, limit),
            Routing::LocalFirst => flow_within(formulation, row, service, limit),
        }
    }
}

fn pairs_within(formulation: &mut Formulation<'_>, row: Row, service: ServiceId, limit: LatencyCeiling) {
    let problem = formulation.problem;
    let elastic = formulation.allowed(&row) > 0;
    let mut beyond = Expression::default();
    let [from, to] = [service, limit.to].map(|end| formulation.blocks_of(&problem.service(end).components));
    for &first in &from {
        for &second in &to {
            // Blocks of several components are ones that stay where they are, all on one host.
            let [n, m] = [first, second].map(|block| formulation.blocks[block].size() as f64);
            let excess: Option<Variable> = elastic.then(|| formulation.amount(1.0));
            excess.into_iter().for_each(|excess| beyond.add_mul(n * m, excess));
            for a in problem.host_ids() {
                let here = formulation.blocks[first].on(|host| host == a) / n;
                let far = formulation.blocks[second].on(|b| !is_within(problem, a, b, limit.ceiling)) / m;
                let mut both = here + far - 1.0;
                excess.into_iter().for_each(|excess| both -= excess);
                if !is_constant(&both) {
                    formulation.require(both.leq(0));
                }
            }
        }
    }
    formulation.elastic(row, beyond, 0, 0.0);
}

fn flow_within(formulation: &mut Formulation<'_>, row: Row, service: ServiceId, limit: LatencyCeiling) {
    let problem = formulation.problem;
    let hosts: Vec<HostId> = problem.host_ids().collect();
    let near = |a, b| is_within(problem, a, b, limit.ceiling);
    if hosts.iter().all(|&a| hosts.iter().all(|&b| near(a, b))) {
        return;
    }
    let services = [service, limit.to].map(|end| problem.service(end).components.clone());
    let [supply, demand] = [0, 1].map(|end| {
        let blocks = formulation.blocks_of(&services[end]);
        let units = services[1 - end].len() as f64;
        hosts
            .iter()
            .map(|&h| {
                blocks.iter().map(|&b| formulation.blocks[b].on(|host| host == h)).sum::<Expression>() * units
            })
            .collect::<Vec<_>>()
    });
    let all = (services[0].len() * services[1].len()) as f64;
    let mut violated = Expression::default();
    if formulation.allowed(&row) > 0 {
        let excess = formulation.binary();
        formulation.term(Term::Violation).add(PPM as f64, excess);
        violated += all * excess;
    }
    let mut taken = vec![Expression::default(); hosts.len()];
    for (a, supply) in hosts.iter().zip(supply) {
        let mut sent = Expression::default();
        for (&b, taken) in hosts.iter().zip(&mut taken) {
            if near(*a, b) {
                let units = formulation.amount(all);
                sent += units;
                *taken += units;
            }
        }
        formulation.require((supply - sent - violated.clone()).leq(0));
    }
    for (taken, demand) in taken.into_iter().zip(demand) {
        formulation.require((taken - demand).leq(0));
    }
}
