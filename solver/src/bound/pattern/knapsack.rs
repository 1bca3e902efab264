//! The best pattern of a site under prices: a knapsack over a forest, solved exactly in integers.
//!
//! Per node and count, a *row* holds the most that the node's subtree can earn in so many cells; rows never fall. A
//! child's rows are turned into a message per count of its parent, and messages are joined by (max, +) convolution.
//!
//! # Source
//! Johnson, Niemi (1983), "On knapsacks, partitions, and a new dynamic programming technique for trees".

use super::forest::Forest;
use super::sites::{Link, Sites};
use crate::stop::Stop;

/// Less than anything a pattern earns.
const NEVER: i64 = i64::MIN / 4;

/// Earnings by cells, never falling.
type Row = Vec<i64>;

/// What decides about the patterns of a site, its cells aside.
pub(super) struct Terms<'a> {
    pub(super) sites: &'a Sites,
    pub(super) forest: &'a Forest,
    /// Cells of the largest site.
    pub(super) cells: usize,
    /// Per node and count up to the most that may be there: what so many of them earn by themselves.
    pub(super) earnings: Vec<Vec<i64>>,
}

/// Solved for all numbers of cells, for every combination of counts of the tried nodes.
pub(super) struct Solved<'a> {
    terms: &'a Terms<'a>,
    children: Vec<Vec<usize>>,
    /// Counts of the tried nodes, and the most that is earned by cells.
    combinations: Vec<(Vec<u32>, Row)>,
    /// Additions made.
    pub(super) work: u64,
}

/// Rows of every node; those of nodes that no tried node touches are shared by all combinations.
struct Tables {
    rows: Vec<Vec<Row>>,
    /// Rows of every node before it and its touched children are joined.
    calm: Vec<Vec<Row>>,
}

impl<'a> Solved<'a> {
    /// Time O(sum over the forest's links of counts of the parent x cells²) a combination, and less where subtrees
    /// fill few cells. `None` when `stop` comes before the end.
    pub(super) fn new(terms: &'a Terms<'a>, stop: &Stop) -> Option<Self> {
        let nodes = terms.sites.nodes.len();
        let mut children = vec![Vec::new(); nodes + 1];
        for &node in &terms.forest.order {
            children[terms.forest.parent[node].map_or(nodes, |link| link.ends[0])].push(node);
        }
        let mut solved = Self { terms, children, combinations: Vec::new(), work: 0 };
        let mut touched = vec![false; nodes + 1];
        for link in &terms.forest.to_tried {
            link.ends.iter().for_each(|&end| touched[end] = true);
        }
        for &node in &terms.forest.order {
            let parent = terms.forest.parent[node].map_or(nodes, |link| link.ends[0]);
            touched[parent] |= touched[node];
        }
        let mut tables = Tables { rows: vec![Vec::new(); nodes + 1], calm: vec![Vec::new(); nodes + 1] };
        let order: Vec<usize> = terms.forest.order.iter().copied().chain([nodes]).collect();
        for &node in &order {
            if stop.reason().is_some() {
                return None;
            }
            let mut rows = vec![vec![0]; solved.choices(node)];
            for &child in solved.children[node].iter().filter(|&&child| !touched[child]) {
                solved.work += solved.join(&mut rows, child, &tables.rows[child]);
            }
            if touched[node] {
                tables.calm[node] = rows;
            } else {
                tables.rows[node] = solved.with_own(node, rows, &[]);
            }
        }
        for counts in solved.counts() {
            let Some((cells, earned)) = solved.of_tried(&counts) else { continue };
            for &node in order.iter().filter(|&&node| touched[node]) {
                if stop.reason().is_some() {
                    return None;
                }
                let mut rows = tables.calm[node].clone();
                for &child in solved.children[node].iter().filter(|&&child| touched[child]) {
                    solved.work += solved.join(&mut rows, child, &tables.rows[child]);
                }
                tables.rows[node] = solved.with_own(node, rows, &counts);
            }
            let root = &tables.rows[nodes][0];
            let at =
                |c: usize| if c < cells { NEVER } else { root[(c - cells).min(root.len() - 1)] + earned };
            solved.combinations.push((counts, (0..=terms.cells).map(at).collect()));
        }
        Some(solved)
    }

