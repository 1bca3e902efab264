//! The Lagrangian bound of prices, exactly.

use std::collections::BTreeMap;

use crate::stop::Stop;

use super::forest::Forest;
use super::knapsack::{Solved, Terms};
use super::sites::{Link, Node, Site, Sites};

/// What all components of a node together may cost, and the arrivals of a pattern: limits that keep sums in range.
const MOST: i64 = 1 << 46;

/// Prices in units: of a component of every node, and of a move.
#[derive(Debug, Clone)]
pub(super) struct Prices {
    pub(super) nodes: Vec<i64>,
    pub(super) per_move: i64,
}

impl Prices {
    /// Prices limited so that nothing overflows; any prices prove a bound.
    pub(super) fn limited(sites: &Sites, nodes: impl Iterator<Item = f64>, per_move: f64) -> Self {
        let node = |(price, node): (f64, &Node)| {
            let most = MOST / i64::from(node.count);
            (price as i64).clamp(-most, most)
        };
        let nodes = nodes.zip(&sites.nodes).map(node).collect();
        Self { nodes, per_move: if sites.moves.is_some() { (per_move as i64).clamp(0, MOST) } else { 0 } }
    }
}

/// A pattern of the sites of a kind.
pub(super) struct Pattern {
    pub(super) kind: usize,
    /// Node and how many of it, those without any left out.
    pub(super) counts: Vec<(usize, u32)>,
    /// What it gains, less what its arrivals cost.
    pub(super) value: i64,
    /// Moves it takes.
    pub(super) moves: i64,
}

/// What prices prove.
pub(super) struct Proof {
    /// The most that any placement gains, in units.
    pub(super) bound: i128,
    /// A pattern of every kind that earns most.
    pub(super) patterns: Vec<Pattern>,
    /// Additions made.
    pub(super) work: u64,
}

/// Sites that are alike.
pub(super) struct Kind {
    /// One of them.
    pub(super) site: usize,
    /// How many there are.
    pub(super) count: i64,
    /// Kinds of one class differ in their cells and in the components without links alone.
    class: usize,
}

/// Sites by kind, and what prices prove about them.
pub(super) struct Pricing<'a> {
    sites: &'a Sites,
    forest: &'a Forest,
    /// Whether what moves cost is paid here; it may be paid once only.
    pays: bool,
    cells: usize,
    pub(super) kinds: Vec<Kind>,
    pub(super) kind_of: Vec<usize>,
    classes: usize,
}

impl<'a> Pricing<'a> {
    pub(super) fn new(sites: &'a Sites, forest: &'a Forest, pays: bool) -> Self {
        let mut classes: BTreeMap<_, usize> = BTreeMap::new();
        let mut known: BTreeMap<_, usize> = BTreeMap::new();
        let mut kinds: Vec<Kind> = Vec::new();
        let mut kind_of = Vec::new();
        for (index, site) in sites.sites.iter().enumerate() {
            let next = classes.len();
            let class = *classes.entry((&site.allowed, &site.start)).or_insert(next);
            let kind = *known.entry((class, site.cells, site.others, &site.movable)).or_insert_with(|| {
                kinds.push(Kind { site: index, count: 0, class });
                kinds.len() - 1
            });
            kinds[kind].count += 1;
            kind_of.push(kind);
        }
        let cells = sites.sites.iter().map(|site| site.cells as usize).max().unwrap_or(0);
        Self { sites, forest, pays, cells, classes: classes.len(), kinds, kind_of }
    }

    /// The most any placement can gain of the forest's links by `prices`, in units, and the patterns that would:
    ///
    /// sum over nodes of price x count + price of a move x budget + sum over sites of the most a pattern earns when it
    /// pays these prices.
    ///
    /// Whatever the prices: a placement is a choice of patterns that uses every component once and keeps the budget, so
    /// that it pays what the first two summands give back. `None` when `stop` comes before the end.
    pub(super) fn bound(&self, prices: &Prices, stop: &Stop) -> Option<Proof> {
        let nodes = prices.nodes.iter().zip(&self.sites.nodes);
        let mut bound: i128 = nodes.map(|(&price, node)| i128::from(price) * i128::from(node.count)).sum();
        bound += i128::from(prices.per_move) * i128::from(self.sites.moves.unwrap_or(0));
        let (mut patterns, mut work) = (Vec::new(), 0);
        for class in 0..self.classes {
            if stop.reason().is_some() {
                return None;
            }
            let kinds: Vec<usize> =
                (0..self.kinds.len()).filter(|&kind| self.kinds[kind].class == class).collect();
            let site = &self.sites.sites[self.kinds[kinds[0]].site];
            let terms = Terms {
                sites: self.sites,
                forest: self.forest,
                cells: self.cells_of(&kinds),
                earnings: self.earnings(site, prices),
            };
            let solved = Solved::new(&terms, stop)?;
            work += solved.work;
            for kind in kinds {
                let site = &self.sites.sites[self.kinds[kind].site];
                let (earned, cells, leaving) = best(site, prices.per_move, &solved);
                bound += i128::from(self.kinds[kind].count) * i128::from(earned);
                patterns.push(self.described(kind, &solved.pattern(cells), earned, leaving, prices));
            }
        }
        Some(Proof { bound, patterns, work })
    }

