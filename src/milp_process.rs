//! HiGHS in a process of its own, with a cap on its memory and on its time: a crash in C++ costs a programme, not the
//! answer.
//!
//! The parent starts its own binary with the command `milp-worker` and speaks to it through its pipes in frames of a
//! length, four bytes in little-endian order, and as many bytes of postcard. The worker gets one [`Order`], and ends
//! when its input does, so that no worker outlives its parent.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use colocate_solver::{
    BackendError, InProcess, Interrupt, MilpBackend, MilpEnd, MilpEvent, MilpLimits, Program, Stop,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The command that a worker is started with.
pub(crate) const WORKER: &str = "milp-worker";
/// Address space of a worker where nothing is said, in MiB.
pub(crate) const MEMORY_MIB: u64 = 4096;
/// How long a worker has to answer once it was asked to stop.
const GRACE: Duration = Duration::from_secs(2);
/// How often the parent looks whether to stop.
const TURN: Duration = Duration::from_millis(10);
/// Longest frame.
const LONGEST: u32 = 1 << 29;

/// What a worker is to do.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    program: Program,
    limits: MilpLimits,
    time: Option<Duration>,
    memory_mib: u64,
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
enum Message {
    Event(MilpEvent),
    End(MilpEnd),
    Failed(String),
}

/// Runs HiGHS in a child process.
#[derive(Debug, Clone)]
pub(crate) struct ChildProcess {
    /// The binary that knows the command [`WORKER`].
    pub(crate) binary: PathBuf,
    /// Address space of the child, in MiB.
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
        let order = Order {
            program: program.clone(),
            limits: *limits,
            time: stop.remaining(),
            memory_mib: self.memory_mib,
        };
        let mut child = Command::new(&self.binary)
            .arg(WORKER)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(BackendError::Spawn)?;
        let ended = converse(&mut child, order, stop, events);
        // A worker that has answered ends by itself; any other is of no more use.
        if ended.is_err() {
            let _ = child.kill();
        }
        let status = child.wait();
        ended.map_err(|lost| match (lost, status) {
            (BackendError::Lost(why), Ok(status)) => BackendError::Lost(format!("{why} ({status})")),
            (lost, _) => lost,
        })
    }
}

/// Gives the order and hears the worker out.
fn converse(
    child: &mut Child,
    order: Order,
    stop: &Stop,
    events: &mut (dyn FnMut(MilpEvent) + Send),
) -> Result<MilpEnd, BackendError> {
    let lost = |why: &str| BackendError::Lost(why.to_owned());
    let pipes = child.stdin.take().zip(child.stdout.take());
    let (mut input, mut output) = pipes.ok_or_else(|| lost("it has no pipes"))?;
    // A worker that takes no order must not hold the parent up. The end of its input asks it to stop.
    let (go_on, asked_to_stop) = channel::<()>();
    std::thread::spawn(move || {
        let _ = write_frame(&mut input, &order);
        let _ = asked_to_stop.recv();
    });
    let mut go_on = Some(go_on);
    let (send, receive) = channel();
    // Ends with the output of the worker.
    std::thread::spawn(move || {
        while let Ok(message) = read_frame::<Message>(&mut output) {
            if send.send(message).is_err() {
                break;
            }
        }
    });
    let mut asked: Option<Instant> = None;
    loop {
        match receive.recv_timeout(TURN) {
            Ok(Message::Event(event)) => events(event),
            Ok(Message::End(end)) => return Ok(end),
            Ok(Message::Failed(why)) => return Err(BackendError::Lost(why)),
            Err(RecvTimeoutError::Disconnected) => return Err(lost("it ended without an answer")),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if stop.reason().is_some() {
            drop(go_on.take());
            if asked.get_or_insert_with(Instant::now).elapsed() > GRACE {
                return Err(lost("it did not stop in time"));
            }
        }
    }
}

/// What the child does: one order, from standard input to standard output.
pub(crate) fn work() -> io::Result<()> {
    let mut input = io::stdin().lock();
    let order: Order = read_frame(&mut input)?;
    drop(input);
    rlimit::Resource::AS.set(order.memory_mib << 20, order.memory_mib << 20)?;
    let interrupt = Interrupt::default();
    let asked = interrupt.clone();
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        asked.interrupt();
    });
    let stop = Stop::new(order.time, interrupt);
    let say = |message: &Message| write_frame(&mut io::stdout().lock(), message);
    let ended = InProcess.solve(&order.program, &order.limits, &stop, &mut |event| {
        // Where nobody listens any more, the end of the input stops the work.
        let _ = say(&Message::Event(event));
    });
    say(&match ended {
        Ok(end) => Message::End(end),
        Err(error) => Message::Failed(error.to_string()),
    })
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
    use super::*;

    fn limits() -> MilpLimits {
        MilpLimits { threads: 1, nodes: None, lp_iterations: None, absolute_gap: 0.0, seed: 1 }
    }

    #[test]
    fn frames_are_read_as_they_are_written() {
        let program = Program { offset: 0.1, rows: vec![(f64::NEG_INFINITY, 1.0)], ..Program::default() };
        let order = Order { program, limits: limits(), time: None, memory_mib: 1 };
        let mut bytes = Vec::new();
        write_frame(&mut bytes, &order).expect("memory takes it");
        let read: Order = read_frame(&mut bytes.as_slice()).expect("it was written so");
        assert_eq!(read.program, order.program);
        assert!(read_frame::<Order>(&mut &bytes[..bytes.len() - 1]).is_err());
        assert!(read_frame::<Order>(&mut [255_u8; 8].as_slice()).is_err());
    }

    #[test]
    fn a_worker_that_does_not_answer_is_killed_when_time_is_up() {
        // `sleep milp-worker` ends at once with an error; `yes milp-worker` never stops talking nonsense.
        for binary in ["sleep", "yes"] {
            let backend = ChildProcess { binary: binary.into(), memory_mib: 64 };
            let stop = Stop::new(Some(Duration::ZERO), Interrupt::default());
            let ended = backend.solve(&Program::default(), &limits(), &stop, &mut |_| {});
            assert!(matches!(ended, Err(BackendError::Lost(_))), "{binary}: {ended:?}");
        }
    }

    #[test]
    fn a_binary_that_is_not_there_is_an_error() {
        let backend = ChildProcess { binary: "/nowhere/colocate".into(), memory_mib: 64 };
        let stop = Stop::new(None, Interrupt::default());
        let ended = backend.solve(&Program::default(), &limits(), &stop, &mut |_| {});
        assert!(matches!(ended, Err(BackendError::Spawn(_))));
    }
}
