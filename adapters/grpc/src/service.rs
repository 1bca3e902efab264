//! The methods of `colocate.v1.Solver`.

use std::pin::Pin;
use std::sync::Arc;

use colocate_proto::v1;
use tokio_stream::Stream;
use tonic::{Request, Response, Status};

use crate::call::CallContext;
use crate::server::Shared;
use crate::status::Refusal;

/// The service.
pub(crate) struct SolverService {
    shared: Arc<Shared>,
}

impl SolverService {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

/// The context that the gate gave the call, and the message.
fn split<M>(request: Request<M>) -> Result<(Arc<CallContext>, M), Refusal> {
    let (_, mut extensions, message) = request.into_parts();
    // Without a gate there is no server; say so rather than trust it.
    let context = extensions.remove::<Arc<CallContext>>().ok_or_else(|| Refusal::Failed("none".into()))?;
    Ok((context, message))
}

#[tonic::async_trait]
impl v1::solver_server::Solver for SolverService {
    type SolveStreamStream = Pin<Box<dyn Stream<Item = Result<v1::SolveStreamResponse, Status>> + Send>>;

    async fn solve(&self, _: Request<v1::SolveRequest>) -> Result<Response<v1::SolveResponse>, Status> { Err(Status::unimplemented("")) }
    async fn solve_stream(&self, _: Request<v1::SolveStreamRequest>) -> Result<Response<Self::SolveStreamStream>, Status> { Err(Status::unimplemented("")) }
    async fn cancel(&self, request: Request<v1::CancelRequest>) -> Result<Response<v1::CancelResponse>, Status> {
        let (context, message) = split(request)?;
        self.shared.registry.cancel(&context.owner, &message.solve_id)?;
        Ok(Response::new(v1::CancelResponse {}))
    }
    async fn pareto(&self, _: Request<v1::ParetoRequest>) -> Result<Response<v1::ParetoResponse>, Status> { Err(Status::unimplemented("")) }
    async fn evaluate(&self, _: Request<v1::EvaluateRequest>) -> Result<Response<v1::EvaluateResponse>, Status> { Err(Status::unimplemented("")) }
    async fn explain(&self, _: Request<v1::ExplainRequest>) -> Result<Response<v1::ExplainResponse>, Status> { Err(Status::unimplemented("")) }
    async fn check(&self, _: Request<v1::CheckRequest>) -> Result<Response<v1::CheckResponse>, Status> { Err(Status::unimplemented("")) }
    async fn validate(&self, _: Request<v1::ValidateRequest>) -> Result<Response<v1::ValidateResponse>, Status> { Err(Status::unimplemented("")) }
}
