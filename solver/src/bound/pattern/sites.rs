//! What a placement can gain by bringing the ends of edges together, reduced to nodes, links and sites.

use std::collections::BTreeMap;

use colocate_model::{ComponentId, Cost, GroupId, HostId, PartitionId, Placement, Problem};

use super::scale::Scale;

/// Gains of all links together are scaled to about 2^this, so that sums over patterns stay far inside an i64.
const BITS: u32 = 44;
/// Groups of more components than this are left to other bounds.
const MOST_MEMBERS: usize = 1 << 16;
/// More ends of edges than this are left to other bounds.
const MOST_NODES: usize = 1 << 12;
/// So many tests of where a component may be are made at most.
const MOST_TESTS: usize = 200_000_000;

/// The components at an end of edges, as if they were all alike.
pub(super) struct Node {
    /// How many there are.
    pub(super) count: u32,
    /// The most that one site can hold.
    pub(super) most: u32,
    /// Cells that so many of them fill at least; `most + 1` entries.
    pub(super) cells: Vec<u32>,
    /// What it costs at least to bring one to a site where it was not, in units; only where there is something to pay.
    pub(super) arrival: i64,
    /// Whether its arrivals count against the budget of moves.
    pub(super) counted: bool,
}

/// What two nodes gain, in units.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub(super) ends: [usize; 2],
    /// Times the smaller of the two shares in a site (local-first routing).
    pub(super) smaller: i64,
    /// Times the product of the two shares in a site (uniform routing).
    pub(super) product: i64,
}

impl Link {
    /// What it gains when both ends are together in one site.
    pub(super) fn gain(&self) -> i64 {
        self.smaller + self.product
    }

    /// What it gains where `a` of the first node's `count` components and `b` of the second's meet, rounded up.
    pub(super) fn value(&self, counts: [u32; 2], a: u32, b: u32) -> i64 {
        let [n, m] = counts.map(i128::from);
        let (a, b) = (i128::from(a), i128::from(b));
        let parts = i128::from(self.smaller) * (a * m).min(b * n) + i128::from(self.product) * a * b;
        ((parts + n * m - 1) / (n * m)) as i64
    }
}

/// A host, or a domain as if it were one.
pub(super) struct Site {
    /// Cells it has.
    pub(super) cells: u32,
    /// Components of every node that may be there.
    pub(super) allowed: Vec<u32>,
    /// Components of every node that are there at the start or that arrive without a move; empty where moves are free.
    pub(super) start: Vec<u32>,
    /// Cells that the start's other components fill, and, largest first, what each frees when it leaves.
    pub(super) others: u32,
    pub(super) movable: Vec<u32>,
}

/// The nodes, links and sites of a partition.
pub(super) struct Sites {
    pub(super) nodes: Vec<Node>,
    pub(super) links: Vec<Link>,
    pub(super) sites: Vec<Site>,
    /// Node of every group.
    pub(super) node_of: BTreeMap<GroupId, usize>,
    pub(super) partition: PartitionId,
    /// The budget of moves.
    pub(super) moves: Option<i64>,
    /// Sum of the gains.
    pub(super) total: i64,
    /// Units per cost, as a power of two.
    shift: i32,
}

impl Sites {
    /// The sites of `partition`, where edges gain `gains` (numerator and denominator of a cost) when all their ends
    /// meet and a move costs at least `per_move` a component; `None` where there is nothing to gain or too much to
    /// count.
    pub(super) fn new(
        problem: &Problem,
        partition: PartitionId,
        gains: &[(i128, i128)],
        per_move: &dyn Fn(ComponentId) -> Cost,
    ) -> Option<Self> {
        let total: i128 = gains.iter().map(|&(numerator, denominator)| numerator / denominator + 1).sum();
        let shift = BITS as i32 - (128 - total.leading_zeros() as i32);
        let shift = shift.clamp(-60, 20);
        let units = |(numerator, denominator): (i128, i128)| scaled_up(numerator, denominator, shift);
        let mut node_of = BTreeMap::new();
        let mut merged: BTreeMap<[usize; 2], [i64; 2]> = BTreeMap::new();
        for (edge, &gain) in problem.traffic.edges.iter().zip(gains).filter(|(_, gain)| gain.0 > 0) {
            let mut ends = [edge.from, edge.to].map(|group| {
                let next = node_of.len();
                *node_of.entry(group).or_insert(next)
            });
            ends.sort_unstable();
            merged.entry(ends).or_default()[edge.routing as usize] += units(gain)?;
        }
        let links = merged.into_iter();
        let links: Vec<Link> =
            links.map(|(ends, [product, smaller])| Link { ends, smaller, product }).collect();
        if links.is_empty() {
            return None;
        }
        let budget = problem.policy.budgets.moves;
        let mut sites = Self {
            nodes: Vec::new(),
            total: links.iter().map(Link::gain).sum(),
            links,
            sites: Vec::new(),
            node_of,
            partition,
            moves: budget,
            shift,
        };
        sites.fill(problem, per_move)?;
        Some(sites)
    }

