//! The transportation problem, and the lexicographically smallest of its cheapest flows.

use std::collections::VecDeque;

use crate::ids::HostId;

use super::{Cell, total};

/// Units wait at the rows and are wanted at the columns; a cell carries any number of them at its cost.
///
/// Where one side has more than the other, a last row or column at no cost takes the surplus, so that the flow
/// of the other cells is a maximum one.
pub(super) struct Transportation {
    /// Rows and columns that are hosts; the surplus has none.
    hosts: [Vec<HostId>; 2],
    /// Units still waiting at each row.
    supply: Vec<i64>,
    /// Units still wanted at each column.
    demand: Vec<i64>,
    /// Cost per cell, row by row; `None` where nothing may flow.
    cost: Vec<Option<i128>>,
    /// Units per cell.
    flow: Vec<i64>,
    /// Potential of every row, then of every column: cost + row's - column's is 0 where something flows and
    /// negative nowhere.
    potential: Vec<i128>,
}

impl Transportation {
    /// The problem of sending `supply` to `demand`; a cost is not negative.
    pub(super) fn new(
        supply: &[(HostId, i64)],
        demand: &[(HostId, i64)],
        cost: impl Fn(HostId, HostId) -> Option<i128>,
    ) -> Self {
        let split = |shares: &[(HostId, i64)], surplus: i64| -> (Vec<HostId>, Vec<i64>) {
            let (hosts, mut units): (Vec<_>, Vec<_>) = shares.iter().copied().unzip();
            units.extend((surplus > 0).then_some(surplus));
            (hosts, units)
        };
        let surplus = total(supply) - total(demand);
        let (rows, supply) = split(supply, -surplus);
        let (columns, demand) = split(demand, surplus);
        let cell = |row: usize, column: usize| match (rows.get(row), columns.get(column)) {
            (Some(&a), Some(&b)) => cost(a, b),
            _ => Some(0),
        };
        let width = demand.len();
        let cost: Vec<_> =
            (0..supply.len() * width).map(|index| cell(index / width, index % width)).collect();
        let (flow, potential) = (vec![0; cost.len()], vec![0; supply.len() + width]);
        Self { hosts: [rows, columns], supply, demand, cost, flow, potential }
    }

    /// Whether everything can flow.
    pub(super) fn sends_everything(mut self) -> bool {
        self.minimise_cost()
    }

    /// The lexicographically smallest cheapest flow, or `None` when not everything can flow.
    pub(super) fn canonical(mut self) -> Option<Vec<Cell>> {
        if !self.minimise_cost() {
            return None;
        }
        self.minimise_lexicographically();
        let [rows, columns] = &self.hosts;
        let mut cells = Vec::new();
        for (row, &a) in rows.iter().enumerate() {
            for (column, &b) in columns.iter().enumerate() {
                let units = self.flow[self.cell(row, column)];
                cells.extend((units > 0).then_some((a, b, units)));
            }
        }
        Some(cells)
    }

    fn cell(&self, row: usize, column: usize) -> usize {
        row * self.demand.len() + column
    }

    /// Sends everything as cheaply as possible; false when some of it cannot be sent.
    ///
    /// # Source
    /// Successive shortest paths with potentials: Edmonds and Karp (1972), "Theoretical Improvements in
    /// Algorithmic Efficiency for Network Flow Problems"; Ahuja, Magnanti and Orlin (1993), "Network Flows",
    /// §9.7.
    fn minimise_cost(&mut self) -> bool {
        while self.supply.iter().any(|&units| units > 0) {
            let Some(path) = self.shortest_path() else { return false };
            let (first, last) = (path[0], path[path.len() - 1]);
            let open = self.supply[first.0].min(self.demand[last.1]);
            let units = self.shift(&path, open);
            self.supply[first.0] -= units;
            self.demand[last.1] -= units;
        }
        true
    }

