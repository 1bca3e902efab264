//! What a plan says about a directive: its rack, its reason, and the peers it comes close to.

use colocate_model::{
    Channel, ChannelKind, ComponentId, Endpoint, GroupId, HostId, HostState, PartitionId, Placement, Problem,
    Term, Terms, UNLIMITED,
};

use super::Hop;

/// Reasons given for one directive.
const REASONS: usize = 3;

/// What is known before the first directive.
#[derive(Debug)]
pub(super) struct Words<'p> {
    problem: &'p Problem,
    /// Where components are at the start and at the end.
    start: Placement,
    end: Placement,
    racks: PartitionId,
    /// What each host, or a domain it lies in, is over by most at the start: (a soft limit, a capacity).
    over: Vec<(Option<Excess>, Option<Excess>)>,
}

/// A limit that is passed, and by how much.
#[derive(Debug, Clone)]
struct Excess {
    words: String,
    /// Domain it holds for; `None` for the host.
    domain: Option<PartitionId>,
}

impl<'p> Words<'p> {
    pub(super) fn new(problem: &'p Problem, end: &Placement) -> Self {
        let start = problem.initial_placement();
        let over = excesses(problem, &start);
        let racks = problem.racks();
        Self { problem, start, end: end.clone(), racks, over }
    }

    /// The name of the rack of `host`.
    pub(super) fn rack(&self, host: HostId) -> &'p str {
        let partition = &self.problem.partitions[self.racks.index()];
        &partition.domains[partition.domain_of[host.index()].index()].name
    }

    /// Why, most important first.
    pub(super) fn reason(&self, hop: &Hop, parking: bool, gain: &Terms) -> String {
        let Some(from) = hop.from else { return "it has no host yet".to_owned() };
        let source = self.problem.host(from);
        if parking {
            return format!("makes room on {} for others", source.name);
        }
        let mut reasons = Vec::new();
        match source.state {
            HostState::Draining => reasons.push(format!("{} is draining", source.name)),
            HostState::Down => reasons.push(format!("{} is down", source.name)),
            HostState::Ready => {}
        }
        let (soft, hard) = &self.over[from.index()];
        let outside = |excess: &&Excess| {
            excess.domain.is_none_or(|p| self.problem.domain(p, from) != self.problem.domain(p, hop.to))
        };
        if gain.get(Term::Violation) > 0 && reasons.is_empty() {
            let words = hard.as_ref().filter(outside).map(|excess| excess.words.clone());
            reasons.push(words.unwrap_or_else(|| "a rule that was broken holds again".to_owned()));
        }
        if gain.get(Term::Overload) > 0 {
            let words = soft.as_ref().filter(outside).map(|excess| excess.words.clone());
            reasons.push(words.unwrap_or_else(|| "less load above limits".to_owned()));
        }
        if gain.get(Term::Latency) > 0 {
            let peer = self.nearer(hop).map(|peer| format!("latency to {peer}"));
            reasons.push(peer.unwrap_or_else(|| "latency".to_owned()));
        }
        let others = [
            (Term::NetworkCost, "fewer bytes over paid paths"),
            (Term::Energy, "less power"),
            (Term::Balance, "better balance"),
        ];
        reasons.extend(others.iter().filter(|e| gain.get(e.0) > 0).map(|e| e.1.to_owned()));
        reasons.truncate(REASONS);
        if reasons.is_empty() { "pays together with other moves".to_owned() } else { reasons.join("; ") }
    }

    /// The name of the end of an edge that this hop saves most latency to.
    fn nearer(&self, hop: &Hop) -> Option<&'p str> {
        let from = hop.from?;
        let mut best: Option<(i128, GroupId)> = None;
        for (edge, other) in self.ends(hop.component) {
            let edge = &self.problem.traffic.edges[edge];
            let members = &self.problem.traffic.groups[other.index()].members;
            let calls: i128 = edge.calls.iter().map(|&calls| i128::from(calls)).sum();
            let mean = |host: HostId, placement: &Placement| {
                let peers = members.iter().filter(|&&m| m != hop.component);
                let prices = peers.filter_map(|&m| placement.host(m));
                prices.map(|peer| i128::from(self.problem.path_price(0, host, peer))).sum::<i128>()
            };
            let saved = (mean(from, &self.start) - mean(hop.to, &self.end)) * calls / members.len() as i128;
            if saved > 0 && best.is_none_or(|(known, _)| saved > known) {
                best = Some((saved, other));
            }
        }
        best.map(|(_, group)| match self.problem.traffic.groups[group.index()].endpoint {
            Endpoint::Service(service) => self.problem.service(service).name.as_str(),
            Endpoint::Component(component) => self.problem.component(component).name.as_str(),
        })
    }

    /// Peers on the same host or in the same rack when the plan has ended.
    pub(super) fn channels(&self, hop: &Hop) -> Vec<Channel> {
        let rack = self.problem.domain(self.racks, hop.to);
        let mut channels = Vec::new();
        for (_, other) in self.ends(hop.component) {
            for &peer in &self.problem.traffic.groups[other.index()].members {
                let Some(host) = self.end.host(peer).filter(|_| peer != hop.component) else { continue };
                if host == hop.to {
                    channels.push(Channel { peer, kind: ChannelKind::SameHost });
                } else if self.problem.domain(self.racks, host) == rack {
                    channels.push(Channel { peer, kind: ChannelKind::SameRack });
                }
            }
        }
        channels.sort_by_key(|channel| channel.peer);
        channels.dedup();
        channels
    }

    /// The edges of a component and their other ends.
    fn ends(&self, component: ComponentId) -> impl Iterator<Item = (usize, GroupId)> + '_ {
        let groups = &self.problem.component(component).groups;
        groups.iter().flat_map(move |&group| {
            self.problem.traffic.groups[group.index()].edges.iter().map(move |edge| {
                let ends = &self.problem.traffic.edges[edge.index()];
                (edge.index(), if ends.from == group { ends.to } else { ends.from })
            })
        })
    }
}