    /// The least cost that is no less than `units`.
    pub(super) fn cost(&self, units: i128) -> i128 {
        if self.shift >= 0 { -((-units) >> self.shift) } else { units << -self.shift }
    }

    /// Site of every domain that has hosts.
    fn index(&self, problem: &Problem) -> Vec<usize> {
        let partition = &problem.partitions[self.partition.index()];
        let mut index = vec![usize::MAX; partition.domains.len()];
        partition.domain_of.iter().for_each(|domain| index[domain.index()] = 0);
        let real = index.iter_mut().filter(|index| **index == 0);
        real.enumerate().for_each(|(next, index)| *index = next);
        index
    }

    /// Components of every node on every site in `placement`.
    pub(super) fn counts(&self, problem: &Problem, placement: &Placement) -> Vec<Vec<u32>> {
        let (index, partition) = (self.index(problem), &problem.partitions[self.partition.index()]);
        let mut counts = vec![vec![0; self.nodes.len()]; self.sites.len()];
        for (&group, &node) in &self.node_of {
            let members = &problem.traffic.groups[group.index()].members;
            for host in members.iter().filter_map(|&component| placement.host(component)) {
                counts[index[partition.domain_of[host.index()].index()]][node] += 1;
            }
        }
        counts
    }

    /// Per site, how many components without links leave it in `placement`.
    pub(super) fn leaving(&self, problem: &Problem, placement: &Placement) -> Vec<i64> {
        let (index, partition) = (self.index(problem), &problem.partitions[self.partition.index()]);
        let site = |host: HostId| index[partition.domain_of[host.index()].index()];
        let owner = owners(problem, &self.node_of);
        let mut leaving = vec![0; self.sites.len()];
        for (component, host) in placement.iter().filter(|(component, _)| owner[component.index()].is_none())
        {
            if let (Some(from), Some(to)) = (problem.component(component).initial, host)
                && site(from) != site(to)
            {
                leaving[site(from)] += 1;
            }
        }
        leaving
    }

