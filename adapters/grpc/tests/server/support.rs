//! A backend that does as it is told, and clients.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use colocate_grpc::{
    Answer, Backend, BackendError, Call, Improvement, Job, LimitsConfig, Server, ServerConfig, Services,
    Subject,
};
use colocate_model::{
    ComponentId, ExplainRequest, Explained, Faults, Front, HostId, ParetoRequest, Placement, SolveRequest,
    Solved, Status, StopReason, Verdict, WhatIf, check,
};
use colocate_proto::v1;
use colocate_proto::v1::solver_client::SolverClient;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tonic::transport::Channel;

/// Answers once it is cancelled or released.
pub(crate) const HOLD: u64 = 1;
/// Answers at once.
pub(crate) const ANSWER: u64 = 2;
/// Panics.
pub(crate) const PANIC: u64 = 3;
/// Fails.
pub(crate) const FAIL: u64 = 4;
/// Tells of many placements, then answers.
pub(crate) const IMPROVE: u64 = 5;
/// Answers once it is released, cancelled or not.
pub(crate) const DEAF: u64 = 6;

/// How many placements [`IMPROVE`] tells of.
pub(crate) const IMPROVEMENTS: u64 = 5000;

/// What the backend does is the seed of the request.
pub(crate) struct Fake {
    entered: UnboundedSender<Option<Duration>>,
    left: UnboundedSender<()>,
    released: AtomicBool,
}

/// What a test sees of the backend.
pub(crate) struct Watch {
    pub(crate) backend: Arc<Fake>,
    pub(crate) entered: UnboundedReceiver<Option<Duration>>,
    pub(crate) left: UnboundedReceiver<()>,
}

pub(crate) fn fake() -> Watch {
    let ((entered, has_entered), (left, has_left)) = (unbounded_channel(), unbounded_channel());
    let backend = Arc::new(Fake { entered, left, released: AtomicBool::new(false) });
    Watch { backend, entered: has_entered, left: has_left }
}

impl Fake {
    pub(crate) fn release(&self) {
        self.released.store(true, Ordering::SeqCst);
    }

