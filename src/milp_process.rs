//! HiGHS in a process of its own, with a cap on its memory and on its time: a crash in C++ costs a programme, not the
//! answer.
//!
//! The parent starts its own binary with the command `milp-worker` and speaks to it through its pipes in frames of a
//! length, four bytes in little-endian order, and as many bytes of postcard. The worker gets one [`Order`] and, where
//! that is a linear programme that grows, a [`Round`](Order::Round) at a time. It ends when its input does, so that no
//! worker outlives its parent; and the parent ends it when it has heard all it wants to.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use colocate_solver::{
    BackendError, GrowingLp, InProcess, Interrupt, LpRound, LpSolution, MilpBackend, MilpEnd, MilpEvent,
    MilpLimits, MilpStatus, Program, Stop,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The command that a worker is started with.
pub(crate) const WORKER: &str = "milp-worker";
/// Address space of a worker where nothing is said, in MiB.
pub(crate) const MEMORY_MIB: u64 = 4096;
/// How long a worker has to answer once it was asked to stop.
const GRACE: Duration = Duration::from_millis(40);
/// How often the parent looks whether to stop.
const TURN: Duration = Duration::from_millis(5);
/// Longest frame.
const LONGEST: u32 = 1 << 29;

/// What a worker is to do.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Order {
    /// Solve a programme.
    Solve { program: Program, limits: MilpLimits, time: Option<Duration>, memory_mib: u64 },
    /// Begin a linear programme with these rows.
    Grow { rows: Vec<(f64, f64)>, memory_mib: u64 },
    /// Let it grow, and solve it.
    Round(LpRound),
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
enum Message {
    Event(MilpEvent),
    End(MilpEnd),
    Solution(LpSolution),
    Failed(String),
}

/// Runs HiGHS in child processes.
#[derive(Debug, Clone)]
pub(crate) struct ChildProcess {
    /// The binary that knows the command [`WORKER`].
    pub(crate) binary: PathBuf,
    /// Address space of a child, in MiB.
    pub(crate) memory_mib: u64,
}

impl ChildProcess {
    /// This binary, as a worker.
    pub(crate) fn new(memory_mib: u64) -> io::Result<Self> {
        Ok(Self { binary: std::env::current_exe()?, memory_mib })
    }
}

impl MilpBackend for ChildProcess {
    fn solve(
        &self,
        program: &Program,
        limits: &MilpLimits,
        stop: &Stop,
        events: &mut (dyn FnMut(MilpEvent) + Send),
    ) -> Result<MilpEnd, BackendError> {
        let mut worker = Worker::start(self)?;
        let (program, limits, time) = (program.clone(), *limits, stop.remaining());
        worker.give(Order::Solve { program, limits, time, memory_mib: self.memory_mib });
        let mut asked: Option<Instant> = None;
        loop {
            match worker.hear()? {
                Some(Message::Event(event)) => events(event),
                Some(Message::End(end)) => return Ok(end),
                Some(Message::Solution(_)) => return Err(worker.lost("it answered another question")),
                Some(Message::Failed(why)) => return Err(BackendError::Lost(why)),
                None => {}
            }
            if stop.reason().is_some() {
                worker.ask_to_stop();
                if asked.get_or_insert_with(Instant::now).elapsed() > GRACE {
                    // What it has reported counts.
                    let status = MilpStatus::Stopped;
                    return Ok(MilpEnd { status, bound: f64::NEG_INFINITY, nodes: 0 });
                }
            }
        }
    }

    fn grow(&self, rows: &[(f64, f64)], stop: &Stop) -> Result<Box<dyn GrowingLp>, BackendError> {
        let worker = Worker::start(self)?;
        worker.give(Order::Grow { rows: rows.to_vec(), memory_mib: self.memory_mib });
        Ok(Box::new(ChildLp { worker, stop: stop.clone() }))
    }
}

/// A linear programme in a child process.
struct ChildLp {
    worker: Worker,
    stop: Stop,
}

impl GrowingLp for ChildLp {
    fn solve(&mut self, round: &LpRound) -> Result<LpSolution, BackendError> {
        self.worker.give(Order::Round(round.clone()));
        loop {
            match self.worker.hear()? {
                Some(Message::Solution(solution)) => return Ok(solution),
                Some(Message::Failed(why)) => return Err(BackendError::Lost(why)),
                Some(_) => return Err(self.worker.lost("it answered another question")),
                // The bound needs the answer, so that there is nothing to wait for.
                None if self.stop.reason().is_some() => return Err(self.worker.lost("time was up")),
                None => {}
            }
        }
    }
}

/// A child process, which ends with this at the latest.
struct Worker {
    child: Child,
    /// Orders on their way; without it the input of the worker ends.
    orders: Option<Sender<Order>>,
    messages: Receiver<Message>,
}

