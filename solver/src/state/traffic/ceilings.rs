//! C7: ceilings on the latency between two services.

use colocate_model::{ComponentId, Endpoint, HostId, Nanos, PPM, Problem, Routing, ServiceId, Term, UNKNOWN};

use super::super::counter::Counter;
use super::super::tally::Tally;

/// The ceilings, and where the services they bind are.
#[derive(Debug, Clone)]
pub(super) struct Ceilings {
    rows: Vec<CeilingRow>,
    /// The rows of each service.
    rows_of: Vec<Vec<u32>>,
    /// Components of the bound services by host.
    hosts: Vec<Option<Counter>>,
}

/// One ceiling.
#[derive(Debug, Clone)]
struct CeilingRow {
    from: ServiceId,
    to: ServiceId,
    ceiling: Nanos,
    routing: Routing,
    excess: i64,
    limit: i64,
}

impl Ceilings {
    pub(super) fn new(problem: &Problem) -> Self {
        let mut ceilings = Self {
            rows: Vec::new(),
            rows_of: vec![Vec::new(); problem.services.len()],
            hosts: vec![None; problem.services.len()],
        };
        for (index, service) in problem.services.iter().enumerate() {
            for ceiling in &service.max_latency {
                let from = ServiceId::new(index);
                let row = ceilings.rows.len() as u32;
                ceilings.rows.push(CeilingRow {
                    from,
                    to: ceiling.to,
                    ceiling: ceiling.ceiling,
                    routing: routing(problem, from, ceiling.to),
                    excess: 0,
                    limit: i64::MAX,
                });
                for service in [from, ceiling.to] {
                    if !ceilings.rows_of[service.index()].contains(&row) {
                        ceilings.rows_of[service.index()].push(row);
                    }
                    let members = problem.service(service).components.len();
                    ceilings.hosts[service.index()]
                        .get_or_insert_with(|| Counter::new(problem.hosts.len(), members));
                }
            }
        }
        ceilings
    }

    pub(super) fn set_limits(&mut self, tally: &mut Tally) {
        for row in &mut self.rows {
            tally.add_broken(-i64::from(row.excess > row.limit));
            row.limit = row.excess;
        }
    }

    /// Follows a component that has come to `host` (`sign` 1) or left it (-1).
    pub(super) fn change(
        &mut self,
        problem: &Problem,
        id: ComponentId,
        host: HostId,
        sign: i64,
        tally: &mut Tally,
    ) {
        let service = problem.component(id).service.index();
        let Some(counter) = &mut self.hosts[service] else { return };
        if sign > 0 {
            counter.increment(host.index());
        } else {
            counter.decrement(host.index());
        }
        for &index in &self.rows_of[service] {
            let row = &self.rows[index as usize];
            let new = self.excess(problem, row);
            let row = &mut self.rows[index as usize];
            tally.add(Term::Violation, (new - row.excess) * PPM);
            tally.add_broken(i64::from(new > row.limit) - i64::from(row.excess > row.limit));
            row.excess = new;
        }
    }

    fn excess(&self, problem: &Problem, row: &CeilingRow) -> i64 {
        let (Some(from), Some(to)) = (&self.hosts[row.from.index()], &self.hosts[row.to.index()]) else {
            return 0;
        };
        let beyond = |a: usize, b: usize| {
            let latency = problem.ceiling_latency(HostId::new(a), HostId::new(b));
            latency == UNKNOWN || latency > row.ceiling
        };
        if row.routing == Routing::Uniform {
            let pairs = from
                .iter()
                .flat_map(|(a, n)| to.iter().map(move |(b, m)| (a, b, i64::from(n) * i64::from(m))));
            return pairs.filter(|&(a, b, _)| beyond(a, b)).map(|pair| pair.2).sum();
        }
        let size = |service: ServiceId| problem.service(service).components.len() as i64;
        let side = |counter: &Counter, units: i64| -> Vec<(usize, i64)> {
            counter.iter().map(|(host, count)| (host, i64::from(count) * units)).collect()
        };
        let (supply, demand) = (side(from, size(row.to)), side(to, size(row.from)));
        let total = |side: &[(usize, i64)]| side.iter().map(|entry| entry.1).sum::<i64>();
        let most = total(&supply).min(total(&demand));
        i64::from(largest_flow(&supply, &demand, |a, b| !beyond(a, b)) < most)
    }
}

/// The routing of the edge between two services, or the policy's where there is none.
fn routing(problem: &Problem, from: ServiceId, to: ServiceId) -> Routing {
    let endpoint = |group: colocate_model::GroupId| problem.traffic.groups[group.index()].endpoint;
    let between = |edge: &&colocate_model::Edge| {
        endpoint(edge.from) == Endpoint::Service(from) && endpoint(edge.to) == Endpoint::Service(to)
    };
    problem.traffic.edges.iter().find(between).map_or(problem.policy.routing, |edge| edge.routing)
}

/// The largest flow through open pairs, by augmenting paths.
///
/// # Source
/// Ford and Fulkerson (1956), "Maximal flow through a network".
fn largest_flow(
    supply: &[(usize, i64)],
    demand: &[(usize, i64)],
    open: impl Fn(usize, usize) -> bool,
) -> i64 {
    let (rows, columns) = (supply.len(), demand.len());
    let mut left: Vec<i64> = supply.iter().map(|entry| entry.1).collect();
    let mut wanted: Vec<i64> = demand.iter().map(|entry| entry.1).collect();
    let mut flow = vec![0_i64; rows * columns];
    let mut sent = 0;
    loop {
        // Breadth first over rows, then columns, from any row with supply left.
        let mut previous = vec![usize::MAX; rows + columns];
        let mut queue: Vec<usize> = (0..rows).filter(|&row| left[row] > 0).collect();
        queue.iter().for_each(|&row| previous[row] = row);
        let (mut head, mut end) = (0, None);
        while head < queue.len() && end.is_none() {
            let node = queue[head];
            head += 1;
            for next in 0..rows + columns {
                let passes = match (node < rows, next < rows) {
                    (true, false) => open(supply[node].0, demand[next - rows].0),
                    (false, true) => flow[next * columns + node - rows] > 0,
                    _ => false,
                };
                if passes && previous[next] == usize::MAX {
                    previous[next] = node;
                    queue.push(next);
                    if next >= rows && wanted[next - rows] > 0 {
                        end = Some(next);
                        break;
                    }
                }
            }
        }
        let Some(end) = end else { return sent };
        let mut arcs = Vec::new();
        let mut node = end;
        while previous[node] != node {
            arcs.push((previous[node], node));
            node = previous[node];
        }
        let backward =
            arcs.iter().filter(|arc| arc.0 >= rows).map(|&(a, b)| flow[b * columns + a - rows]).min();
        let units = left[node].min(wanted[end - rows]).min(backward.unwrap_or(i64::MAX));
        for (a, b) in arcs {
            if a < rows {
                flow[a * columns + b - rows] += units;
            } else {
                flow[b * columns + a - rows] -= units;
            }
        }
        left[node] -= units;
        wanted[end - rows] -= units;
        sent += units;
    }
}
