//! An agent: the threads that probe, and what others see of them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::watch;

use crate::change::{Change, ChangeDetector};
use crate::clock::Clock;
use crate::config::ProbeConfig;
use crate::counters::Counters;
use crate::key::Keys;
use crate::members::{Member, Members};
use crate::plan::Round;
use crate::probe::PeerId;
use crate::reactor::Reactor;
use crate::samples::PathSamples;
use crate::slot::{Method, Slot, SlotPath, Window};
use crate::socket::Socket;

/// A running agent; it stops when it is dropped.
#[derive(Debug)]
pub struct Agent {
    shared: Arc<Shared>,
    address: SocketAddr,
    thread: Mutex<Option<JoinHandle<io::Result<()>>>>,
}

/// What the threads of an agent share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) me: PeerId,
    pub(crate) host: String,
    /// When it started, in ns since 1970.
    pub(crate) started_ns: i64,
    pub(crate) config: ProbeConfig,
    pub(crate) keys: Keys,
    pub(crate) counters: Counters,
    pub(crate) stop: AtomicBool,
    members: Mutex<Arc<Members>>,
    /// Pairs of domains that somebody wants measured more often, and until when, in ms since 1970.
    wanted: Mutex<BTreeMap<(String, String), i64>>,
    state: Mutex<State>,
    closed: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    window: Window,
    /// Samples of other methods than UDP of the round that goes on.
    open: BTreeMap<(PeerId, Method), SlotPath>,
    /// All since the start, by the domain of the peer, for whoever scrapes.
    totals: BTreeMap<(String, Method), PathSamples>,
    detectors: BTreeMap<PeerId, ChangeDetector>,
    changes: u64,
    round: Round,
    reliable: bool,
}

/// The most pairs of domains that may be asked for.
const WANTED: usize = 1_000;
/// The most domains whose totals are kept for whoever scrapes, so that a page stays short.
pub const DOMAINS: usize = 256;

impl Agent {
    /// Probes and echoes on `listen` from now on, as `host`, once [`Agent::know`] has told it of the others.
    ///
    /// # Errors
    /// When the address or a thread is not to be had.
    pub fn start(host: &str, listen: SocketAddr, keys: Keys, config: ProbeConfig) -> io::Result<Self> {
        let socket = Socket::bind(listen)?;
        let address = socket.local_addr()?;
        let state = State {
            window: Window::new(i64::from(config.window_s) * 1_000),
            open: BTreeMap::new(),
            totals: BTreeMap::new(),
            detectors: BTreeMap::new(),
            changes: 0,
            round: Round { peers: Vec::new(), pair_rounds: 0, domain_rounds: 0 },
            reliable: true,
        };
        let shared = Arc::new(Shared {
            me: PeerId::of(host),
            host: host.to_owned(),
            started_ns: Clock::new().wall_ns(),
            config,
            keys,
            counters: Counters::default(),
            stop: AtomicBool::new(false),
            members: Mutex::default(),
            wanted: Mutex::default(),
            state: Mutex::new(state),
            closed: watch::Sender::new(0),
        });
        let reactor = Reactor::new(shared.clone(), socket);
        let thread = std::thread::Builder::new().name("probes".into()).spawn(move || reactor.run())?;
        Ok(Self { shared, address, thread: Mutex::new(Some(thread)) })
    }

