//! The cheapest local-first flow, by successive shortest paths with lexicographic costs.

use std::cmp::Ordering;
use std::collections::VecDeque;

use colocate_model::{Edge, HostId, Problem, UNKNOWN};

use super::super::counter::Counter;

/// (from, to, units), in order of the hosts.
pub(super) type Flow = Vec<(HostId, HostId, i64)>;

/// The cheapest flow between two groups; among the cheapest, the lexicographically smallest.
///
/// A path's cost is its price, then its change of flow cell by cell; compared lexicographically these form an ordered
/// group, so that shortest augmenting paths give the unique optimum of that order.
///
/// # Source
/// Ahuja, Magnanti and Orlin (1993), "Network Flows", algorithm 9.7 (successive shortest path).
pub(super) fn cheapest(problem: &Problem, edge: &Edge, from: &Counter, to: &Counter) -> Flow {
    let side = |counter: &Counter, units: i64| {
        let mut hosts: Vec<(HostId, i64)> =
            counter.iter().map(|(host, count)| (HostId::new(host), i64::from(count) * units)).collect();
        hosts.sort_unstable_by_key(|entry| entry.0);
        hosts
    };
    let size = |group: colocate_model::GroupId| problem.traffic.groups[group.index()].members.len() as i64;
    let (supply, demand) = (side(from, size(edge.to)), side(to, size(edge.from)));
    let wanted = |side: &[(HostId, i64)]| side.iter().map(|entry| entry.1).sum::<i64>();
    let most = wanted(&supply).min(wanted(&demand));
    if let Some(ceiling) = edge.ceiling {
        let open = |a, b| {
            let latency = problem.ceiling_latency(a, b);
            latency != UNKNOWN && latency <= ceiling
        };
        let network = Network::new(problem, &supply, &demand, open);
        if let Some(flow) = network.solve(most) {
            return flow;
        }
    }
    Network::new(problem, &supply, &demand, |_, _| true).solve(most).expect("every pair is open")
}

/// A transportation network and its flow.
struct Network {
    from: Vec<HostId>,
    to: Vec<HostId>,
    supply: Vec<i64>,
    demand: Vec<i64>,
    /// Price of each cell; `None` where it is closed.
    price: Vec<Option<i128>>,
    flow: Vec<i64>,
}

/// Price, and the change of flow by cell in order of cell.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Length {
    price: i128,
    cells: Vec<(usize, i64)>,
}

impl Length {
    /// The path longer by one arc: a cell used forward (1) or backward (-1).
    fn extended(&self, price: i128, cell: usize, sign: i64) -> Self {
        let mut cells = self.cells.clone();
        match cells.binary_search_by_key(&cell, |entry| entry.0) {
            Ok(index) if cells[index].1 + sign == 0 => {
                cells.remove(index);
            }
            Ok(index) => cells[index].1 += sign,
            Err(index) => cells.insert(index, (cell, sign)),
        }
        Self { price: self.price + i128::from(sign) * price, cells }
    }
}

impl Ord for Length {
    fn cmp(&self, other: &Self) -> Ordering {
        let cells = || {
            let (mut a, mut b) = (self.cells.iter().peekable(), other.cells.iter().peekable());
            loop {
                match (a.peek(), b.peek()) {
                    (None, None) => return Ordering::Equal,
                    (Some(x), None) => return x.1.cmp(&0),
                    (None, Some(y)) => return 0.cmp(&y.1),
                    (Some(x), Some(y)) => match x.0.cmp(&y.0) {
                        Ordering::Less => return x.1.cmp(&0),
                        Ordering::Greater => return 0.cmp(&y.1),
                        Ordering::Equal if x.1 != y.1 => return x.1.cmp(&y.1),
                        Ordering::Equal => {
                            a.next();
                            b.next();
                        }
                    },
                }
            }
        };
        self.price.cmp(&other.price).then_with(cells)
    }
}

