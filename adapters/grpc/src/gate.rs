//! What every call passes on its way in: who it is from, how long it may take, whether there is room.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::{Request, Response};
use tonic::body::Body;
use tower::Layer;

use crate::admission::{Permit, Work};
use crate::body::Weighed;
use crate::call::{Answered, CallContext, Record};
use crate::deadline;
use crate::listener::Peer;
use crate::owner::Owner;
use crate::server::Shared;
use crate::services::Service;
use crate::status::Refusal;
use crate::trace;

/// Puts a [`Gate`] before services.
#[derive(Clone)]
pub(crate) struct GateLayer(pub(crate) Arc<Shared>);

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Gate<S> {
        Gate { inner, shared: self.0.clone() }
    }
}

/// Lets calls in, or answers them itself.
#[derive(Clone)]
pub(crate) struct Gate<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S> tower::Service<Request<Body>> for Gate<S>
where
    S: tower::Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let arrived = Instant::now();
        // The clone may not be ready; the one that was asked is.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        Box::pin(serve(self.shared.clone(), inner, request, arrived))
    }
}

async fn serve<S>(
    shared: Arc<Shared>,
    mut inner: S,
    request: Request<Body>,
    arrived: Instant,
) -> Result<Response<Body>, Infallible>
where
    S: tower::Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let route = Route::of(request.uri().path());
    let token = matches!(route, Route::Method(_)).then(|| shared.calls.token());
    let id = shared.registry.make_up();
    let span = trace::span(route.method(), &id, request.headers());
    let mut record = Record::new(route.method(), arrived, span.clone());
    let admitted = owner(&shared, route, &request).and_then(|owner| {
        span.record("owner", tracing::field::display(&owner));
        let timeout = deadline::timeout(request.headers()).map_err(|_| Refusal::Timeout)?;
        let permit = admit(&shared, route, &owner, arrived, timeout)?;
        let reservation = shared.budget.reservation();
        Ok(CallContext::new((id, span.clone()), (arrived, timeout), owner, reservation, permit))
    });
    let context = match admitted {
        Ok(context) => context,
        Err(refusal) => {
            let response = refusal.status().into_http();
            return Ok(Answered::wrap(response, record, None, token, None));
        }
    };
    record.set_deadline(context.deadline());
    let Route::Method(method) = route else {
        let response = inner.call(request).await?;
        return Ok(Answered::wrap(response, record, Some(context), token, Some(&shared.closing)));
    };
    let (parts, body) = request.into_parts();
    let patience = Duration::from_millis(shared.config.limits.upload_ms);
    let reservation = context.reservation.clone();
    let body =
        Weighed::new(body, method.path, &parts.headers, reservation, shared.config.message_bytes(), patience);
    let mut request = Request::from_parts(parts, Body::new(body));
    request.extensions_mut().insert(context.clone());
    let response = inner.call(request).await?;
    Ok(Answered::wrap(response, record, Some(context), token, None))
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    /// A method of our services.
    Method(&'static Method),
    /// Health: for those who watch over the server, whoever they are.
    Health,
    /// Reflection, and what there is not.
    Other,
}

impl Route {
    fn of(path: &str) -> Self {
        if path.starts_with("/grpc.health.v1.Health/") {
            return Self::Health;
        }
        METHODS.iter().find(|method| method.path == path).map_or(Self::Other, Self::Method)
    }

    fn method(self) -> &'static str {
        match self {
            Self::Method(method) => method.name,
            Self::Health => "health",
            Self::Other => "other",
        }
    }
}

/// A method of our services.
#[derive(Debug, PartialEq, Eq)]
struct Method {
    path: &'static str,
    /// The service it is of.
    service: Service,
    /// In logs, metrics and traces.
    name: &'static str,
    /// What it counts as.
    work: Option<Work>,
}

const fn method(service: Service, path: &'static str, name: &'static str, work: Option<Work>) -> Method {
    Method { path, service, name, work }
}

