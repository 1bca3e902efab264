//! Solving on a server: the problem is read, and its answer checked, on this machine.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use colocate_client::{CallError, Client, ConnectError, Endpoint, Incumbents, v1};
use colocate_grpc::{Answer, Call, Improvement, Job};
use colocate_model::{Checker, Faults, Problem, SolveRequest, check};
use colocate_proto::convert::{self, Word};

use crate::access::Access;
use crate::cli::Server;
use crate::exit::Failure;
use crate::plan_file::{self, Origin};

/// Part of the time that the server has; the rest is for the way, the check and the files.
const SHARE: f64 = 0.95;
/// How often it is asked whether the call was cancelled.
const TURN: Duration = Duration::from_millis(50);

/// Why a server gives no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RemoteError {
    /// A file that lets us in cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file with a token has none.
    #[error("{} has no token in its first line", .0.display())]
    NoToken(PathBuf),
    /// There is no runtime.
    #[error("cannot start the client")]
    Runtime(#[source] io::Error),
    /// Nobody answers.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The server refuses, or fails.
    #[error(transparent)]
    Call(#[from] CallError),
    /// An answer about something else.
    #[error("the server's answer makes no sense")]
    Answer(#[source] Faults),
    /// An answer that does not hold.
    #[error("the server's answer does not hold: {0}")]
    Wrong(&'static str),
}

/// Has `job` solved by a server, and checks the answer.
pub(crate) fn solve(
    server: &Server,
    url: &str,
    job: &Job,
    request: &SolveRequest,
    call: &Call,
) -> Result<Answer, Failure> {
    let endpoint = access(server).endpoint(url)?;
    let deadline = call.time.map(|time| time.saturating_sub(call.arrived.elapsed()).mul_f64(SHARE));
    let message = v1::SolveRequest {
        source: Some(v1::solve_request::Source::Problem(convert::problem(&job.loaded))),
        solve_id: String::new(),
        method: request.method.number(),
        limits: Some(convert::limits_to_wire(&convert::RequestedLimits {
            time: deadline,
            iterations: request.limits.iterations,
            threads: Some(request.limits.threads),
            seed: Some(request.limits.seed),
        })),
        // The budget of the policy has it already.
        max_moves: None,
        aim: request.aim.number(),
        now: Some(convert::time_to_wire(call.now)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(RemoteError::Runtime)?;
    let response = runtime.block_on(exchange(&endpoint, message, deadline, call));
    let response = response.map_err(|error| match error {
        RemoteError::Call(CallError::Faults { faults, .. }) if !faults.is_empty() => {
            Failure::Faults(convert::faults_from_wire(faults))
        }
        other => Failure::Remote(other),
    })?;
    let received = convert::receive(response, &job.problem).map_err(RemoteError::Answer)?;
    let answer = Answer {
        solved: received.solved,
        plan: received.plan,
        document: received.document,
        obstacles: received.obstacles,
        violations: received.violations,
        warnings: received.warnings,
    };
    Ok(checked(job, request, call, answer)?)
}

/// How the server lets us in.
fn access(server: &Server) -> Access {
    Access {
        ca: server.server_ca.clone(),
        certificate: server.server_cert.clone(),
        key: server.server_key.clone(),
        name: server.server_name.clone(),
        token_file: server.token_file.clone(),
    }
}

/// Sends the request and hears the server out; a cancelled call is cancelled there, too, and answered.
async fn exchange(
    endpoint: &Endpoint,
    message: v1::SolveRequest,
    deadline: Option<Duration>,
    call: &Call,
) -> Result<v1::SolveResponse, RemoteError> {
    let mut client = Client::connect(endpoint).await?;
    let request = v1::SolveStreamRequest { solve: Some(message), placements: false };
    let mut stream = client.solve_stream(request, deadline).await?;
    let mut asked = false;
    loop {
        match tokio::time::timeout(TURN, stream.next()).await {
            Ok(Ok(Some(incumbent))) => tell(call, &incumbent),
            Ok(Ok(None)) => return Ok(stream.answer().await?),
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => {}
        }
        if call.is_cancelled() && !asked {
            asked = cancel(&mut client, &stream).await;
        }
    }
}

/// Whether the server was asked to end the call; a call that has just ended needs no more.
async fn cancel(client: &mut Client, stream: &Incumbents) -> bool {
    let Some(id) = stream.solve_id() else { return false };
    let _ = client.cancel(v1::CancelRequest { solve_id: id.to_owned() }, None).await;
    true
}

fn tell(call: &Call, incumbent: &v1::Incumbent) {
    if let Some(listener) = &call.listener {
        listener(&Improvement {
            goal: incumbent.goal as usize,
            total: incumbent.total,
            bound: incumbent.bound,
            steps: incumbent.steps,
            placement: None,
        });
    }
}

/// `answer`, if its placement, its terms, the end of its plan and the hash of it are what they should be.
fn checked(
    job: &Job,
    request: &SolveRequest,
    call: &Call,
    mut answer: Answer,
) -> Result<Answer, RemoteError> {
    let problem = &job.problem;
    if let Some(incumbent) = answer.solved.as_ref().and_then(|solved| solved.incumbent.as_ref()) {
        let verdict = check(problem, &incumbent.placement);
        if !verdict.is_feasible() || verdict.terms != incumbent.terms || verdict.score != incumbent.score {
            return Err(RemoteError::Wrong("the checker disagrees about the placement"));
        }
    }
    let (Some(plan), Some(document)) = (&answer.plan, &mut answer.document) else { return Ok(answer) };
    let origin = Origin {
        method: request.method.name(),
        seed: request.limits.seed,
        now: call.now,
        loaded: &job.loaded,
        solved: answer.solved.as_ref(),
        violations: &answer.violations,
    };
    if plan.executable && !ends_safely(problem, plan) {
        return Err(RemoteError::Wrong("the checker disagrees about the end of the plan"));
    }
    let ours = plan_file::document(problem, plan, &origin);
    if ours.hash != document.hash {
        return Err(RemoteError::Wrong("the hash of the plan is another"));
    }
    // The server does not know the files.
    *document = ours;
    Ok(answer)
}

fn ends_safely(problem: &Problem, plan: &colocate_model::Plan) -> bool {
    let verdict = Checker::new(problem).check(&colocate_solver::end_of(problem, plan));
    verdict.is_feasible() && verdict.terms == plan.after
}