impl PartialOrd for Length {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Network {
    fn new(
        problem: &Problem,
        supply: &[(HostId, i64)],
        demand: &[(HostId, i64)],
        open: impl Fn(HostId, HostId) -> bool,
    ) -> Self {
        let route = |a, b| -> i128 {
            let steps = problem.step_weights.iter().enumerate();
            steps.map(|(step, &w)| i128::from(w) * i128::from(problem.path_price(step, a, b))).sum()
        };
        let cells = supply.iter().flat_map(|&(a, _)| demand.iter().map(move |&(b, _)| (a, b)));
        Self {
            price: cells.map(|(a, b)| open(a, b).then(|| route(a, b))).collect(),
            flow: vec![0; supply.len() * demand.len()],
            from: supply.iter().map(|entry| entry.0).collect(),
            to: demand.iter().map(|entry| entry.0).collect(),
            supply: supply.iter().map(|entry| entry.1).collect(),
            demand: demand.iter().map(|entry| entry.1).collect(),
        }
    }

    /// The flow of `units`, or `None` when the open cells cannot carry them.
    fn solve(mut self, units: i64) -> Option<Flow> {
        let mut sent = 0;
        while sent < units {
            sent += self.augment()?;
        }
        let columns = self.to.len();
        let cells = self.flow.iter().enumerate().filter(|entry| *entry.1 > 0);
        Some(
            cells.map(|(cell, &units)| (self.from[cell / columns], self.to[cell % columns], units)).collect(),
        )
    }

    /// Sends what fits along a shortest path from any supply to any demand.
    fn augment(&mut self) -> Option<i64> {
        let (rows, columns) = (self.from.len(), self.to.len());
        // Nodes: rows, then columns. Bellman-Ford with a queue, since arcs backward have negative lengths.
        let mut best: Vec<Option<(Length, Option<usize>)>> = vec![None; rows + columns];
        let mut queue = VecDeque::new();
        for row in (0..rows).filter(|&row| self.supply[row] > 0) {
            best[row] = Some((Length { price: 0, cells: Vec::new() }, None));
            queue.push_back(row);
        }
        while let Some(node) = queue.pop_front() {
            let Some((length, _)) = best[node].clone() else { continue };
            let arcs = if node < rows { columns } else { rows };
            for other in 0..arcs {
                let (cell, sign, next) = if node < rows {
                    (node * columns + other, 1, rows + other)
                } else {
                    (other * columns + node - rows, -1, other)
                };
                let Some(price) = self.price[cell] else { continue };
                if sign < 0 && self.flow[cell] == 0 {
                    continue;
                }
                let longer = length.extended(price, cell, sign);
                if best[next].as_ref().is_none_or(|(known, _)| longer < *known) {
                    best[next] = Some((longer, Some(node)));
                    if !queue.contains(&next) {
                        queue.push_back(next);
                    }
                }
            }
        }
        let reached = (0..columns).filter(|&column| self.demand[column] > 0 && best[rows + column].is_some());
        let end = reached.min_by(|&a, &b| {
            let length = |column: usize| best[rows + column].as_ref().map(|entry| &entry.0);
            length(a).cmp(&length(b))
        })?;
        let mut path = vec![rows + end];
        while let Some((_, Some(previous))) = best[path[path.len() - 1]] {
            path.push(previous);
        }
        let start = path[path.len() - 1];
        let cell = |later: usize, earlier: usize| {
            if earlier < rows {
                (earlier * columns + later - rows, 1)
            } else {
                (later * columns + earlier - rows, -1)
            }
        };
        let arcs: Vec<(usize, i64)> = path.windows(2).map(|pair| cell(pair[0], pair[1])).collect();
        let back = arcs.iter().filter(|arc| arc.1 < 0).map(|arc| self.flow[arc.0]).min();
        let units = self.supply[start].min(self.demand[end]).min(back.unwrap_or(i64::MAX));
        arcs.iter().for_each(|&(cell, sign)| self.flow[cell] += sign * units);
        self.supply[start] -= units;
        self.demand[end] -= units;
        Some(units)
    }
}
