//! Solve.

use std::sync::{Arc, OnceLock};

use colocate_model::{SolveRequest, check};
use colocate_proto::{convert, v1};

use super::job::{self, both};
use crate::backend::{Improvement, Job};
use crate::call::CallContext;
use crate::mailbox::Mailbox;
use crate::server::Shared;
use crate::status::Refusal;
use crate::worker::{self, Answer};

/// A solve that was let in.
pub(super) struct Started {
    /// Its name.
    pub(super) solve_id: String,
    /// What it will say.
    pub(super) answer: Answer<v1::SolveResponse>,
}

/// Where better placements go.
pub(super) struct Incumbents {
    pub(super) mailbox: Mailbox<Seen>,
    /// Whether they go with their placements.
    pub(super) placements: bool,
    /// What they are placements of.
    pub(super) job: OnceLock<Arc<Job>>,
}

/// A better placement, as the search told it.
pub(super) struct Seen {
    pub(super) goal: usize,
    pub(super) total: i64,
    pub(super) bound: Option<i64>,
    pub(super) steps: u64,
    pub(super) elapsed_s: f64,
    pub(super) placement: Option<colocate_model::Placement>,
}

/// Starts to solve.
///
/// # Errors
/// A name that cannot be, or a server that shuts down.
pub(super) fn start(
    shared: &Arc<Shared>,
    context: Arc<CallContext>,
    message: v1::SolveRequest,
    incumbents: Option<Arc<Incumbents>>,
) -> Result<Started, Refusal> {
    let registration = shared.registry.register(&context.owner, &message.solve_id)?;
    let solve_id = registration.name().to_owned();
    context.span.record("solve_id", &solve_id);
    let cancelled = registration.cancelled().clone();
    let work = {
        let (shared, context, solve_id) = (shared.clone(), context.clone(), solve_id.clone());
        let cancelled = cancelled.clone();
        move || {
            let limits = &shared.config.limits;
            let asked = both(convert::limits(message.limits.as_ref()), job::now(message.now.as_ref()));
            let how = both(convert::method(message.method), convert::aim(message.aim));
            let ((requested, now), (method, aim)) = both(asked, how)?;
            let problem = message.source.map(|v1::solve_request::Source::Problem(problem)| problem);
            let job = Arc::new(job::job(&context, problem, message.max_moves)?);
            let request = SolveRequest { method, limits: job::limits(&requested, limits), aim };
            let mut call =
                job::call(&context, &requested, job.problem.components.len(), limits, cancelled, now)?;
            if let Some(incumbents) = incumbents {
                // Set once: each call has one job.
                let _ = incumbents.job.set(job.clone());
                let arrived = context.arrived;
                call.listener = Some(Arc::new(move |better: &Improvement<'_>| {
                    incumbents.mailbox.put(Seen {
                        goal: better.goal,
                        total: better.total,
                        bound: better.bound,
                        steps: better.steps,
                        elapsed_s: arrived.elapsed().as_secs_f64(),
                        placement: better.placement.filter(|_| incumbents.placements).cloned(),
                    });
                }));
            }
            let found = shared
                .backend()?
                .solve(&job, &request, &call)
                .map_err(|error| job::failed(&context, error))?;
            let start = check(&job.problem, &job.problem.initial_placement());
            Ok(convert::solve_response(convert::Answer {
                solve_id,
                problem: &job.problem,
                start: &start.terms,
                solved: found.solved.as_ref(),
                plan: found.document.as_ref(),
                violations: &found.violations,
                obstacles: &found.obstacles,
                warnings: &found.warnings,
                wall_s: context.arrived.elapsed().as_secs_f64(),
            }))
        }
    };
    let answer = worker::start(shared, &context, cancelled, registration, work)?;
    Ok(Started { solve_id, answer })
}