    /// Shifts up to `units` along `path`: onto its cells at even positions, off those at odd ones.
    fn shift(&mut self, path: &[(usize, usize)], units: i64) -> i64 {
        let off = path.iter().skip(1).step_by(2).map(|&(row, column)| self.flow[self.cell(row, column)]);
        let units = off.fold(units, i64::min);
        for (position, &(row, column)) in path.iter().enumerate() {
            let cell = self.cell(row, column);
            self.flow[cell] += if position % 2 == 0 { units } else { -units };
        }
        units
    }

    /// The cheapest path from a row where units wait to a column where some are wanted, by Dijkstra over
    /// reduced costs; updates the potentials.
    fn shortest_path(&mut self) -> Option<Vec<(usize, usize)>> {
        let rows = self.supply.len();
        let nodes = self.potential.len();
        let mut distance: Vec<Option<i128>> = vec![None; nodes];
        let mut previous = vec![usize::MAX; nodes];
        let mut done = vec![false; nodes];
        for (row, &waiting) in self.supply.iter().enumerate() {
            distance[row] = (waiting > 0).then_some(0);
        }
        let (target, length) = loop {
            let reached = (0..nodes).filter(|&node| !done[node]);
            let (length, node) = reached.filter_map(|node| distance[node].map(|d| (d, node))).min()?;
            done[node] = true;
            if node >= rows && self.demand[node - rows] > 0 {
                break (node, length);
            }
            for next in if node < rows { rows..nodes } else { 0..rows } {
                let step = if node < rows {
                    self.reduced_cost(node, next - rows)
                } else {
                    self.way_back(next, node - rows)
                };
                if let Some(step) = step.filter(|_| !done[next])
                    && distance[next].is_none_or(|known| length + step < known)
                {
                    distance[next] = Some(length + step);
                    previous[next] = node;
                }
            }
        };
        for (potential, distance) in self.potential.iter_mut().zip(&distance) {
            *potential += distance.map_or(length, |distance| distance.min(length));
        }
        Some(path_to(target, &previous, rows))
    }

    /// What the cell costs beyond the difference of its potentials.
    fn reduced_cost(&self, row: usize, column: usize) -> Option<i128> {
        let rows = self.supply.len();
        let cost = self.cost[self.cell(row, column)]?;
        Some(cost + self.potential[row] - self.potential[rows + column])
    }

    /// The reduced cost of taking units off a cell: 0, where there are any.
    fn way_back(&self, row: usize, column: usize) -> Option<i128> {
        (self.flow[self.cell(row, column)] > 0).then_some(0)
    }

    /// Turns a cheapest flow into the lexicographically smallest one.
    ///
    /// By complementary slackness the cheapest flows are exactly the flows over cells of reduced cost 0. Cell
    /// by cell in order, as much as possible is shifted off the cell along cycles of such cells, none of them
    /// earlier: by the augmenting path theorem it then carries the least that those before it allow.
    ///
    /// # Source
    /// Ahuja, Magnanti and Orlin (1993), "Network Flows", theorems 9.4 (complementary slackness) and 6.4
    /// (augmenting paths).
    fn minimise_lexicographically(&mut self) {
        for row in 0..self.hosts[0].len() {
            for column in 0..self.hosts[1].len() {
                let cell = self.cell(row, column);
                while self.flow[cell] > 0
                    && let Some(detour) = self.detour(row, column)
                {
                    self.flow[cell] -= self.shift(&detour, self.flow[cell]);
                }
            }
        }
    }

    /// The shortest path from `row` to `column` over cells of reduced cost 0 behind theirs in the order.
    fn detour(&self, row: usize, column: usize) -> Option<Vec<(usize, usize)>> {
        let rows = self.supply.len();
        let is_surplus = |r: usize, c: usize| r >= self.hosts[0].len() || c >= self.hosts[1].len();
        let is_open = |r: usize, c: usize| is_surplus(r, c) || (r, c) > (row, column);
        let mut previous = vec![usize::MAX; self.potential.len()];
        let mut queue = VecDeque::from([row]);
        previous[row] = row;
        while let Some(node) = queue.pop_front() {
            if node == rows + column {
                return Some(path_to(node, &previous, rows));
            }
            for next in if node < rows { rows..previous.len() } else { 0..rows } {
                let (r, c) = if node < rows { (node, next - rows) } else { (next, node - rows) };
                let step = if node < rows { self.reduced_cost(r, c) } else { self.way_back(r, c) };
                if previous[next] == usize::MAX && is_open(r, c) && step == Some(0) {
                    previous[next] = node;
                    queue.push_back(next);
                }
            }
        }
        None
    }
}

