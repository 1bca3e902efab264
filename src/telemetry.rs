//! What a process that stays says about itself: logs, traces and metrics. Other commands have warnings alone.

pub(crate) mod logs;
pub(crate) mod metrics;
mod traces;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::ExporterBuildError;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogConfig, TracesConfig};

/// What has to be flushed in the end.
#[derive(Debug)]
pub(crate) struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Sets logs and traces up for the whole process. Needs the runtime that is to send the traces, entered.
    ///
    /// # Errors
    /// When the collector is configured so that nothing can be sent to it.
    pub(crate) fn start(log: &LogConfig, traces: &TracesConfig) -> Result<Self, ExporterBuildError> {
        opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
        let traces = traces::provider(traces)?;
        let subscriber =
            tracing_subscriber::registry().with(logs::layer(log)).with(traces.as_ref().map(spans));
        if subscriber.try_init().is_err() {
            tracing::warn!("logs go to a subscriber that was there before");
        }
        if let Some(provider) = &traces {
            opentelemetry::global::set_tracer_provider(provider.clone());
        }
        Ok(Self { traces })
    }

    /// Sends what has not been sent. Blocks; the runtime still has to run.
    pub(crate) fn flush(self) {
        if let Some(error) = self.traces.and_then(|provider| provider.shutdown().err()) {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// Turns our own spans into those of OpenTelemetry; those of the libraries that send them would never end.
fn spans<S>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let ours = Targets::new().with_target("colocate", tracing::Level::INFO);
    tracing_opentelemetry::layer().with_tracer(provider.tracer("colocate")).with_filter(ours)
}
