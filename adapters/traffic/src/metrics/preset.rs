//! Questions for metrics that many already collect.

use colocate_prometheus::Labels;

use super::names::{self, Ends};
use crate::edge::EdgeSource;

/// Who makes the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Preset {
    /// The service graph of the OpenTelemetry collector or of Tempo.
    ServiceGraph,
    /// Envoy, as in Consul Connect.
    Envoy,
    /// Istio.
    Istio,
}

/// What a question is after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    Calls,
    Errors,
    Bytes,
    P50,
    P95,
}

/// A question; `$by` stands for the labels of the ends, `$window` for the time that is looked back over.
pub(super) struct Question {
    pub(super) quantity: Quantity,
    pub(super) query: &'static str,
    /// From its unit to calls/s, bytes/s or µs.
    pub(super) scale: f64,
}

const fn question(quantity: Quantity, query: &'static str, scale: f64) -> Question {
    Question { quantity, query, scale }
}

/// Counters have lost and found their `_total` over the versions. What the client sees comes first; older connectors have
/// the server's times alone.
///
/// # Source
/// OpenTelemetry collector, `connector/servicegraphconnector`; Grafana Tempo, "Service graphs".
const SERVICE_GRAPH: &[Question] = &[
    question(
        Quantity::Calls,
        "sum by ($by) (rate({__name__=~\"traces_service_graph_request(_total)?\"}[$window]))",
        1.0,
    ),
    question(
        Quantity::Errors,
        "sum by ($by) (rate({__name__=~\"traces_service_graph_request_failed(_total)?\"}[$window]))",
        1.0,
    ),
    question(
        Quantity::P50,
        "histogram_quantile(0.5, sum by ($by, le) (rate(traces_service_graph_request_client_seconds_bucket[$window])))",
        1e6,
    ),
    question(
        Quantity::P95,
        "histogram_quantile(0.95, sum by ($by, le) (rate(traces_service_graph_request_client_seconds_bucket[$window])))",
        1e6,
    ),
    question(
        Quantity::P50,
        "histogram_quantile(0.5, sum by ($by, le) (rate(traces_service_graph_request_server_seconds_bucket[$window])))",
        1e6,
    ),
    question(
        Quantity::P95,
        "histogram_quantile(0.95, sum by ($by, le) (rate(traces_service_graph_request_server_seconds_bucket[$window])))",
        1e6,
    ),
];

/// Times are in ms. A TCP upstream has bytes and no requests.
///
/// # Source
/// Envoy, "Cluster manager statistics"; Consul, `agent/xds`, for the labels.
const ENVOY: &[Question] = &[
    question(Quantity::Calls, "sum by ($by) (rate(envoy_cluster_upstream_rq_total[$window]))", 1.0),
    question(
        Quantity::Errors,
        "sum by ($by) (rate(envoy_cluster_upstream_rq_xx{envoy_response_code_class=\"5\"}[$window]))",
        1.0,
    ),
    question(Quantity::Bytes, "sum by ($by) (rate(envoy_cluster_upstream_cx_tx_bytes_total[$window]))", 1.0),
    question(Quantity::Bytes, "sum by ($by) (rate(envoy_cluster_upstream_cx_rx_bytes_total[$window]))", 1.0),
    question(
        Quantity::P50,
        "histogram_quantile(0.5, sum by ($by, le) (rate(envoy_cluster_upstream_rq_time_bucket[$window])))",
        1e3,
    ),
    question(
        Quantity::P95,
        "histogram_quantile(0.95, sum by ($by, le) (rate(envoy_cluster_upstream_rq_time_bucket[$window])))",
        1e3,
    ),
];

/// As the caller's proxy reports it; the callee's reports the same again.
///
/// # Source
/// Istio, "Standard metrics".
const ISTIO: &[Question] = &[
    question(Quantity::Calls, "sum by ($by) (rate(istio_requests_total{reporter=\"source\"}[$window]))", 1.0),
    question(
        Quantity::Errors,
        "sum by ($by) (rate(istio_requests_total{reporter=\"source\",response_code=~\"5..\"}[$window]))",
        1.0,
    ),
    question(
        Quantity::Bytes,
        "sum by ($by) (rate({__name__=~\"istio_(request|response)_bytes_sum\",reporter=\"source\"}[$window]))",
        1.0,
    ),
    question(
        Quantity::Bytes,
        "sum by ($by) (rate({__name__=~\"istio_tcp_(sent|received)_bytes_total\",reporter=\"source\"}[$window]))",
        1.0,
    ),
    question(
        Quantity::P50,
        "histogram_quantile(0.5, sum by ($by, le) (rate(istio_request_duration_milliseconds_bucket{reporter=\"source\"}[$window])))",
        1e3,
    ),
    question(
        Quantity::P95,
        "histogram_quantile(0.95, sum by ($by, le) (rate(istio_request_duration_milliseconds_bucket{reporter=\"source\"}[$window])))",
        1e3,
    ),
];

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 3] = [Self::ServiceGraph, Self::Envoy, Self::Istio];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.source().name()
    }

    pub(super) const fn source(self) -> EdgeSource {
        match self {
            Self::ServiceGraph => EdgeSource::ServiceGraph,
            Self::Envoy => EdgeSource::Envoy,
            Self::Istio => EdgeSource::Istio,
        }
    }

    pub(super) const fn questions(self) -> &'static [Question] {
        match self {
            Self::ServiceGraph => SERVICE_GRAPH,
            Self::Envoy => ENVOY,
            Self::Istio => ISTIO,
        }
    }

    /// The labels that name the ends.
    pub(super) const fn labels(self) -> &'static str {
        match self {
            Self::ServiceGraph => "client, server, connection_type",
            Self::Envoy => {
                "local_cluster, consul_source_service, consul_destination_service, envoy_cluster_name"
            }
            Self::Istio => "source_workload, destination_workload, destination_service_name",
        }
    }

    /// The ends that labels name; none where it is no traffic between services.
    pub(super) fn ends(self, labels: &Labels) -> Option<Ends> {
        match self {
            Self::ServiceGraph => names::service_graph(labels),
            Self::Envoy => names::envoy(labels),
            Self::Istio => names::istio(labels),
        }
    }
}