    /// The most that a pattern of at most `cells` cells earns.
    pub(super) fn most(&self, cells: usize) -> i64 {
        self.combinations.iter().map(|(_, row)| row[cells]).max().unwrap_or(NEVER)
    }

    /// Counts of every node in a pattern that earns [`most`](Self::most).
    pub(super) fn pattern(&self, cells: usize) -> Vec<u32> {
        let nodes = self.terms.sites.nodes.len();
        let mut pattern = vec![0; nodes];
        let Some((counts, _)) = self.combinations.iter().max_by_key(|(_, row)| row[cells]) else {
            return pattern;
        };
        for (&node, &count) in self.terms.forest.tried.iter().zip(counts) {
            pattern[node] = count;
        }
        let used = self.of_tried(counts).map_or(0, |(used, _)| used);
        let mut rows: Vec<Vec<Row>> = vec![Vec::new(); nodes + 1];
        let mut partial: Vec<Vec<Vec<Row>>> = vec![Vec::new(); nodes + 1];
        for node in self.terms.forest.order.iter().copied().chain([nodes]) {
            let mut joined = vec![vec![0]; self.choices(node)];
            for &child in &self.children[node] {
                partial[node].push(joined.clone());
                self.join(&mut joined, child, &rows[child]);
            }
            partial[node].push(joined.clone());
            rows[node] = self.with_own(node, joined, counts);
        }
        let mut open = vec![(nodes, 0_usize, cells - used)];
        while let Some((node, count, mut cells)) = open.pop() {
            if node < nodes {
                pattern[node] = count as u32;
                cells -= self.terms.sites.nodes[node].cells[count] as usize;
            }
            for (index, &child) in self.children[node].iter().enumerate().rev() {
                let wanted = *at(&partial[node][index + 1][count], cells);
                let before = &partial[node][index][count];
                let found = (0..=cells).find_map(|part| {
                    let rest = wanted - *at(before, cells - part);
                    let choice = rows[child].iter().enumerate();
                    let mut fits = choice.filter(|(other, row)| {
                        part < row.len() && row[part] + self.value(child, count, *other) == rest
                    });
                    fits.next().map(|(other, _)| (other, part))
                });
                let (other, part) = found.expect("the row was made of one of these");
                open.push((child, other, part));
                cells -= part;
            }
        }
        pattern
    }

    /// How many counts a node can have; the root above the forest has one.
    fn choices(&self, node: usize) -> usize {
        self.terms.earnings.get(node).map_or(1, Vec::len)
    }

    /// What `child` and its parent gain.
    fn value(&self, child: usize, count: usize, other: usize) -> i64 {
        self.terms.forest.values[child].get(count).map_or(0, |values| values[other])
    }

    fn gained(&self, link: &Link, a: u32, b: u32) -> i64 {
        link.value(link.ends.map(|end| self.terms.sites.nodes[end].count), a, b)
    }

    /// Joins the message of `child` to the rows of its parent; returns the additions made, or a few more.
    fn join(&self, rows: &mut [Row], child: usize, below: &[Row]) -> u64 {
        let length = below.iter().map(Vec::len).max().unwrap_or(0);
        let mut work = 0;
        for (count, row) in rows.iter_mut().enumerate() {
            let mut message = vec![NEVER; length];
            for (other, earned) in below.iter().enumerate() {
                let value = self.value(child, count, other);
                // Numbers are limited where prices are; unchecked sums let the compiler do several at a time.
                for (best, &earned) in message.iter_mut().zip(earned) {
                    *best = (*best).max(earned.wrapping_add(value));
                }
                let beyond = earned[earned.len() - 1] + value;
                message[earned.len()..].iter_mut().for_each(|best| *best = (*best).max(beyond));
            }
            work += (length * (below.len() + row.len())) as u64;
            *row = convolved(row, &message, self.terms.cells + 1);
        }
        work
    }