    /// The id of the host.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.shared.host
    }

    /// The host as it is listed among the hosts, if it is.
    #[must_use]
    pub fn here(&self) -> Option<Arc<Member>> {
        self.shared.members().get(self.shared.me).cloned()
    }

    /// The partition whose pairs of domains it measures.
    #[must_use]
    pub fn level(&self) -> &str {
        &self.shared.config.level
    }

    /// A number that is another, and larger, one whenever the agent starts.
    #[must_use]
    pub fn session(&self) -> u64 {
        self.shared.started_ns.unsigned_abs()
    }

    /// Where it echoes.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// These are the hosts, itself among them, from the next round on.
    pub fn know(&self, members: Arc<Members>) {
        *lock(&self.shared.members) = members;
    }

    /// Asks for these pairs of domains to be measured every round until a time, in ms since 1970, as far as the budget
    /// allows; how many were taken.
    pub fn want(&self, pairs: impl IntoIterator<Item = (String, String)>, until_ms: i64) -> usize {
        let mut wanted = lock(&self.shared.wanted);
        let mut taken = 0;
        for pair in pairs {
            if wanted.len() < WANTED || wanted.contains_key(&pair) {
                wanted.insert(pair, until_ms);
                taken += 1;
            }
        }
        taken
    }

    /// The slots that begin after a time, in ms since 1970, the oldest first.
    #[must_use]
    pub fn slots_after(&self, time_ms: i64) -> Vec<Arc<Slot>> {
        lock(&self.shared.state).window.after(time_ms)
    }

    /// Changes with every slot that is over.
    #[must_use]
    pub fn closed(&self) -> watch::Receiver<u64> {
        self.shared.closed.subscribe()
    }

    /// What it counts.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    /// All that was measured since the start and is believed, by the domain of the peers and the method.
    #[must_use]
    pub fn totals(&self) -> Vec<(String, Method, PathSamples)> {
        let state = lock(&self.shared.state);
        state
            .totals
            .iter()
            .map(|((domain, method), samples)| (domain.clone(), *method, samples.clone()))
            .collect()
    }

    /// Whom it probes in the round that goes on.
    #[must_use]
    pub fn round(&self) -> Round {
        lock(&self.shared.state).round.clone()
    }

    /// How many changes it has told of.
    #[must_use]
    pub fn changes(&self) -> u64 {
        lock(&self.shared.state).changes
    }

    /// Whether what was measured in the last round is believed.
    #[must_use]
    pub fn is_reliable(&self) -> bool {
        lock(&self.shared.state).reliable
    }

    /// Whether the thread still runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        lock(&self.thread).as_ref().is_some_and(|thread| !thread.is_finished())
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }

    /// Stops, and waits until the thread has.
    ///
    /// # Errors
    /// What ended the thread before.
    pub fn stop(&self) -> io::Result<()> {
        self.shared.stop.store(true, Ordering::Relaxed);
        let Some(thread) = lock(&self.thread).take() else { return Ok(()) };
        thread.join().unwrap_or_else(|_| Err(io::Error::other("the thread that probes panicked")))
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::error!(%error, "the thread that probes has failed");
        }
    }
}

impl Shared {
    pub(crate) fn members(&self) -> Arc<Members> {
        lock(&self.members).clone()
    }

    /// The pairs that are wanted at a time.
    pub(crate) fn wanted(&self, now_ms: i64) -> BTreeSet<(String, String)> {
        let mut wanted = lock(&self.wanted);
        wanted.retain(|_, until_ms| *until_ms > now_ms);
        wanted.keys().cloned().collect()
    }

    pub(crate) fn planned(&self, round: &Round) {
        lock(&self.state).round.clone_from(round);
    }

    /// Adds what another method than UDP measured.
    pub(crate) fn add(&self, peer: PeerId, path: SlotPath) {
        let mut state = lock(&self.state);
        match state.open.get_mut(&(peer, path.method)) {
            Some(open) => open.samples.merge(&path.samples),
            None => drop(state.open.insert((peer, path.method), path)),
        }
    }

    /// A round is over.
    pub(crate) fn close(&self, mut slot: Slot) {
        let mut guard = lock(&self.state);
        let state = &mut *guard;
        let others = std::mem::take(&mut state.open).into_values();
        self.counters.rounds.fetch_add(1, Ordering::Relaxed);
        state.reliable = slot.unreliable.is_none();
        if let Some(unreliable) = slot.unreliable {
            self.counters.unreliable.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(host = self.host, %unreliable, "unreliable: what was measured in this round is discarded");
        } else {
            slot.paths.extend(others);
        }
        let level = &self.config.level;
        for path in &slot.paths {
            let key = (path.peer.domain(level).unwrap_or_default().to_owned(), path.method);
            if state.totals.len() < DOMAINS || state.totals.contains_key(&key) {
                state.totals.entry(key).or_default().merge(&path.samples);
            }
            if path.method == Method::Udp {
                let detector = state.detectors.entry(PeerId::of(&path.peer.host)).or_default();
                for change in detector.observe(&path.samples) {
                    state.changes += 1;
                    tell(&path.peer.host, change);
                }
            }
        }
        let members = self.members();
        state.detectors.retain(|peer, _| members.get(*peer).is_some());
        state.window.push(slot);
        drop(guard);
        self.closed.send_modify(|closed| *closed += 1);
    }
}

fn tell(peer: &str, change: Change) {
    match change {
        Change::RoundTrip { from_ns, to_ns } => {
            let (from_us, to_us) = ((from_ns / 1e3).round(), (to_ns / 1e3).round());
            tracing::warn!(peer, from_us, to_us, "the round trip has changed");
        }
        Change::Loss { from, to } => tracing::warn!(peer, from, to, "more is lost"),
    }
}

/// The time on the wall, in ms since 1970.
#[must_use]
pub fn now_ms() -> i64 {
    Clock::new().wall_ns() / 1_000_000
}

/// What a thread that panicked has left behind is whole: nothing here is changed half-way.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
