//! Failures and exit codes.

use std::process::ExitCode;

use colocate_files::WriteError;
use colocate_grpc::BackendError;
use colocate_model::Faults;
use colocate_solver::HighsError;

use crate::agent::peers::PeersError;
use crate::command::agent::AgentError;
use crate::command::serve::ServiceError;
use crate::remote::RemoteError;

/// How a command ended when it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done; also: nothing to do.
    Done,
    /// `check`: rows are violated.
    Violated,
    /// No placement is feasible.
    Infeasible,
    /// Time is up, and no feasible placement was found.
    NothingFound,
}

impl Outcome {
    /// The exit code of the process.
    pub(crate) fn exit_code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Done => 0,
            Self::Violated => 1,
            Self::Infeasible => 3,
            Self::NothingFound => 4,
        })
    }
}

/// Why a command could not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The input is faulty.
    #[error(transparent)]
    Faults(#[from] Faults),
    /// The command line asks for what cannot be.
    #[error("{0}")]
    Usage(String),
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Standard output is out of order.
    #[error("cannot write to standard output")]
    Print(#[source] std::io::Error),
    /// A process or file that HiGHS needs is not to be had.
    #[error("cannot set HiGHS up")]
    Worker(#[source] std::io::Error),
    /// HiGHS refused a programme.
    #[error("HiGHS cannot {0}")]
    Highs(#[from] HighsError),
    /// A server gave no answer, or one that does not hold.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The solver failed.
    #[error("the solver failed")]
    Solve(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The agent does not start, or ends too early.
    #[error(transparent)]
    Agent(AgentError),
    /// History cannot be had.
    #[error(transparent)]
    History(colocate_history::Error),
    /// A Prometheus gives no answer.
    #[error("cannot ask Prometheus")]
    Prometheus(#[from] colocate_prometheus::Error),
    /// A Nomad gives no answer.
    #[error("cannot ask Nomad")]
    Nomad(#[from] colocate_nomad::Error),
    /// Past matrices make no forecast.
    #[error(transparent)]
    Past(#[from] colocate_latency::PastError),
    /// Coordinates of Consul cannot be read.
    #[error("cannot read the coordinates in {0}")]
    Consul(std::path::PathBuf, #[source] Box<dyn std::error::Error + Send + Sync>),
    /// There is no runtime to collect with.
    #[error("cannot start the client")]
    Runtime(#[source] std::io::Error),
    /// Traffic cannot be had.
    #[error("cannot collect traffic")]
    Traffic(#[from] colocate_traffic::MetricsError),
    /// Somebody else's forecast cannot be had.
    #[error("cannot get the forecast at {0}")]
    External(String, #[source] colocate_prometheus::Error),
    /// The system gives no threads.
    #[error("cannot start threads; maybe a limit of the system is too low")]
    Threads(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The service cannot go on.
    #[error(transparent)]
    Serve(#[from] ServiceError),
}

impl From<BackendError> for Failure {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::Request(faults) => Self::Faults(faults),
            BackendError::Failed(cause) => Self::Solve(cause),
        }
    }
}

impl From<colocate_history::Error> for Failure {
    fn from(error: colocate_history::Error) -> Self {
        match error {
            colocate_history::Error::Input(faults) => Self::Faults(faults),
            other => Self::History(other),
        }
    }
}

impl From<AgentError> for Failure {
    fn from(error: AgentError) -> Self {
        match error {
            AgentError::Peers(PeersError::File(faults)) => Self::Faults(faults),
            other => Self::Agent(other),
        }
    }
}

impl Failure {
    /// The exit code of the process.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Faults(_) | Self::Usage(_) | Self::Past(_) | Self::Consul(..) => 2,
            Self::Agent(error) => error.exit_code(),
            Self::Write(_)
            | Self::Print(_)
            | Self::Worker(_)
            | Self::Highs(_)
            | Self::Remote(_)
            | Self::Solve(_)
            | Self::History(_)
            | Self::Traffic(_)
            | Self::External(..)
            | Self::Prometheus(_)
            | Self::Nomad(_)
            | Self::Runtime(_)
            | Self::Threads(_)
            | Self::Serve(_) => 1,
        })
    }

    /// One line a fault, or the chain of causes.
    pub(crate) fn report(&self) -> String {
        if let Self::Faults(faults) = self {
            return faults.0.iter().map(|fault| format!("error: {fault}\n")).collect();
        }
        format!("error: {}\n", chain(self))
    }
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