    /// Adds what `node` itself fills, earns, and gains with the tried nodes.
    fn with_own(&self, node: usize, rows: Vec<Row>, counts: &[u32]) -> Vec<Row> {
        let Some(earnings) = self.terms.earnings.get(node) else { return rows };
        let shift = |(count, row): (usize, Row)| {
            let cells = self.terms.sites.nodes[node].cells[count] as usize;
            let mut earned = earnings[count];
            for (&tried, &other) in self.terms.forest.tried.iter().zip(counts) {
                let links = self.terms.forest.to_tried.iter();
                for link in links.filter(|link| link.ends.contains(&node) && link.ends.contains(&tried)) {
                    let [a, b] =
                        if link.ends[0] == node { [count as u32, other] } else { [other, count as u32] };
                    earned += self.gained(link, a, b);
                }
            }
            let kept = (self.terms.cells + 1).saturating_sub(cells).min(row.len());
            std::iter::repeat_n(NEVER, cells.min(self.terms.cells + 1))
                .chain(row[..kept].iter().map(|value| value + earned))
                .collect()
        };
        rows.into_iter().enumerate().map(shift).collect()
    }

    /// Cells and earnings of the tried nodes; `None` where they fill more than there is.
    fn of_tried(&self, counts: &[u32]) -> Option<(usize, i64)> {
        let tried = &self.terms.forest.tried;
        let (mut cells, mut earned) = (0, 0);
        for (&node, &count) in tried.iter().zip(counts) {
            cells += self.terms.sites.nodes[node].cells[count as usize] as usize;
            earned += self.terms.earnings[node][count as usize];
        }
        let count_of = |end: usize| tried.iter().position(|&node| node == end).map(|index| counts[index]);
        for link in &self.terms.forest.to_tried {
            if let (Some(a), Some(b)) = (count_of(link.ends[0]), count_of(link.ends[1])) {
                earned += self.gained(link, a, b);
            }
        }
        (cells <= self.terms.cells).then_some((cells, earned))
    }

    /// Every combination of counts of the tried nodes.
    fn counts(&self) -> Vec<Vec<u32>> {
        let mut all = vec![Vec::new()];
        for &node in &self.terms.forest.tried {
            let longer = |counts: &Vec<u32>| {
                let counts = counts.clone();
                (0..self.choices(node) as u32).map(move |count| [counts.as_slice(), &[count]].concat())
            };
            all = all.iter().flat_map(longer).collect();
        }
        all
    }
}

/// The entry for so many cells; beyond the end a row stays what it is.
fn at(row: &Row, cells: usize) -> &i64 {
    &row[cells.min(row.len() - 1)]
}

/// (max, +) convolution of two rows, cut off after `length` entries.
fn convolved(row: &Row, message: &Row, length: usize) -> Row {
    let length = (row.len() + message.len() - 1).min(length);
    let mut best = vec![NEVER; length];
    let mut last = NEVER;
    for (cells, &earned) in message.iter().enumerate().take(length) {
        // Only where the message rises: before that, the same is had for fewer cells.
        if earned <= last {
            continue;
        }
        last = earned;
        let end = (length - cells).min(row.len());
        for (best, &other) in best[cells..].iter_mut().zip(&row[..end]) {
            *best = (*best).max(other.wrapping_add(earned));
        }
        let beyond = row[row.len() - 1] + earned;
        if end == row.len() {
            best[cells + end..].iter_mut().for_each(|best| *best = (*best).max(beyond));
        }
    }
    best
}