/// What each host and its domains are over by most.
fn excesses(problem: &Problem, placement: &Placement) -> Vec<(Option<Excess>, Option<Excess>)> {
    let (dimensions, steps) = (problem.dimensions(), problem.steps());
    let mut loads: Vec<Vec<i64>> = problem
        .hosts
        .iter()
        .map(|host| host.base.iter().flat_map(|&base| vec![base; steps]).collect())
        .collect();
    for (component, host) in placement.iter() {
        if let Some(host) = host {
            let load = &mut loads[host.index()];
            load.iter_mut().zip(problem.demand(component)).for_each(|(load, d)| *load += d);
        }
    }
    let mut over: Vec<(Option<Excess>, Option<Excess>)> = Vec::new();
    for (host, load) in problem.hosts.iter().zip(&loads) {
        let most = |limits: &[i64], what: &str| most(problem, &host.name, load, limits, what, None);
        over.push((most(&host.soft_limit, "limit"), most(&host.capacity, "capacity")));
    }
    for (index, partition) in problem.partitions.iter().enumerate().skip(1) {
        let finite = |limit: &i64| *limit != UNLIMITED;
        if !partition.domains.iter().any(|d| d.capacity.iter().chain(&d.soft_limit).any(finite)) {
            continue;
        }
        let mut sums = vec![vec![0; dimensions]; partition.domains.len()];
        for (load, domain) in loads.iter().zip(&partition.domain_of) {
            sums[domain.index()].iter_mut().zip(load).for_each(|(sum, load)| *sum += load);
        }
        for (host, domain) in partition.domain_of.iter().enumerate() {
            let (limits, load) = (&partition.domains[domain.index()], &sums[domain.index()]);
            let most = |amounts: &[i64], what: &str| {
                most(problem, &limits.name, load, amounts, what, Some(PartitionId::new(index)))
            };
            keep(&mut over[host].0, most(&limits.soft_limit, "limit"));
            keep(&mut over[host].1, most(&limits.capacity, "capacity"));
        }
    }
    over
}

fn keep(known: &mut Option<Excess>, other: Option<Excess>) {
    // A rack over its limit says more than one of its hosts.
    if other.is_some() {
        *known = other;
    }
}

/// The limit that is passed by the largest part of it.
fn most(
    problem: &Problem,
    name: &str,
    load: &[i64],
    limits: &[i64],
    what: &str,
    domain: Option<PartitionId>,
) -> Option<Excess> {
    let steps = problem.steps();
    let mut worst: Option<(i64, usize, usize)> = None;
    for (resource, &limit) in limits.iter().enumerate() {
        if limit == UNLIMITED || limit <= 0 {
            continue;
        }
        for step in 0..steps {
            let over = i128::from(load[resource * steps + step] - limit) * 1_000_000 / i128::from(limit);
            let over = over as i64;
            if over > 0 && worst.is_none_or(|(known, ..)| over > known) {
                worst = Some((over, resource, step));
            }
        }
    }
    worst.map(|(ppm, resource, step)| {
        let percent = ((ppm + 5_000) / 10_000).max(1);
        let weights = &problem.step_weights;
        let before: i64 = weights[..step].iter().sum();
        let seconds = problem.horizon_s * before / problem.total_step_weight().max(1);
        let when = if seconds > 0 { format!(" in {} min", seconds / 60) } else { String::new() };
        let words =
            format!("{name} {} over its {what} by {percent} %{when}", problem.resources[resource].name);
        Excess { words, domain }
    })
}
