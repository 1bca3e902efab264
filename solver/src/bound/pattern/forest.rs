//! Which links a pattern is priced by: a spanning forest, and all links of a few nodes whose counts are tried one by
//! one.

use std::cmp::Reverse;

use super::sites::{Link, Sites};

/// At most so many combinations of counts of the nodes that are tried.
const MOST_COMBINATIONS: usize = 12;

/// Nodes that are looked at for being tried.
const CANDIDATES: usize = 32;

/// A forest over the nodes that are not tried, and what it leaves out.
pub(super) struct Forest {
    /// Every node that is not tried, children before parents.
    pub(super) order: Vec<usize>,
    /// The link to the parent, per node; the parent is its first end.
    pub(super) parent: Vec<Option<Link>>,
    /// Per node, what the link to the parent gains by the parent's count and the node's; empty where there is none.
    pub(super) values: Vec<Vec<Vec<i64>>>,
    /// Per node and count, the most its links can gain: all other ends are there.
    pub(super) reach: Vec<Vec<i64>>,
    /// Per node, the number of its links.
    pub(super) degree: Vec<i64>,
    /// Nodes whose counts are tried.
    pub(super) tried: Vec<usize>,
    /// The links of the tried nodes.
    pub(super) to_tried: Vec<Link>,
    /// The links it covers: of the forest and of the tried nodes.
    pub(super) links: Vec<Link>,
}

impl Forest {
    /// The forest of most gain over `links`, with tried nodes chosen greedily by what they add.
    pub(super) fn new(sites: &Sites, links: &[Link]) -> Self {
        let range = |node: usize| sites.nodes[node].most as usize + 1;
        let (mut tried, mut combinations) = (Vec::new(), 1);
        let linked = most_linked(sites, links);
        let mut best = covered(sites, links, &tried);
        loop {
            let candidates = linked.iter().copied().filter(|node| !tried.contains(node));
            let fitting = candidates.filter(|&node| combinations * range(node) <= MOST_COMBINATIONS);
            let with = |node: usize| {
                let more: Vec<usize> = tried.iter().copied().chain([node]).collect();
                (covered(sites, links, &more), node)
            };
            // What a node adds is weighed against how much longer it makes a pricing.
            let worth = |&(gain, node): &(i64, usize)| (gain - best) / range(node) as i64;
            match fitting.map(with).max_by_key(|entry| (worth(entry), entry.1)) {
                Some((gain, node)) if (gain - best) * 500 > sites.total => {
                    combinations *= range(node);
                    best = gain;
                    tried.push(node);
                }
                _ => return Self::over(sites, links, tried),
            }
        }
    }

    fn over(sites: &Sites, links: &[Link], tried: Vec<usize>) -> Self {
        let nodes = sites.nodes.len();
        let chosen = spanning(sites, links, &tried);
        let mut near = vec![Vec::new(); nodes];
        for link in &chosen {
            let [a, b] = link.ends;
            near[a].push(*link);
            near[b].push(Link { ends: [b, a], ..*link });
        }
        let to_tried: Vec<Link> = touching(links, &tried).copied().collect();
        let mut forest = Self {
            order: Vec::new(),
            parent: vec![None; nodes],
            values: Vec::new(),
            degree: vec![0; nodes],
            reach: sites.nodes.iter().map(|node| vec![0; node.most as usize + 1]).collect(),
            links: chosen.iter().chain(&to_tried).copied().collect(),
            tried,
            to_tried,
        };
        let mut seen = vec![false; nodes];
        // Nodes of many counts at the top: tables below them stay small.
        let mut roots: Vec<usize> = (0..nodes).filter(|node| !forest.tried.contains(node)).collect();
        roots.sort_by_key(|&node| Reverse(near[node].len()));
        for root in roots {
            let mut stack = if seen[root] { Vec::new() } else { vec![root] };
            let first = forest.order.len();
            while let Some(node) = stack.pop() {
                seen[node] = true;
                forest.order.push(node);
                for link in near[node].iter().filter(|link| !seen[link.ends[1]]) {
                    forest.parent[link.ends[1]] = Some(*link);
                    stack.push(link.ends[1]);
                }
            }
            forest.order[first..].reverse();
        }
        for link in &forest.links {
            let [a, b] = link.ends;
            for (near, far, link) in [(a, b, *link), (b, a, Link { ends: [b, a], ..*link })] {
                let counts = link.ends.map(|end| sites.nodes[end].count);
                forest.degree[near] += 1;
                for (count, most) in forest.reach[near].iter_mut().enumerate() {
                    *most += link.value(counts, count as u32, sites.nodes[far].most);
                }
            }
        }
        forest.values =
            forest.parent.iter().map(|link| link.map_or_else(Vec::new, |l| values(sites, &l))).collect();
        forest
    }
}

/// The nodes whose links gain most.
fn most_linked(sites: &Sites, links: &[Link]) -> Vec<usize> {
    let mut gains = vec![0_i64; sites.nodes.len()];
    links
        .iter()
        .flat_map(|link| link.ends.map(|end| (end, link.gain())))
        .for_each(|(end, g)| gains[end] += g);
    let mut nodes: Vec<usize> = (0..gains.len()).collect();
    nodes.sort_by_key(|&node| Reverse(gains[node]));
    nodes.truncate(CANDIDATES);
    nodes
}

/// What a link gains by the counts of its two ends.
fn values(sites: &Sites, link: &Link) -> Vec<Vec<i64>> {
    let [a, b] = link.ends.map(|end| &sites.nodes[end]);
    let row = |count| (0..=b.most).map(|other| link.value([a.count, b.count], count, other)).collect();
    (0..=a.most).map(row).collect()
}

fn touching<'a>(links: &'a [Link], tried: &'a [usize]) -> impl Iterator<Item = &'a Link> {
    links.iter().filter(|link| link.ends.iter().any(|end| tried.contains(end)))
}

/// The gain that the forest and the tried nodes cover.
fn covered(sites: &Sites, links: &[Link], tried: &[usize]) -> i64 {
    spanning(sites, links, tried).iter().chain(touching(links, tried)).map(Link::gain).sum()
}

/// The links of a spanning forest of most gain of the nodes that are not tried.
///
/// # Source
/// Kruskal (1956), "On the shortest spanning subtree of a graph and the traveling salesman problem".
fn spanning(sites: &Sites, links: &[Link], tried: &[usize]) -> Vec<Link> {
    let mut tree: Vec<usize> = (0..sites.nodes.len()).collect();
    fn root(tree: &mut [usize], mut node: usize) -> usize {
        while tree[node] != node {
            tree[node] = tree[tree[node]];
            node = tree[node];
        }
        node
    }
    let mut links: Vec<&Link> = links.iter().collect();
    links.sort_by_key(|link| Reverse(link.gain()));
    let mut chosen = Vec::new();
    for link in links {
        let [a, b] = link.ends.map(|end| root(&mut tree, end));
        if a != b && !link.ends.iter().any(|end| tried.contains(end)) {
            tree[a] = b;
            chosen.push(*link);
        }
    }
    chosen
}
