//! Whom a host probes, and when.

use std::collections::{BTreeMap, BTreeSet};

use crate::members::{Member, Members};
use crate::probe::PeerId;

/// What a plan keeps to.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanLimits {
    /// The partition whose pairs of domains are measured.
    pub level: String,
    /// The most hosts that a host probes in a round.
    pub peers: usize,
    /// Rounds within which every pair of domains is to be measured, if the budget allows it.
    pub refresh_rounds: u64,
}

/// Whom a host probes in a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// The hosts, in the order in which they are probed.
    pub peers: Vec<PeerId>,
    /// Rounds within which every pair that begins in this domain is measured.
    pub pair_rounds: u64,
    /// Rounds within which this host has probed all others of its domain.
    pub domain_rounds: u64,
}

/// The plan of a cluster: a function of its hosts, so that all agents come to the same one without a word.
///
/// Inside a domain everybody probes everybody, in several rounds where they are more than the budget. A pair of domains is
/// measured by one host of the first, towards one of the second, both drawn anew each round by rendezvous hashing (Thaler
/// and Ravishankar 1998), within what the budgets of the hosts leave (bounded loads: Mirrokni et al. 2018). Where that is
/// less than there are pairs, they take turns: `pair_rounds` is then the age that every pair is refreshed within. What is
/// left over goes to the pairs that were asked for.
#[derive(Debug)]
pub struct Plan<'a> {
    limits: &'a PlanLimits,
    domains: BTreeMap<&'a str, Vec<PeerId>>,
}

impl<'a> Plan<'a> {
    /// The plan of these hosts; those without a domain at the level are left out.
    #[must_use]
    pub fn new(members: &'a Members, limits: &'a PlanLimits) -> Self {
        let mut domains: BTreeMap<&str, Vec<PeerId>> = BTreeMap::new();
        for (id, member) in members.iter() {
            if let Some(domain) = member.domain(&limits.level) {
                domains.entry(domain).or_default().push(id);
            }
        }
        Self { limits, domains }
    }

    /// Whom `me` probes in a round, with the pairs of domains that somebody wants measured more often.
    #[must_use]
    pub fn round(
        &self,
        me: PeerId,
        member: &Member,
        round: u64,
        wanted: &BTreeSet<(String, String)>,
    ) -> Round {
        let domain = member.domain(&self.limits.level).unwrap_or_default();
        let alone = [me];
        let hosts = self.domains.get(domain).map_or(&alone[..], Vec::as_slice);
        let share = self.share(hosts.len());
        let mut peers = self.inside(me, hosts, share.inside, round);
        peers.extend(self.across(me, domain, hosts, &share, round, wanted));
        // Whoever comes first in one round comes anywhere in the next.
        peers.sort_by_key(|peer| hash(&[me.0, peer.0, round]));
        peers.dedup();
        Round { peers, pair_rounds: share.pair_rounds, domain_rounds: share.domain_rounds }
    }

    /// How the budget of each of `hosts` hosts is split.
    fn share(&self, hosts: usize) -> Share {
        let others = self.domains.len().saturating_sub(1);
        let budget = self.limits.peers.max(1);
        let mates = hosts.saturating_sub(1);
        let turns = |pairs: usize, a_round: usize| pairs.div_ceil(a_round.max(1)).max(1) as u64;
        // Pairs come first: as many a round as the age asks for. Mates take turns where that leaves too little.
        let wanted = others.div_ceil(self.limits.refresh_rounds.max(1) as usize).div_ceil(hosts.max(1));
        let reserved = if others == 0 {
            0
        } else {
            wanted.clamp(1, budget.saturating_sub(usize::from(mates > 0)).max(1))
        };
        let inside = mates.min(budget.saturating_sub(reserved));
        let across = budget - inside;
        let pair_rounds = turns(others, across * hosts);
        let domain_rounds = if mates == 0 { 1 } else { turns(mates, inside) };
        Share { inside, across, pair_rounds, domain_rounds }
    }

