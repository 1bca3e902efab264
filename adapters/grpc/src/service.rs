//! The methods of `colocate.v1.Solver`.

mod check;
mod evaluate;
mod explain;
mod job;
mod pareto;
mod solve;
mod stream;
mod validate;

use std::pin::Pin;
use std::sync::Arc;

use colocate_proto::v1;
use tokio_stream::Stream;
use tonic::{Request, Response, Status};

use crate::call::CallContext;
use crate::server::Shared;
use crate::status::Refusal;

/// The service.
pub(crate) struct SolverService(pub(crate) Arc<Shared>);

/// The context that the gate gave the call, and the message.
pub(crate) fn split<M>(request: Request<M>) -> Result<(Arc<CallContext>, M), Refusal> {
    let (_, mut extensions, message) = request.into_parts();
    // Without a gate there is no server; say so rather than trust it.
    let context = extensions.remove::<Arc<CallContext>>().ok_or_else(|| Refusal::Failed("none".into()))?;
    Ok((context, message))
}

#[tonic::async_trait]
impl v1::solver_server::Solver for SolverService {
    type SolveStreamStream = Pin<Box<dyn Stream<Item = Result<v1::SolveStreamResponse, Status>> + Send>>;

    async fn solve(&self, request: Request<v1::SolveRequest>) -> Result<Response<v1::SolveResponse>, Status> {
        let (context, message) = split(request)?;
        Ok(Response::new(solve::start(&self.0, context, message, None)?.answer.await?))
    }

    async fn solve_stream(
        &self,
        request: Request<v1::SolveStreamRequest>,
    ) -> Result<Response<Self::SolveStreamStream>, Status> {
        let (context, message) = split(request)?;
        Ok(Response::new(Box::pin(stream::start(&self.0, context, message)?)))
    }

    async fn cancel(
        &self,
        request: Request<v1::CancelRequest>,
    ) -> Result<Response<v1::CancelResponse>, Status> {
        let (context, message) = split(request)?;
        self.0.registry.cancel(&context.owner, &message.solve_id)?;
        Ok(Response::new(v1::CancelResponse {}))
    }

    async fn pareto(
        &self,
        request: Request<v1::ParetoRequest>,
    ) -> Result<Response<v1::ParetoResponse>, Status> {
        let (context, message) = split(request)?;
        Ok(Response::new(pareto::start(&self.0, context, message)?.await?))
    }

    async fn evaluate(
        &self,
        request: Request<v1::EvaluateRequest>,
    ) -> Result<Response<v1::EvaluateResponse>, Status> {
        let (context, message) = split(request)?;
        Ok(Response::new(evaluate::start(&self.0, context, message)?.await?))
    }

    async fn explain(
        &self,
        request: Request<v1::ExplainRequest>,
    ) -> Result<Response<v1::ExplainResponse>, Status> {
        let (context, message) = split(request)?;
        Ok(Response::new(explain::start(&self.0, context, message)?.await?))
    }

    async fn check(&self, request: Request<v1::CheckRequest>) -> Result<Response<v1::CheckResponse>, Status> {
        let (context, message) = split(request)?;
        Ok(Response::new(check::start(&self.0, context, message)?.await?))
    }

    async fn validate(
        &self,
        request: Request<v1::ValidateRequest>,
    ) -> Result<Response<v1::ValidateResponse>, Status> {
        let (context, message) = split(request)?;
        Ok(Response::new(validate::start(&self.0, context, message)?.await?))
    }
}
