//! Edges of metrics, asked of a server of a few lines that stands for Prometheus.

use std::sync::{Arc, Mutex};

use colocate_files::Findings;
use colocate_model::{Document, FaultCode};
use colocate_prometheus::Config;
use colocate_traffic::{MetricsError, Observed, Preset, ask};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const AT_MS: i64 = 1_772_366_400_000;

/// Answers the questions in their order, an empty vector where there is no more; gives back its address and what it was asked.
async fn start(answers: Vec<String>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    tokio::spawn(async move {
        for number in 0.. {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            let mut request = Vec::new();
            while !is_complete(&request) {
                let mut buffer = [0; 4096];
                match stream.read(&mut buffer).await {
                    Ok(0) | Err(_) => break,
                    Ok(length) => request.extend_from_slice(&buffer[..length]),
                }
            }
            seen.lock().expect("nobody panicked").push(String::from_utf8_lossy(&request).into_owned());
            let result = answers.get(number).map_or("", String::as_str);
            let body =
                format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{result}]}}}}"#);
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (url, asked)
}

/// Whether the body is there as `content-length` says.
fn is_complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    body.len() >= length.unwrap_or(0_usize)
}

fn series(client: &str, server: &str, connection: &str, value: &str) -> String {
    format!(
        r#"{{"metric":{{"client":"{client}","server":"{server}","connection_type":"{connection}"}},"value":[1,"{value}"]}}"#
    )
}

async fn collected(answers: Vec<String>) -> (Vec<Observed>, Vec<FaultCode>, Vec<String>) {
    let (url, asked) = start(answers).await;
    let mut findings = Findings::new(Document::Traffic);
    let edges = ask(Config::new(url), Preset::ServiceGraph, 3600, AT_MS, &mut findings).await;
    let ((), warnings) = findings.finish(()).expect("nothing is wrong");
    let asked = asked.lock().expect("nobody panicked").clone();
    (edges.expect("it answers"), warnings.iter().map(|warning| warning.code).collect(), asked)
}

#[tokio::test]
async fn a_service_graph_becomes_edges() {
    let calls = [
        series("user", "web", "virtual_node", "9"),
        series("web", "cart", "", "2"),
        series("web", "redis", "database", "3"),
        series("web", "mail", "messaging_system", "0.5"),
        series("idle", "cart", "", "NaN"),
    ];
    let failed = series("web", "cart", "", "0.25");
    let of_client = series("web", "redis", "database", "0.004");
    let of_server = [
        series("web", "redis", "database", "0.001"),
        series("web", "cart", "", "0.02"),
        series("web", "mail", "messaging_system", "60"),
    ];
    let answers = vec![calls.join(","), failed, String::new(), of_client, String::new(), of_server.join(",")];
    let (edges, warnings, asked) = collected(answers).await;
    let rows: Vec<_> = edges
        .iter()
        .map(|edge| (&*edge.to, edge.calls_per_s, edge.messages_per_s, edge.errors_per_s, edge.p95_us))
        .collect();
    assert_eq!(
        rows,
        [
            ("cart", Some(2.0), 0.0, Some(0.25), Some(20_000.0)),
            ("mail", Some(0.5), 0.5, None, None),
            ("redis", Some(3.0), 0.0, None, Some(4_000.0)),
        ]
    );
    assert_eq!((warnings, asked.len()), (Vec::new(), 6));
    assert!(asked.iter().all(|request| request.contains("time=1772366400.000") && request.contains("3600s")));
}

#[tokio::test]
async fn a_server_without_such_metrics_is_warned_of() {
    let (edges, warnings, _) = collected(Vec::new()).await;
    assert_eq!((edges, warnings), (Vec::new(), vec![FaultCode::Empty]));
}

#[tokio::test]
async fn a_refused_question_is_named() {
    let mut findings = Findings::new(Document::Traffic);
    let (url, _) = start(vec!["broken".into()]).await;
    let error =
        ask(Config::new(url), Preset::Istio, 60, AT_MS, &mut findings).await.expect_err("it is no answer");
    assert!(
        matches!(&error, MetricsError::Query { query, .. } if query.contains("istio_requests_total")),
        "{error}"
    );
}
