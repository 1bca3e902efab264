//! Routing weights that make local-first traffic real.

use colocate_model::{ComponentId, EdgeId, HostId, Placement, Problem, Routing, local_first_flow};

/// The share of the calls of one component, over one edge, that goes to one peer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Route {
    /// The edge.
    pub edge: EdgeId,
    /// Who calls.
    pub from: ComponentId,
    /// Who is called.
    pub to: ComponentId,
    /// The share, above 0 and at most 1; the shares of a caller and an edge add up to 1.
    pub weight: f64,
}

/// The weights of every local-first edge under `placement`: its canonical flow, split evenly over the instances on
/// each host. In order of edge, caller and host of the peer.
#[must_use]
pub fn routing(problem: &Problem, placement: &Placement) -> Vec<Route> {
    let mut routes = Vec::new();
    for (index, edge) in problem.traffic.edges.iter().enumerate() {
        if edge.routing != Routing::LocalFirst {
            continue;
        }
        let id = EdgeId::new(index);
        let on = |end: colocate_model::GroupId, host: HostId| {
            let members = &problem.traffic.groups[end.index()].members;
            members.iter().copied().filter(|&m| placement.host(m) == Some(host)).collect::<Vec<_>>()
        };
        let flow = local_first_flow(problem, id, placement);
        for cells in flow.chunk_by(|a, b| a.0 == b.0) {
            let total: i64 = cells.iter().map(|cell| cell.2).sum();
            for from in on(edge.from, cells[0].0) {
                for &(_, host, units) in cells {
                    let peers = on(edge.to, host);
                    let weight = units as f64 / (total as f64 * peers.len() as f64);
                    routes.extend(peers.into_iter().map(|to| Route { edge: id, from, to, weight }));
                }
            }
        }
    }
    routes
}