/// The methods of our services.
static METHODS: [Method; 14] = [
    method(Service::Solver, "/colocate.v1.Solver/Solve", "Solve", Some(Work::Solve)),
    method(Service::Solver, "/colocate.v1.Solver/SolveStream", "SolveStream", Some(Work::Solve)),
    method(Service::Solver, "/colocate.v1.Solver/Pareto", "Pareto", Some(Work::Solve)),
    method(Service::Solver, "/colocate.v1.Solver/Explain", "Explain", Some(Work::Solve)),
    method(Service::Solver, "/colocate.v1.Solver/Evaluate", "Evaluate", Some(Work::Evaluation)),
    method(Service::Solver, "/colocate.v1.Solver/Check", "Check", Some(Work::Evaluation)),
    method(Service::Solver, "/colocate.v1.Solver/Validate", "Validate", Some(Work::Evaluation)),
    method(Service::Solver, "/colocate.v1.Solver/Cancel", "Cancel", None),
    method(Service::Forecasts, "/colocate.v1.Forecasts/Get", "Forecasts.Get", Some(Work::Evaluation)),
    method(Service::Forecasts, "/colocate.v1.Forecasts/Watch", "Forecasts.Watch", Some(Work::Watch)),
    method(Service::Latency, "/colocate.v1.Latency/Get", "Latency.Get", Some(Work::Evaluation)),
    method(Service::Latency, "/colocate.v1.Latency/Watch", "Latency.Watch", Some(Work::Watch)),
    method(Service::Agents, "/colocate.v1.Agents/Measurements", "Agents.Measurements", Some(Work::Watch)),
    method(Service::Agents, "/colocate.v1.Agents/Focus", "Agents.Focus", Some(Work::Evaluation)),
];

/// Whose the call is.
fn owner(shared: &Shared, route: Route, request: &Request<Body>) -> Result<Owner, Refusal> {
    if route == Route::Health {
        return Ok(Owner::Anonymous);
    }
    if let Some(tokens) = &shared.tokens {
        return tokens.current().owner(request.headers()).ok_or(Refusal::Unauthenticated);
    }
    let certificate = request.extensions().get::<Peer>().and_then(|peer| peer.certificate.clone());
    Ok(certificate.map_or(Owner::Anonymous, Owner::Certificate))
}

/// Lets a call in before its body is read: what is refused costs nothing.
fn admit(
    shared: &Shared,
    route: Route,
    owner: &Owner,
    arrived: Instant,
    timeout: Option<Duration>,
) -> Result<Option<Permit>, Refusal> {
    let Route::Method(method) = route else { return Ok(None) };
    if !shared.services.offer(method.service) {
        return Err(Refusal::NotConfigured(method.service));
    }
    if shared.draining.is_cancelled() {
        return Err(Refusal::Draining);
    }
    if timeout.is_some_and(|timeout| arrived.elapsed() >= timeout) {
        return Err(Refusal::Late);
    }
    method.work.map(|work| shared.admission.admit(work, owner)).transpose()
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;

    #[test]
    fn every_method_of_the_services_is_known() {
        let set = prost_types::FileDescriptorSet::decode(colocate_proto::DESCRIPTORS).unwrap();
        let services = set.file.iter().flat_map(|file| &file.service);
        let mut known = 0;
        for (service, method) in
            services.flat_map(|service| service.method.iter().map(move |one| (service, one)))
        {
            let path = format!("/colocate.v1.{}/{}", service.name(), method.name());
            let Route::Method(route) = Route::of(&path) else { panic!("{path} is not known") };
            assert!(route.name.ends_with(method.name()), "{path}");
            assert!(route.service.full_name().ends_with(service.name()), "{path}");
            known += 1;
        }
        assert_eq!(known, METHODS.len());
        assert_eq!(Route::of("/colocate.v1.Solver/Nothing"), Route::Other);
        assert_eq!(Route::of("/grpc.health.v1.Health/Check"), Route::Health);
    }
}
