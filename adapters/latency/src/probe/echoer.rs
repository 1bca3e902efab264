//! Who answers probes, and whom.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::datagram::{Datagram, Echo, PeerId};
use super::refusal::Refusal;
use super::replay::ReplayWindow;
use crate::members::Members;

/// Answers the authentic probes of known hosts, each once; a function of what it is given, the time included.
#[derive(Debug)]
pub(crate) struct Echoer {
    me: PeerId,
    /// When it started, in ns since 1970, which names its session.
    session: u64,
    limits: EchoLimits,
    peers: BTreeMap<PeerId, Peer>,
}

/// What a prober may ask for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EchoLimits {
    /// By how much the clocks of two hosts may differ, in ns. What is older may be a replay from before this session.
    pub(crate) clock_difference_ns: i64,
    /// How many answers a host gets in a second.
    pub(crate) answers_per_s: u32,
}

#[derive(Debug, Default)]
struct Peer {
    addresses: Vec<IpAddr>,
    replays: ReplayWindow,
    second: i64,
    answers: u32,
}

impl Echoer {
    pub(crate) fn new(me: PeerId, started_ns: i64, limits: EchoLimits) -> Self {
        Self { me, session: started_ns as u64, limits, peers: BTreeMap::new() }
    }

    /// From now on these are known. What has been seen of those that stay is kept.
    pub(crate) fn know(&mut self, members: &Members) {
        self.peers.retain(|id, _| members.get(*id).is_some());
        for (id, member) in members.iter().filter(|(id, _)| *id != self.me) {
            self.peers.entry(id).or_default().addresses.clone_from(&member.addresses);
        }
    }

    /// The echo of an authentic probe that came from `source` at `arrived_ns`; who sends it sets `answered_ns`.
    ///
    /// # Errors
    /// Why it gets none.
    pub(crate) fn answer(
        &mut self,
        probe: &Datagram,
        source: IpAddr,
        arrived_ns: i64,
        starved: bool,
    ) -> Result<Datagram, Refusal> {
        let peer = self.peers.get_mut(&probe.from).ok_or(Refusal::Stranger)?;
        if !peer.addresses.contains(&source.to_canonical()) {
            return Err(Refusal::Address);
        }
        let far = probe.sent_ns.saturating_sub(arrived_ns).saturating_abs() > self.limits.clock_difference_ns;
        // Of what was sent before it started it cannot know whether it has answered it already.
        if far || probe.sent_ns < self.session as i64 {
            return Err(Refusal::Stale);
        }
        if !peer.replays.admit(probe.session, probe.sequence) {
            return Err(Refusal::Replayed);
        }
        let second = arrived_ns.div_euclid(1_000_000_000);
        if second != peer.second {
            (peer.second, peer.answers) = (second, 0);
        }
        if peer.answers >= self.limits.answers_per_s {
            return Err(Refusal::RateLimit);
        }
        peer.answers += 1;
        let echo = Echo { arrived_ns, answered_ns: arrived_ns, session: self.session };
        Ok(Datagram { from: self.me, to: probe.from, starved, echo: Some(echo), ..*probe })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::members::Member;

    const SECOND: i64 = 1_000_000_000;
    const START: i64 = 1_000 * SECOND;

    fn echoer() -> Echoer {
        let limits = EchoLimits { clock_difference_ns: 30 * SECOND, answers_per_s: 3 };
        let mut echoer = Echoer::new(PeerId::of("me"), START, limits);
        echoer.know(&members(&["me", "a"]));
        echoer
    }

    fn members(hosts: &[&str]) -> Members {
        let member = |(place, host): (usize, &&str)| Member {
            host: (*host).into(),
            addresses: vec![IpAddr::from([10, 0, 0, place as u8])],
            port: 1,
            tcp_port: None,
            domains: BTreeMap::new(),
        };
        Members::new(hosts.iter().enumerate().map(member)).unwrap()
    }

    fn probe(from: &str, sequence: u64, sent_ns: i64) -> Datagram {
        let (from, to) = (PeerId::of(from), PeerId::of("me"));
        Datagram { from, to, starved: false, session: 1, sequence, sent_ns, echo: None }
    }

    const A: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

    #[test]
    fn a_known_host_is_answered_once() {
        let (mut echoer, now) = (echoer(), START + SECOND);
        let echo = echoer.answer(&probe("a", 1, now), A, now + 5, true).unwrap();
        assert_eq!((echo.to, echo.sequence, echo.sent_ns, echo.starved), (PeerId::of("a"), 1, now, true));
        assert_eq!(echo.echo.unwrap().arrived_ns, now + 5);
        assert_eq!(echoer.answer(&probe("a", 1, now), A, now + 6, false), Err(Refusal::Replayed));
    }

    #[test]
    fn others_are_not_and_leave_no_trace() {
        let (mut echoer, now) = (echoer(), START + SECOND);
        let elsewhere = IpAddr::from([10, 9, 9, 9]);
        let mut refused = |probe: Datagram, source| echoer.answer(&probe, source, now, false).unwrap_err();
        assert_eq!(refused(probe("b", 1, now), A), Refusal::Stranger);
        assert_eq!(refused(probe("a", 1, now), elsewhere), Refusal::Address);
        assert_eq!(refused(probe("a", 1, now - 31 * SECOND), A), Refusal::Stale);
        assert_eq!(refused(probe("a", 1, i64::MAX), A), Refusal::Stale);
        assert_eq!(refused(probe("a", 1, i64::MIN), A), Refusal::Stale);
        assert_eq!(refused(probe("a", 1, START - 1), A), Refusal::Stale, "sent before it started");
        assert!(
            echoer.answer(&probe("a", 1, now), A, now, false).is_ok(),
            "none of them has used up the number"
        );
    }

    #[test]
    fn nobody_gets_more_than_the_limit() {
        let (mut echoer, now) = (echoer(), START + SECOND);
        let mut ask = |sequence, at| echoer.answer(&probe("a", sequence, at), A, at, false);
        (1..=3).for_each(|sequence| assert!(ask(sequence, now).is_ok()));
        assert_eq!(ask(4, now), Err(Refusal::RateLimit));
        assert!(ask(5, now + SECOND).is_ok());
    }

    #[test]
    fn a_host_that_left_is_a_stranger() {
        let (mut echoer, now) = (echoer(), START + SECOND);
        echoer.know(&members(&["me", "c", "d"]));
        assert_eq!(echoer.answer(&probe("a", 1, now), A, now, false), Err(Refusal::Stranger));
    }
}