/// The cells of the path that `previous` gives to the column `target`, from its first row on.
fn path_to(target: usize, previous: &[usize], rows: usize) -> Vec<(usize, usize)> {
    let mut cells = Vec::new();
    let mut node = target;
    while previous[node] != usize::MAX && previous[node] != node {
        let before = previous[node];
        cells.push((before.min(node), before.max(node) - rows));
        node = before;
    }
    cells.reverse();
    cells
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shares(units: &[i64]) -> Vec<(HostId, i64)> {
        units.iter().enumerate().map(|(index, &units)| (HostId::new(index), units)).collect()
    }

    /// The canonical flow as units per cell, row by row.
    fn canonical(supply: &[i64], demand: &[i64], cost: &[Option<i128>]) -> Option<Vec<i64>> {
        let cost = |a: HostId, b: HostId| cost[a.index() * demand.len() + b.index()];
        let cells = Transportation::new(&shares(supply), &shares(demand), cost).canonical()?;
        let mut flow = vec![0; supply.len() * demand.len()];
        cells.iter().for_each(|&(a, b, units)| flow[a.index() * demand.len() + b.index()] = units);
        Some(flow)
    }

    /// Every flow that sends all it may be asked to.
    fn flows(supply: &[i64], demand: &[i64], cost: &[Option<i128>]) -> Vec<Vec<i64>> {
        let mut partial = vec![(Vec::new(), supply.to_vec(), demand.to_vec())];
        for (cell, cost) in cost.iter().enumerate() {
            let (row, column) = (cell / demand.len(), cell % demand.len());
            let extend = |(flow, supply, demand): (Vec<i64>, Vec<i64>, Vec<i64>)| {
                let most = if cost.is_some() { supply[row].min(demand[column]) } else { 0 };
                (0..=most).map(move |units| {
                    let (mut flow, mut supply, mut demand) = (flow.clone(), supply.clone(), demand.clone());
                    flow.push(units);
                    supply[row] -= units;
                    demand[column] -= units;
                    (flow, supply, demand)
                })
            };
            partial = partial.into_iter().flat_map(extend).collect();
        }
        let all = supply.iter().sum::<i64>().min(demand.iter().sum());
        let flows = partial.into_iter().map(|(flow, _, _)| flow);
        flows.filter(|flow| flow.iter().sum::<i64>() == all).collect()
    }

    #[test]
    fn of_equally_cheap_flows_the_lexicographically_smallest_counts() {
        assert_eq!(canonical(&[1, 1], &[1, 1], &[Some(1); 4]), Some(vec![0, 1, 1, 0]));
        assert_eq!(canonical(&[2], &[1, 1, 1], &[Some(0); 3]), Some(vec![0, 1, 1]));
    }

    #[test]
    fn what_cannot_flow_is_no_flow() {
        assert_eq!(canonical(&[1, 1], &[2], &[Some(0), None]), None);
    }

    proptest! {
        #[test]
        fn no_flow_is_better(
            supply in prop::collection::vec(1_i64..4, 1..4),
            demand in prop::collection::vec(1_i64..4, 1..4),
            costs in prop::collection::vec(prop::option::weighted(0.8, 0_i128..3), 9),
        ) {
            let cost = &costs[..supply.len() * demand.len()];
            let total = |flow: &Vec<i64>| -> i128 {
                flow.iter().zip(cost).map(|(&units, cost)| i128::from(units) * cost.unwrap_or(0)).sum()
            };
            let best = flows(&supply, &demand, cost).into_iter().min_by_key(|flow| (total(flow), flow.clone()));
            prop_assert_eq!(canonical(&supply, &demand, cost), best);
        }
    }
}