    fn fill(&mut self, problem: &Problem, per_move: &dyn Fn(ComponentId) -> Cost) -> Option<()> {
        let owner = owners(problem, &self.node_of);
        let partition = &problem.partitions[self.partition.index()];
        let mut members: Vec<&[ComponentId]> = vec![&[]; self.node_of.len()];
        for (&group, &node) in &self.node_of {
            members[node] = &problem.traffic.groups[group.index()].members;
        }
        let known: usize = members.iter().map(|list| list.len()).sum();
        let tests = known.saturating_mul(problem.hosts.len());
        if members.len() > MOST_NODES || tests > MOST_TESTS || members.iter().any(|m| m.len() > MOST_MEMBERS)
        {
            return None;
        }
        let owned = |component: ComponentId, node: usize| owner[component.index()] == Some(node);
        let linked = problem.component_ids().filter(|&component| owner[component.index()].is_some());
        let scale = Scale::new(problem, self.partition, linked);
        for (node, list) in members.iter().enumerate() {
            let mut sizes: Vec<i128> =
                list.iter().map(|&c| if owned(c, node) { scale.amount(problem, c) } else { 0 }).collect();
            sizes.sort_unstable();
            let (mut filled, mut cells) = (0, vec![0]);
            for size in sizes {
                filled += size;
                if scale.is_limited() && filled > scale.largest() {
                    break;
                }
                cells.push(scale.down(filled));
            }
            let counted = list.iter().all(|&component| owned(component, node));
            let cheapest = list.iter().map(|&component| per_move(component)).min().unwrap_or(0);
            self.nodes.push(Node {
                count: list.len() as u32,
                most: cells.len() as u32 - 1,
                cells,
                arrival: if counted { scaled_down(cheapest, self.shift) } else { 0 },
                counted,
            });
        }
        let mut hosts = vec![Vec::new(); partition.domains.len()];
        problem.host_ids().for_each(|host| hosts[partition.domain_of[host.index()].index()].push(host));
        for (domain, hosts) in hosts.iter().enumerate().filter(|(_, hosts)| !hosts.is_empty()) {
            let here = |&&c: &&ComponentId| hosts.iter().any(|&host| problem.may_be_on(c, host));
            let allowed = members.iter().map(|list| list.iter().filter(here).count() as u32).collect();
            let cells = scale.cells(domain);
            self.sites.push(Site { cells, allowed, start: Vec::new(), others: 0, movable: Vec::new() });
        }
        if self.moves.is_some() || self.nodes.iter().any(|node| node.arrival > 0) {
            self.fill_start(problem, &members, &owner, &scale);
        }
        Some(())
    }

    /// Who is where at the start, for what counts moves.
    fn fill_start(
        &mut self,
        problem: &Problem,
        members: &[&[ComponentId]],
        owner: &[Option<usize>],
        scale: &Scale,
    ) {
        let (index, partition) = (self.index(problem), &problem.partitions[self.partition.index()]);
        let site_of = |host: HostId| index[partition.domain_of[host.index()].index()];
        for (node, list) in members.iter().enumerate() {
            let waiting = list.iter().filter(|&&c| problem.component(c).initial.is_none()).count() as u32;
            self.sites.iter_mut().for_each(|site| site.start.push(waiting));
            for host in list.iter().filter_map(|&c| problem.component(c).initial) {
                self.sites[site_of(host)].start[node] += 1;
            }
        }
        let mut others = vec![0_i128; self.sites.len()];
        for component in problem.component_ids().filter(|c| owner[c.index()].is_none()) {
            let c = problem.component(component);
            let Some(host) = c.initial else { continue };
            let amount = scale.amount(problem, component);
            others[site_of(host)] += amount;
            if !c.pinned && c.moving_from.is_none() {
                self.sites[site_of(host)].movable.push(scale.up(amount));
            }
        }
        for (site, others) in self.sites.iter_mut().zip(others) {
            site.others = scale.down(others);
            site.movable.sort_unstable_by_key(|&cells| std::cmp::Reverse(cells));
        }
    }
}

/// The node that a component fills cells and is moved for: the largest it belongs to.
fn owners(problem: &Problem, node_of: &BTreeMap<GroupId, usize>) -> Vec<Option<usize>> {
    let size = |group: &GroupId| problem.traffic.groups[group.index()].members.len();
    let owner = |component: &colocate_model::Component| {
        let groups = component.groups.iter().filter(|group| node_of.contains_key(group));
        groups.max_by_key(|group| (size(group), std::cmp::Reverse(group.index()))).map(|group| node_of[group])
    };
    problem.components.iter().map(owner).collect()
}

/// numerator / denominator x 2^shift, rounded up.
fn scaled_up(numerator: i128, denominator: i128, shift: i32) -> Option<i64> {
    let (numerator, denominator) = if shift >= 0 {
        (numerator.checked_mul(1 << shift)?, denominator)
    } else {
        (numerator, denominator.checked_mul(1 << -shift)?)
    };
    i64::try_from(numerator / denominator + i128::from(numerator % denominator > 0)).ok()
}

/// cost x 2^shift, rounded down and limited.
fn scaled_down(cost: Cost, shift: i32) -> i64 {
    let cost = i128::from(cost);
    let units = if shift >= 0 { cost << shift } else { cost >> -shift };
    units.min(1 << (BITS + 1)) as i64
}