    /// The mates that are probed in a round.
    fn inside(&self, me: PeerId, hosts: &[PeerId], inside: usize, round: u64) -> Vec<PeerId> {
        let mut mates: Vec<PeerId> = hosts.iter().copied().filter(|host| *host != me).collect();
        if inside < mates.len() {
            mates.sort_by_key(|mate| hash(&[me.0, mate.0]));
            let turns = mates.len().div_ceil(inside.max(1));
            mates =
                mates.chunks(inside.max(1)).nth((round % turns as u64) as usize).unwrap_or_default().to_vec();
        }
        mates
    }

    /// The hosts of other domains that `me` probes in a round.
    fn across(
        &self,
        me: PeerId,
        domain: &str,
        hosts: &[PeerId],
        share: &Share,
        round: u64,
        wanted: &BTreeSet<(String, String)>,
    ) -> Vec<PeerId> {
        let from = PeerId::of(domain).0;
        let others = self.domains.iter().filter(|(other, _)| **other != domain);
        let mut turns: Vec<(u64, &str, &[PeerId])> = others
            .map(|(other, hosts)| (hash(&[from, PeerId::of(other).0]), *other, hosts.as_slice()))
            .collect();
        turns.sort_unstable();
        // Everybody's turn in this round, then what was asked for as long as there is budget.
        let is_due = |place: usize| place as u64 % share.pair_rounds == round % share.pair_rounds;
        let due = turns.iter().enumerate().filter(|(place, _)| is_due(*place)).map(|(_, turn)| (turn, 0));
        let asked =
            turns.iter().filter(|(_, other, _)| wanted.contains(&(domain.to_owned(), (*other).to_owned())));
        let mut loads: BTreeMap<PeerId, usize> = BTreeMap::new();
        let mut mine = BTreeSet::new();
        for ((_, other, targets), again) in due.chain(asked.map(|turn| (turn, 1))) {
            let other = PeerId::of(other).0;
            let free = |host: &&PeerId| loads.get(host).is_none_or(|load| *load < share.across);
            let Some(prober) =
                hosts.iter().filter(free).max_by_key(|host| hash(&[host.0, other, round, again]))
            else {
                break;
            };
            *loads.entry(*prober).or_default() += 1;
            if *prober == me {
                mine.extend(targets.iter().max_by_key(|target| hash(&[target.0, from, round, again])));
            }
        }
        mine.into_iter().collect()
    }
}

/// How a host's budget is split.
#[derive(Debug)]
struct Share {
    inside: usize,
    across: usize,
    pair_rounds: u64,
    domain_rounds: u64,
}

/// When in a round of `length_ns` the burst to the `place`-th of `peers` begins. Every host begins elsewhere, and no burst
/// keeps its place, so that schedules do not fall into step.
pub(crate) fn offset_ns(
    me: PeerId,
    peer: PeerId,
    round: u64,
    place: usize,
    peers: usize,
    length_ns: i64,
) -> i64 {
    let slice = length_ns / peers.max(1) as i64;
    let shift = (hash(&[me.0, u64::MAX]) % length_ns.max(1) as u64) as i64;
    let within = (hash(&[me.0, peer.0, round, 1]) % slice.max(1) as u64) as i64;
    (place as i64 * slice + within + shift) % length_ns.max(1)
}