    /// Cells of the largest of `kinds`.
    fn cells_of(&self, kinds: &[usize]) -> usize {
        let cells = kinds.iter().map(|&kind| self.sites.sites[self.kinds[kind].site].cells as usize);
        cells.max().unwrap_or(self.cells)
    }

    fn arrival(&self, node: &Node) -> i64 {
        if self.pays { node.arrival } else { 0 }
    }

    /// What so many components of a node earn by themselves: less than nothing, they pay.
    fn earnings(&self, site: &Site, prices: &Prices) -> Vec<Vec<i64>> {
        let earnings = |(index, node): (usize, &Node)| {
            let most = node.most.min(site.allowed[index]);
            let here = site.start.get(index).copied().unwrap_or(u32::MAX);
            let per_arrival = self.arrival(node) + if node.counted { prices.per_move } else { 0 };
            let own = |count: u32| {
                let arrivals = i64::from(count.saturating_sub(here));
                -prices.nodes[index] * i64::from(count) - arrivals.saturating_mul(per_arrival).min(MOST)
            };
            let mut earnings: Vec<i64> = (0..=most).map(own).collect();
            // More of a node gain most where all its neighbours are: counts that do not pay even there are left out. A
            // link's gain is rounded up, so that two gains may differ by one too little.
            let reach = &self.forest.reach[index];
            let (mut highest, mut last) = (i64::MIN, 0);
            for (count, (earned, reach)) in earnings.iter().zip(reach).enumerate() {
                if earned + reach + self.forest.degree[index] >= highest {
                    last = count;
                }
                highest = highest.max(earned + reach);
            }
            earnings.truncate(last + 1);
            earnings
        };
        self.sites.nodes.iter().enumerate().map(earnings).collect()
    }

    fn described(&self, kind: usize, counts: &[u32], earned: i64, leaving: i64, prices: &Prices) -> Pattern {
        let site = &self.sites.sites[self.kinds[kind].site];
        let mut pattern = Pattern { kind, counts: Vec::new(), value: 0, moves: leaving };
        let mut paid = 0_i64;
        for (index, &count) in counts.iter().enumerate().filter(|&(_, &count)| count > 0) {
            pattern.counts.push((index, count));
            paid += prices.nodes[index] * i64::from(count);
            if self.sites.nodes[index].counted {
                let here = site.start.get(index).copied().unwrap_or(u32::MAX);
                pattern.moves += i64::from(count.saturating_sub(here));
            }
        }
        pattern.value =
            earned.saturating_add(paid).saturating_add(prices.per_move.saturating_mul(pattern.moves));
        pattern
    }

    /// The pattern of `site` in which it holds `counts`, for a start; `leaving` of its other components move.
    pub(super) fn known(&self, index: usize, counts: &[u32], leaving: i64) -> Pattern {
        let free = Prices { nodes: vec![0; counts.len()], per_move: 0 };
        let mut pattern = self.described(self.kind_of[index], counts, 0, leaving, &free);
        let links = self.forest.links.iter();
        let value = |link: &Link| {
            let [a, b] = link.ends;
            link.value([a, b].map(|end| self.sites.nodes[end].count), counts[a], counts[b])
        };
        pattern.value = links.map(value).sum();
        let site = &self.sites.sites[index];
        for &(node, count) in &pattern.counts {
            let arrivals = count.saturating_sub(site.start.get(node).copied().unwrap_or(u32::MAX));
            pattern.value -= self.arrival(&self.sites.nodes[node]) * i64::from(arrivals);
        }
        pattern
    }
}

/// What the best pattern of `site` earns, in how many cells, and how many of its other components leave for it.
fn best(site: &Site, per_move: i64, solved: &Solved<'_>) -> (i64, usize, i64) {
    if per_move == 0 {
        return (solved.most(site.cells as usize), site.cells as usize, 0);
    }
    let mut free = i64::from(site.cells) - i64::from(site.others);
    let mut cells = free.max(0) as usize;
    let mut best = (solved.most(cells), cells, 0);
    for (index, &more) in site.movable.iter().enumerate() {
        free += i64::from(more);
        cells = free.clamp(0, site.cells.into()) as usize;
        let earned = solved.most(cells) - per_move.saturating_mul(index as i64 + 1);
        if earned > best.0 {
            best = (earned, cells, index as i64 + 1);
        }
    }
    best
}
