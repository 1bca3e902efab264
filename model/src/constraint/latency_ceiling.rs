//! C7: instances that exchange calls are near enough.

use std::collections::BTreeMap;

use crate::check::Tally;
use crate::ids::{ComponentId, ServiceId};
use crate::quantity::Nanos;
use crate::routing::{flows_within, instances, is_within};
use crate::traffic::{Endpoint, Routing};
use crate::violation::Row;

use super::Violations;

/// Uniform routing: no pair of instances is further apart than the ceiling. Local-first: all calls can flow
/// between pairs that are not.
pub(super) fn rows(tally: &Tally, violations: &mut Violations) {
    let problem = tally.problem;
    let routing = routings(tally);
    for (service, id) in problem.services.iter().zip(0..) {
        for limit in &service.max_latency {
            let ends = (ServiceId(id), limit.to);
            let members = [ends.0, ends.1].map(|end| problem.service(end).components.as_slice());
            let excess = match routing.get(&ends).unwrap_or(&problem.policy.routing) {
                Routing::Uniform => pairs_beyond(tally, members, limit.ceiling),
                Routing::LocalFirst => {
                    let fits = flows_within(problem, members[0], members[1], tally.placement, limit.ceiling);
                    i64::from(!fits)
                }
            };
            violations.counted(Row::LatencyCeiling { service: ends.0, to: ends.1 }, excess);
        }
    }
}

/// Routing of the edges between services.
fn routings(tally: &Tally) -> BTreeMap<(ServiceId, ServiceId), Routing> {
    let traffic = &tally.problem.traffic;
    let ends = traffic.edges.iter().filter_map(|edge| {
        match [edge.from, edge.to].map(|end| traffic.groups[end.index()].endpoint) {
            [Endpoint::Service(from), Endpoint::Service(to)] => Some(((from, to), edge.routing)),
            _ => None,
        }
    });
    ends.collect()
}

/// Ordered pairs of instances further apart than `ceiling`.
fn pairs_beyond(tally: &Tally, members: [&[ComponentId]; 2], ceiling: Nanos) -> i64 {
    let [from, to] = members.map(|members| instances(members, tally.placement));
    let pairs = from.iter().flat_map(|&(a, count)| to.iter().map(move |&(b, other)| (a, b, count * other)));
    pairs.filter(|&(a, b, _)| !is_within(tally.problem, a, b, ceiling)).map(|(_, _, count)| count).sum()
}

#[cfg(test)]
mod tests {
    use crate::check::fixture::{draft, excesses, serve};
    use crate::draft::{Draft, EdgeDraft};

    use super::*;

    const ROW: Row = Row::LatencyCeiling { service: ServiceId(0), to: ServiceId(1) };

    /// a in both racks, b in the first one; near means within a rack.
    fn near(b: &[Option<usize>]) -> Draft {
        let mut draft = draft(4);
        serve(&mut draft, "a", &[Some(0), Some(2)]).max_latency.push(("b".into(), 10.0));
        serve(&mut draft, "b", b);
        draft
    }

    #[test]
    fn under_uniform_routing_every_pair_is_near() {
        let problem = near(&[Some(0), Some(1)]).build().unwrap();
        assert_eq!(excesses(&problem, &[]), [(ROW, 2)]);
        assert_eq!(excesses(&problem, &[(1, 1)]), []);
    }

    #[test]
    fn local_first_calls_need_a_near_flow_only() {
        let mut draft = near(&[Some(1), Some(3)]);
        draft.policy.routing = Routing::LocalFirst;
        let problem = draft.build().unwrap();
        assert_eq!(excesses(&problem, &[]), []);
        assert_eq!(excesses(&problem, &[(3, 1)]), [(ROW, 1)]);
    }

    #[test]
    fn the_edge_between_the_services_knows_better_than_the_policy() {
        let mut draft = near(&[Some(1), Some(3)]);
        let (from, to, routing) = ("a".into(), "b".into(), Some(Routing::LocalFirst));
        draft.edges.push(EdgeDraft { from, to, routing, calls_per_s: 1.0, ..EdgeDraft::default() });
        assert_eq!(excesses(&draft.build().unwrap(), &[]), []);
    }

    #[test]
    fn an_unknown_path_is_not_near() {
        let mut draft = near(&[Some(1)]);
        draft.latency = None;
        assert_eq!(excesses(&draft.build().unwrap(), &[]), [(ROW, 2)]);
    }

    #[test]
    fn a_pending_component_neither_supplies_nor_takes() {
        let mut draft = near(&[Some(1), None]);
        draft.policy.routing = Routing::LocalFirst;
        let rows = excesses(&draft.build().unwrap(), &[]);
        // a.0 alone fills b.0, and nothing more can flow.
        assert_eq!(rows, [(Row::Unplaced { component: ComponentId(3) }, 1)]);
    }

    /// a and b in one rack, near now; the path within the rack as given, in steps of 300 s.
    fn within_the_rack(us: &[f64], relative_error: f64) -> Draft {
        let mut draft = draft(2);
        serve(&mut draft, "a", &[Some(0)]).max_latency.push(("b".into(), 10.0));
        serve(&mut draft, "b", &[Some(1)]);
        let latency = draft.latency.as_mut().unwrap();
        latency.step_s = Some(300);
        latency.paths[0].2.percentiles.insert("p95".into(), us.to_vec());
        latency.paths[0].2.relative_error = relative_error;
        draft
    }

    #[test]
    fn a_path_that_will_be_slow_is_not_near() {
        assert_eq!(excesses(&within_the_rack(&[9.0; 4], 0.0).build().unwrap(), &[]), []);
        let problem = within_the_rack(&[9.0, 9.0, 11.0, 9.0], 0.0).build().unwrap();
        assert_eq!(excesses(&problem, &[]), [(ROW, 1)]);
        assert_eq!(excesses(&problem, &[(1, 0)]), []);
    }

    #[test]
    fn an_uncertain_path_is_held_to_its_upper_confidence() {
        assert_eq!(excesses(&within_the_rack(&[9.0; 4], 0.1).build().unwrap(), &[]), []);
        assert_eq!(excesses(&within_the_rack(&[9.0; 4], 0.2).build().unwrap(), &[]), [(ROW, 1)]);
    }
}