impl Worker {
    fn start(backend: &ChildProcess) -> Result<Self, BackendError> {
        let mut child = Command::new(&backend.binary)
            .arg(WORKER)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(BackendError::Spawn)?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (orders, taken) = channel::<Order>();
        let (said, messages) = channel();
        let worker = Self { child, orders: Some(orders), messages };
        let Some((mut input, mut output)) = pipes else {
            return Err(BackendError::Lost("it has no pipes".to_owned()));
        };
        // A worker that takes no order must not hold the parent up. Ends with the orders, or with the worker.
        std::thread::spawn(move || {
            while let Ok(order) = taken.recv() {
                if write_frame(&mut input, &order).is_err() {
                    break;
                }
            }
        });
        // Ends with the output of the worker.
        std::thread::spawn(move || {
            while let Ok(message) = read_frame::<Message>(&mut output) {
                if said.send(message).is_err() {
                    break;
                }
            }
        });
        Ok(worker)
    }

    /// Gives an order; one that does not arrive is one without an answer.
    fn give(&self, order: Order) {
        if let Some(orders) = &self.orders {
            let _ = orders.send(order);
        }
    }

    /// What it says within a turn.
    fn hear(&mut self) -> Result<Option<Message>, BackendError> {
        match self.messages.recv_timeout(TURN) {
            Ok(message) => Ok(Some(message)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(self.lost("it ended without an answer")),
        }
    }

    /// The end of its input asks it to stop.
    fn ask_to_stop(&mut self) {
        self.orders = None;
    }

    /// Ends it, and says why.
    fn lost(&mut self, why: &str) -> BackendError {
        let status = self.end();
        BackendError::Lost(status.map_or_else(|_| why.to_owned(), |status| format!("{why} ({status})")))
    }

    /// Ends it, if it has not ended by itself.
    fn end(&mut self) -> io::Result<std::process::ExitStatus> {
        let _ = self.child.kill();
        self.child.wait()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// What the child does: one order and all its rounds, from standard input to standard output.
pub(crate) fn work() -> io::Result<()> {
    let order: Order = read_frame(&mut io::stdin().lock())?;
    let (Order::Solve { memory_mib, .. } | Order::Grow { memory_mib, .. }) = order else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    rlimit::Resource::AS.set(memory_mib << 20, memory_mib << 20)?;
    // The end of the input stops the work.
    let interrupt = Interrupt::default();
    let asked = interrupt.clone();
    let (send, rounds) = channel();
    std::thread::spawn(move || {
        while let Ok(Order::Round(round)) = read_frame(&mut io::stdin().lock()) {
            let _ = send.send(round);
        }
        asked.interrupt();
    });
    match order {
        Order::Solve { program, limits, time, .. } => solve(&program, &limits, &Stop::new(time, interrupt)),
        Order::Grow { rows, .. } => grow(&rows, &rounds, &Stop::new(None, interrupt)),
        Order::Round(_) => Ok(()),
    }
}

fn say(message: &Message) -> io::Result<()> {
    write_frame(&mut io::stdout().lock(), message)
}

fn solve(program: &Program, limits: &MilpLimits, stop: &Stop) -> io::Result<()> {
    let ended = InProcess.solve(program, limits, stop, &mut |event| {
        // Where nobody listens any more, the end of the input stops the work.
        let _ = say(&Message::Event(event));
    });
    say(&match ended {
        Ok(end) => Message::End(end),
        Err(error) => Message::Failed(error.to_string()),
    })
}

fn grow(rows: &[(f64, f64)], rounds: &Receiver<LpRound>, stop: &Stop) -> io::Result<()> {
    let failed = |error: BackendError| say(&Message::Failed(error.to_string()));
    let mut programme = match InProcess.grow(rows, stop) {
        Ok(programme) => programme,
        Err(error) => return failed(error),
    };
    while let Ok(round) = rounds.recv() {
        match programme.solve(&round) {
            Ok(solution) => say(&Message::Solution(solution))?,
            Err(error) => return failed(error),
        }
    }
    Ok(())
}

fn write_frame(writer: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let bytes = postcard::to_allocvec(value).map_err(io::Error::other)?;
    let length = u32::try_from(bytes.len()).ok().filter(|&length| length <= LONGEST);
    writer.write_all(&length.ok_or(io::ErrorKind::InvalidData)?.to_le_bytes())?;
    writer.write_all(&bytes)?;
    writer.flush()
}

fn read_frame<T: DeserializeOwned>(reader: &mut impl Read) -> io::Result<T> {
    let mut length = [0; 4];
    reader.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > LONGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = Vec::new();
    reader.take(length.into()).read_to_end(&mut bytes)?;
    postcard::from_bytes(&bytes).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use colocate_model::Relaxation;
    use colocate_solver::{Method, ParetoParams, SearchParams, bounds_with, pareto_with, solve_with};

    use super::*;

    fn never() -> Stop {
        Stop::new(None, Interrupt::default())
    }

    fn limits() -> MilpLimits {
        MilpLimits { threads: 1, nodes: None, lp_iterations: None, absolute_gap: 0.0, seed: 1 }
    }

    #[test]
    fn frames_are_read_as_they_are_written() {
        let program = Program { offset: 0.1, rows: vec![(f64::NEG_INFINITY, 1.0)], ..Program::default() };
        let order = Order::Solve { program, limits: limits(), time: None, memory_mib: 1 };
        let mut bytes = Vec::new();
        write_frame(&mut bytes, &order).expect("memory takes it");
        let read: Order = read_frame(&mut bytes.as_slice()).expect("it was written so");
        assert_eq!(read, order);
        assert!(read_frame::<Order>(&mut &bytes[..bytes.len() - 1]).is_err());
        assert!(read_frame::<Order>(&mut [255_u8; 8].as_slice()).is_err());
    }

    #[test]
    fn a_worker_that_makes_no_sense_is_lost() {
        // `sleep milp-worker` ends at once with an error; `yes milp-worker` never stops talking nonsense.
        for binary in ["sleep", "yes"] {
            let backend = ChildProcess { binary: binary.into(), memory_mib: 64 };
            let ended = backend.solve(&Program::default(), &limits(), &never(), &mut |_| {});
            assert!(matches!(ended, Err(BackendError::Lost(_))), "{binary}: {ended:?}");
            let mut lp = backend.grow(&[(0.0, 1.0)], &never()).expect("it starts");
            assert!(matches!(lp.solve(&LpRound::default()), Err(BackendError::Lost(_))), "{binary}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_worker_that_does_not_answer_is_left_when_time_is_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let binary = folder.path().join("mute");
        // Another process writes it: one that is open for writing here could not be started.
        let script = r#"printf '#!/bin/sh\nexec sleep 600\n' > "$0" && chmod +x "$0""#;
        let written = Command::new("sh").arg("-c").arg(script).arg(&binary).status();
        assert!(written.expect("a shell").success());
        let backend = ChildProcess { binary, memory_mib: 64 };
        let stop = Stop::new(Some(Duration::ZERO), Interrupt::default());
        let ended = backend.solve(&Program::default(), &limits(), &stop, &mut |_| {});
        assert_eq!(ended.expect("time is up, which is no fault").status, MilpStatus::Stopped);
        let mut lp = backend.grow(&[(0.0, 1.0)], &stop).expect("it starts");
        assert!(matches!(lp.solve(&LpRound::default()), Err(BackendError::Lost(_))));
    }

    #[test]
    fn either_process_proves_the_same_bounds_and_finds_the_same_front() {
        let binary = assert_cmd::cargo::cargo_bin("colocate");
        if !binary.exists() {
            return;
        }
        let child = ChildProcess { binary, memory_mib: 1024 };
        let problem = colocate_generator::demo().build().expect("the demo is valid");
        let search = SearchParams { seed: 1, iterations: Some(1000), threads: 1 };
        let here = solve_with(&problem, Method::Auto, &search, &InProcess, &never()).expect("they agree");
        let there = solve_with(&problem, Method::Auto, &search, &child, &never()).expect("they agree");
        let incumbent = here.incumbent.as_ref().expect("the start is feasible");
        assert_eq!(Some(&incumbent.placement), there.incumbent.as_ref().map(|found| &found.placement));
        assert_eq!(here.bounds, there.bounds);
        assert!(here.bounds.iter().flatten().any(|bound| bound.relaxation == Relaxation::Pattern));
        let bounds = bounds_with(&problem, incumbent, &child, &never()).expect("none is above the incumbent");
        assert_eq!(bounds, colocate_solver::bounds(&problem, incumbent, &never()).expect("neither is any"));

        let problem = colocate_generator::talkers(12, 3, 1).build().expect("generated drafts are valid");
        let params = ParetoParams { points: 3, search, ..ParetoParams::default() };
        let values = |backend: &dyn MilpBackend| -> Vec<_> {
            let front = pareto_with(&problem, &params, backend, &never()).expect("the parameters fit");
            front.points.into_iter().map(|point| (point.values, point.placement, point.certificate)).collect()
        };
        assert_eq!(values(&InProcess), values(&child));
    }

    #[test]
    fn a_binary_that_is_not_there_is_an_error() {
        let backend = ChildProcess { binary: "/nowhere/colocate".into(), memory_mib: 64 };
        let stop = Stop::new(None, Interrupt::default());
        let ended = backend.solve(&Program::default(), &limits(), &stop, &mut |_| {});
        assert!(matches!(ended, Err(BackendError::Spawn(_))));
    }
}
