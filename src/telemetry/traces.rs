//! Traces, sent to an OpenTelemetry collector with OTLP over gRPC.
//!
//! Where a variable `OTEL_*` says something, it wins over the configuration. Most of them are read by the SDK: headers,
//! time limits, compression and sizes of batches.

use opentelemetry::KeyValue;
use opentelemetry_otlp::tonic_types::transport::ClientTlsConfig;
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig, WithTonicConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};

use crate::config::TracesConfig;

/// Variables of the collector; the first that is set counts.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

/// Who sends spans, in batches; nobody where there is no collector. Needs a runtime that is entered.
///
/// # Errors
/// When nothing can be sent to what is configured.
pub(super) fn provider(config: &TracesConfig) -> Result<Option<SdkTracerProvider>, ExporterBuildError> {
    if variable("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    let said = ENDPOINTS.into_iter().find_map(variable);
    let Some(endpoint) = said.as_ref().or(config.otlp_endpoint.as_ref()) else { return Ok(None) };
    let mut exporter = SpanExporter::builder().with_tonic();
    if endpoint.starts_with("https:") {
        exporter = exporter.with_tls_config(ClientTlsConfig::new().with_enabled_roots());
    }
    if said.is_none() {
        exporter = exporter.with_endpoint(endpoint);
    }
    let mut provider =
        SdkTracerProvider::builder().with_batch_exporter(exporter.build()?).with_resource(resource(config));
    if variable("OTEL_TRACES_SAMPLER").is_none() {
        provider =
            provider.with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(config.ratio))));
    }
    Ok(Some(provider.build()))
}

/// What sends.
fn resource(config: &TracesConfig) -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let named = variable("OTEL_SERVICE_NAME").is_some()
        || variable("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|text| text.contains("service.name="));
    let resource = Resource::builder().with_attribute(version);
    if named { resource.build() } else { resource.with_service_name(config.service_name.clone()).build() }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::spans;
    use opentelemetry::propagation::TextMapPropagator;
    use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
        TraceService, TraceServiceServer,
    };
    use opentelemetry_proto::tonic::collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
    };
    use opentelemetry_sdk::propagation::TraceContextPropagator;
    use std::collections::HashMap;
    use tokio::sync::mpsc;
    use tonic::transport::server::TcpIncoming;
    use tonic::{Request, Response, Status};
    use tracing_opentelemetry::OpenTelemetrySpanExt;
    use tracing_subscriber::layer::SubscriberExt;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const PARENT: &str = "00f067aa0ba902b7";

    struct Collector(mpsc::UnboundedSender<ExportTraceServiceRequest>);

    #[tonic::async_trait]
    impl TraceService for Collector {
        async fn export(
            &self,
            request: Request<ExportTraceServiceRequest>,
        ) -> Result<Response<ExportTraceServiceResponse>, Status> {
            self.0.send(request.into_inner()).map_err(|_| Status::unavailable("nobody looks"))?;
            Ok(Response::new(ExportTraceServiceResponse::default()))
        }
    }

    #[test]
    fn nothing_is_sent_unless_there_is_a_collector() {
        if ENDPOINTS.into_iter().find_map(variable).is_none() {
            assert!(matches!(provider(&TracesConfig::default()), Ok(None)));
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_span_arrives_with_the_parent_of_its_caller() {
        if ENDPOINTS.into_iter().find_map(variable).is_some() {
            return;
        }
        let incoming = TcpIncoming::bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        let address = incoming.local_addr().expect("it is bound");
        let (send, mut receive) = mpsc::unbounded_channel();
        let service = TraceServiceServer::new(Collector(send));
        tokio::spawn(tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming));

        let config =
            TracesConfig { otlp_endpoint: Some(format!("http://{address}")), ..TracesConfig::default() };
        let provider = provider(&config).expect("it is sound").expect("there is a collector");
        let header = HashMap::from([("traceparent".to_owned(), format!("00-{TRACE}-{PARENT}-01"))]);
        let caller = TraceContextPropagator::new().extract(&header);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(spans(&provider)), || {
            let call = tracing::info_span!("call", method = "Solve");
            call.set_parent(caller).expect("it has not begun");
            call.in_scope(|| drop(tracing::info_span!("search").entered()));
            drop(tracing::info_span!(target: "h2", "frame").entered());
        });
        let flushed =
            tokio::task::spawn_blocking(move || provider.shutdown()).await.expect("it does not panic");
        flushed.expect("the collector takes it");

        let request = receive.recv().await.expect("spans arrive");
        let [resource] = request.resource_spans.as_slice() else { panic!("{request:?}") };
        let name = resource.resource.iter().flat_map(|resource| &resource.attributes);
        assert!(name.into_iter().any(|attribute| attribute.key == "service.name"));
        let spans: Vec<_> = resource.scope_spans.iter().flat_map(|scope| &scope.spans).collect();
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let named = |name: &str| *spans.iter().find(|span| span.name == name).expect("it was sent");
        assert_eq!(spans.len(), 2, "spans of libraries are not ours: {spans:?}");
        assert_eq!(
            (hex(&named("call").trace_id), hex(&named("call").parent_span_id)),
            (TRACE.into(), PARENT.into())
        );
        assert_eq!(named("search").parent_span_id, named("call").span_id);
    }
}