    fn wait(&self, call: &Call, heeds: bool) {
        while !(self.released.load(Ordering::SeqCst) || heeds && call.is_cancelled()) {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

fn answer(call: &Call) -> Answer {
    let stop_reason = if call.is_cancelled() { StopReason::Interrupted } else { StopReason::Finished };
    let solved = Solved {
        status: Status::Unknown,
        incumbent: None,
        bounds: Vec::new(),
        stop_reason,
        iterations: 0,
        blockers: Vec::new(),
    };
    Answer {
        solved: Some(solved),
        plan: None,
        document: None,
        obstacles: Vec::new(),
        violations: Vec::new(),
        warnings: Faults::default(),
    }
}

impl Backend for Fake {
    fn solve(&self, job: &Job, request: &SolveRequest, call: &Call) -> Result<Answer, BackendError> {
        let _ = self.entered.send(call.time);
        match request.limits.seed {
            HOLD => self.wait(call, true),
            DEAF => self.wait(call, false),
            PANIC => panic!("told to"),
            FAIL => return Err(BackendError::Failed("secret of the backend".into())),
            IMPROVE => {
                let placement = job.problem.initial_placement();
                let listener = call.listener.as_ref().expect("a stream listens");
                for steps in 1..=IMPROVEMENTS {
                    let placement = Some(&placement);
                    listener(&Improvement { goal: 0, total: 0, bound: None, steps, placement });
                }
            }
            _ => {}
        }
        let answer = answer(call);
        let _ = self.left.send(());
        Ok(answer)
    }

    fn pareto(&self, _: &Job, _: &ParetoRequest, _: &Call) -> Result<Front, BackendError> {
        Err(BackendError::Failed("not asked for".into()))
    }

    fn evaluate(&self, job: &Job, placement: &Placement, moves: &[(ComponentId, HostId)]) -> WhatIf {
        let terms = check(&job.problem, placement).terms;
        WhatIf { changes: moves.to_vec(), before: terms, after: terms, rows: Vec::new() }
    }

    fn explain(
        &self,
        job: &Job,
        _: &Subject,
        _: &ExplainRequest,
        _: &Call,
    ) -> Result<Explained, BackendError> {
        let terms = check(&job.problem, &job.problem.initial_placement()).terms;
        Ok(Explained {
            plan_hash: None,
            steps: Vec::new(),
            contributions: Vec::new(),
            before: terms,
            after: terms,
            why_not: Vec::new(),
            not_asked: 0,
            what_if: None,
            obstacles: Vec::new(),
        })
    }

    fn check(&self, job: &Job, placement: &Placement) -> Verdict {
        check(&job.problem, placement)
    }
}

/// A free port of this machine, and room for two.
pub(crate) fn config() -> ServerConfig {
    let limits = LimitsConfig { solves: 2, evaluations: 2, ..LimitsConfig::default() };
    ServerConfig { listen: ([127, 0, 0, 1], 0).into(), drain_s: 60, limits, ..ServerConfig::default() }
}

pub(crate) async fn start(config: ServerConfig) -> (Server, Watch, SolverClient<Channel>) {
    let watch = fake();
    let server = Server::start(config, Services::solver(watch.backend.clone())).await.unwrap();
    let client = connect(&server).await;
    (server, watch, client)
}

pub(crate) async fn channel(server: &Server) -> Channel {
    let address = format!("http://{}", server.local_addr());
    Channel::from_shared(address).unwrap().connect().await.unwrap()
}

pub(crate) async fn connect(server: &Server) -> SolverClient<Channel> {
    SolverClient::new(channel(server).await)
}

/// One component on one host.
pub(crate) fn problem() -> v1::Problem {
    let amount = |amount| BTreeMap::from([("cpu".to_owned(), amount)]);
    let resource = v1::Resource { name: "cpu".into(), unit: "mcpu".into(), ..v1::Resource::default() };
    let host = v1::Host { id: "h1".into(), capacity: amount(1000), ..v1::Host::default() };
    let service = v1::Service { id: "web".into(), ..v1::Service::default() };
    let component = v1::Component {
        id: "web.0".into(),
        service: "web".into(),
        host: Some("h1".into()),
        demand: amount(400),
        ..v1::Component::default()
    };
    let cluster = v1::Cluster {
        resources: vec![resource],
        hosts: vec![host],
        services: vec![service],
        components: vec![component],
        ..v1::Cluster::default()
    };
    v1::Problem { cluster: Some(cluster), ..v1::Problem::default() }
}

/// A solve of `name` that does what `seed` says.
pub(crate) fn solve(name: &str, seed: u64) -> v1::SolveRequest {
    v1::SolveRequest {
        source: Some(v1::solve_request::Source::Problem(problem())),
        solve_id: name.into(),
        limits: Some(v1::Limits { seed: Some(seed), ..v1::Limits::default() }),
        ..v1::SolveRequest::default()
    }
}

/// A held solve in the background, admitted by the time this returns.
pub(crate) async fn hold(
    client: &SolverClient<Channel>,
    watch: &mut Watch,
    request: impl tonic::IntoRequest<v1::SolveRequest>,
) -> tokio::task::JoinHandle<Result<v1::SolveResponse, tonic::Status>> {
    let (mut client, request) = (client.clone(), request.into_request());
    let call = tokio::spawn(async move { client.solve(request).await.map(tonic::Response::into_inner) });
    watch.entered.recv().await.unwrap();
    call
}

/// The reason in the details of `status`.
pub(crate) fn reason(status: &tonic::Status) -> String {
    tonic_types::StatusExt::get_details_error_info(status).map(|info| info.reason).unwrap_or_default()
}

/// Asks until the answer is `wanted`: for what happens soon after, with nothing to wait for.
pub(crate) async fn until<T, F: Future<Output = T>>(
    mut ask: impl FnMut() -> F,
    wanted: impl Fn(&T) -> bool,
) -> T {
    let asking = async {
        loop {
            let answer = ask().await;
            if wanted(&answer) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asking).await.expect("it happens at last")
}
