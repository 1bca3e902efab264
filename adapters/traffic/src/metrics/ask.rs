//! Asks Prometheus for edges.

use std::collections::BTreeMap;

use colocate_files::Findings;
use colocate_model::FaultCode;
use colocate_prometheus::{Client, Config, Matrix};

use super::names::Ends;
use super::preset::{Preset, Quantity, Question};
use crate::edge::Observed;

/// Why Prometheus gave no edges.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MetricsError {
    /// It cannot be asked.
    #[error("Prometheus cannot be asked")]
    Server(#[source] colocate_prometheus::Error),
    /// It did not answer a question.
    #[error("no answer to `{query}`")]
    Query {
        /// The question.
        query: String,
        /// Why.
        #[source]
        source: colocate_prometheus::Error,
    },
}

/// The edges that a preset finds, as rates over the `window_s` seconds before `at_ms` (Unix ms).
///
/// # Errors
/// Where a question is not answered. An answer without edges is a warning.
pub async fn ask(
    server: Config,
    preset: Preset,
    window_s: u64,
    at_ms: i64,
    findings: &mut Findings,
) -> Result<Vec<Observed>, MetricsError> {
    let client = Client::new(server).map_err(MetricsError::Server)?;
    let mut edges = BTreeMap::new();
    for question in preset.questions() {
        let query =
            question.query.replace("$by", preset.labels()).replace("$window", &format!("{window_s}s"));
        let answer = client.instant(&query, at_ms).await;
        let matrix = answer.map_err(|source| MetricsError::Query { query: query.clone(), source })?;
        for warning in &matrix.warnings {
            let cause = format!("the server says: {warning}");
            findings.warn(preset.name(), FaultCode::Partial, cause, "look at the server");
        }
        take(preset, question, matrix, &mut edges);
    }
    if edges.is_empty() {
        let cause = "no series names who calls and who is called";
        let action = "check the preset, and ask Prometheus' own console for its metrics";
        findings.warn(preset.name(), FaultCode::Empty, cause, action);
    }
    Ok(edges.into_values().collect())
}

/// Takes an answer: amounts add up; of durations of one edge the longest of the first question that has any counts.
fn take(
    preset: Preset,
    question: &Question,
    matrix: Matrix,
    edges: &mut BTreeMap<(String, String), Observed>,
) {
    let mut durations: BTreeMap<(String, String), f64> = BTreeMap::new();
    for series in matrix.series {
        let Some(Ends { from, to, is_message }) = preset.ends(&series.labels) else { continue };
        let values = series.samples.last().map(|sample| sample.value * question.scale);
        let Some(value) = values.filter(|value| value.is_finite() && *value >= 0.0) else { continue };
        let key = (from, to);
        let edge = edges
            .entry(key.clone())
            .or_insert_with(|| Observed::new(key.0.clone(), key.1.clone(), preset.source()));
        let add = |sum: &mut Option<f64>| *sum = Some(sum.unwrap_or(0.0) + value);
        match question.quantity {
            Quantity::Calls => {
                add(&mut edge.calls_per_s);
                edge.messages_per_s += if is_message { value } else { 0.0 };
            }
            Quantity::Errors => add(&mut edge.errors_per_s),
            Quantity::Bytes => add(&mut edge.bytes_per_s),
            // How long a message lies in a queue is no latency of the network.
            Quantity::P50 | Quantity::P95 if is_message => {}
            Quantity::P50 | Quantity::P95 => {
                let longest = durations.entry(key).or_default();
                *longest = longest.max(value);
            }
        }
    }
    for (key, duration) in durations {
        let Some(edge) = edges.get_mut(&key) else { continue };
        let field = if question.quantity == Quantity::P50 { &mut edge.p50_us } else { &mut edge.p95_us };
        *field = field.or(Some(duration));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(preset: Preset, number: usize, text: &str, edges: &mut BTreeMap<(String, String), Observed>) {
        let result = format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{text}]}}}}"#);
        let matrix = colocate_prometheus::parse(result.as_bytes()).expect("it is sound");
        take(preset, &preset.questions()[number], matrix, edges);
    }

    #[test]
    fn answers_become_one_edge() {
        let mut edges = BTreeMap::new();
        let series = |labels: &str, value: f64| format!(r#"{{"metric":{{{labels}}},"value":[1,"{value}"]}}"#);
        let by_label = r#""local_cluster":"web","consul_destination_service":"cart""#;
        let by_cluster = r#""local_cluster":"web","envoy_cluster_name":"cart.default.dc1.internal.x.consul""#;
        let own = r#""local_cluster":"web","envoy_cluster_name":"local_app""#;
        let calls = [series(by_label, 2.0), series(by_cluster, 0.5), series(own, 9.0)].join(",");
        answer(Preset::Envoy, 0, &calls, &mut edges);
        answer(Preset::Envoy, 2, &series(by_label, 100.0), &mut edges);
        answer(Preset::Envoy, 3, &series(by_label, 900.0), &mut edges);
        answer(Preset::Envoy, 5, &[series(by_label, 12.0), series(by_cluster, 4.0)].join(","), &mut edges);
        let edges: Vec<Observed> = edges.into_values().collect();
        assert_eq!(edges.len(), 1);
        assert_eq!((edges[0].calls_per_s, edges[0].bytes_per_s), (Some(2.5), Some(1000.0)));
        assert_eq!((edges[0].p50_us, edges[0].p95_us), (None, Some(12_000.0)));
    }

    #[test]
    fn no_question_is_left_with_a_gap() {
        for preset in Preset::ALL {
            for question in preset.questions() {
                let query = question.query.replace("$by", preset.labels()).replace("$window", "3600s");
                assert!(!query.contains('$') && query.contains("[3600s]"), "{query}");
            }
        }
    }
}