/// A hash that every agent computes alike, for drawing lots.
fn hash(words: &[u64]) -> u64 {
    // SplitMix64's finaliser (Steele et al. 2014) over the words.
    words.iter().fold(0x9e37_79b9_7f4a_7c15, |state: u64, word| {
        let mut mixed = (state ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use proptest::prelude::*;

    use super::*;

    /// A cluster of racks with so many hosts.
    fn members(racks: &[usize]) -> Members {
        let hosts =
            racks.iter().enumerate().flat_map(|(rack, hosts)| (0..*hosts).map(move |host| (rack, host)));
        let member = |(rack, host): (usize, usize)| Member {
            host: format!("h{rack}.{host}"),
            addresses: vec![IpAddr::from([10, (rack / 256) as u8, (rack % 256) as u8, host as u8])],
            port: 1,
            tcp_port: None,
            domains: BTreeMap::from([("rack".to_owned(), format!("r{rack}"))]),
        };
        Members::new(hosts.map(member)).unwrap()
    }

    fn limits(peers: usize, refresh_rounds: u64) -> PlanLimits {
        PlanLimits { level: "rack".into(), peers, refresh_rounds }
    }

    type Pairs = BTreeMap<(String, String), Vec<u64>>;

    /// The rounds in which every pair of racks was probed, and the most peers of a host in a round.
    fn probed(
        members: &Members,
        limits: &PlanLimits,
        rounds: u64,
        wanted: &BTreeSet<(String, String)>,
    ) -> (Pairs, usize) {
        let plan = Plan::new(members, limits);
        let (mut pairs, mut most) = (Pairs::new(), 0);
        for round in 0..rounds {
            for (id, member) in members.iter() {
                let peers = plan.round(id, member, round, wanted).peers;
                most = most.max(peers.len());
                for peer in peers {
                    let rack = |member: &Member| member.domain("rack").unwrap().to_owned();
                    pairs.entry((rack(member), rack(members.get(peer).unwrap()))).or_default().push(round);
                }
            }
        }
        (pairs, most)
    }

    #[test]
    fn everybody_in_a_rack_probes_everybody() {
        let (members, limits) = (members(&[4, 1]), limits(50, 1));
        let plan = Plan::new(&members, &limits);
        let me = PeerId::of("h0.0");
        let round = plan.round(me, members.get(me).unwrap(), 0, &BTreeSet::new());
        let mates = ["h0.1", "h0.2", "h0.3"].map(PeerId::of);
        assert!(mates.iter().all(|mate| round.peers.contains(mate)));
        assert_eq!((round.pair_rounds, round.domain_rounds), (1, 1));
    }

    #[test]
    fn a_pair_that_is_asked_for_is_probed_more_often_within_the_budget() {
        let (members, limits) = (members(&[2; 12]), limits(4, 30));
        let pair = ("r3".to_owned(), "r7".to_owned());
        let times = |wanted: &BTreeSet<_>| {
            let (pairs, most) = probed(&members, &limits, 24, wanted);
            assert!(most <= 4);
            pairs[&pair].len()
        };
        let (without, with) = (times(&BTreeSet::new()), times(&BTreeSet::from([pair.clone()])));
        assert!(with * 2 > without * 3, "{without} and {with}");
    }

    #[test]
    fn bursts_of_different_hosts_do_not_fall_into_step() {
        let first = |host: &str| offset_ns(PeerId::of(host), PeerId::of("x"), 3, 0, 10, 10_000);
        let mut offsets: Vec<i64> = (0..100).map(|host| first(&format!("h{host}"))).collect();
        offsets.sort_unstable();
        let gaps = offsets.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(gaps.max().unwrap() < 1_000, "100 hosts leave no tenth of a round empty");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn the_budget_holds_and_no_pair_gets_too_old(
            racks in prop::collection::vec(1..9usize, 1..14),
            peers in 2..20usize,
            refresh in 1..12u64,
        ) {
            let (members, limits) = (members(&racks), limits(peers, refresh));
            let plan = Plan::new(&members, &limits);
            let rounds = 60;
            let (pairs, most) = probed(&members, &limits, rounds, &BTreeSet::new());
            prop_assert!(most <= peers, "{most} peers");
            for (id, member) in members.iter() {
                let age = plan.round(id, member, 0, &BTreeSet::new()).pair_rounds;
                let from = member.domain("rack").unwrap();
                for to in (0..racks.len()).map(|rack| format!("r{rack}")).filter(|to| to != from) {
                    let mut times = pairs[&(from.to_owned(), to)].clone();
                    times.dedup();
                    times.push(rounds);
                    prop_assert!(times[0] < age);
                    prop_assert!(times.windows(2).all(|pair| pair[1] - pair[0] <= age));
                }
            }
        }
    }
}
