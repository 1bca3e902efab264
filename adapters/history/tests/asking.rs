//! What becomes of Prometheus' answers, odd ones too, and of a Prometheus that gives none; against a server of a few lines
//! that says the same to every question, as Prometheus words it.

use std::time::Duration;

use colocate_history::{Error, Monitoring, Names, Options, Query, Source, load};
use colocate_model::Fault;
use colocate_prometheus::{Config, Error as Refusal, Retry};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Where `answer` is said to whoever asks.
async fn server(answer: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // A question is small: it comes in one piece or two, of which the first is the longer.
            let mut question = [0; 4096];
            let mut length = 0;
            while !question[..length].windows(8).any(|window| window == b"timeout=") {
                match stream.read(&mut question[length..]).await {
                    Ok(0) | Err(_) => break,
                    Ok(more) => length += more,
                }
            }
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    url
}

fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn matrix(series: &str, more: &str) -> String {
    answer(
        "200 OK",
        &format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}}{more}}}"#),
    )
}

/// Asks for cpu of `{alloc_id}` in steps of 60 s until 600.
async fn ask(answer: String) -> Result<(String, Vec<Fault>), Error> {
    let retry = Retry { attempts: 2, first: Duration::from_millis(1), longest: Duration::from_millis(1) };
    let server = Config { retry, ..Config::new(server(answer).await) };
    let component = "{alloc_id}".parse().expect("it is sound");
    let query = Query {
        metric: "cpu".into(),
        query: "cpu".into(),
        names: Names::Component { component, service: None },
        scale: 10.0,
        counter: false,
    };
    let monitoring = Monitoring { server, queries: vec![query], scrape_s: 60 };
    let options = Options { step_s: Some(60), until: Some(600), span_s: Some(600), ..Options::default() };
    let loaded = load(&[Source::Prometheus(Box::new(monitoring))], &options).await?;
    let shown = |named: &colocate_history::NamedSeries| {
        format!("{} {} {:?}", named.key, named.series.start, named.series.values)
    };
    Ok((loaded.history.series.iter().map(shown).collect::<Vec<_>>().join("; "), loaded.warnings))
}

fn codes(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(|fault| fault.code.to_string()).collect()
}

#[tokio::test]
async fn values_are_scaled_and_stand_at_the_start_of_their_step() {
    let series = r#"{"metric":{"alloc_id":"a"},"values":[[59.999,"50"],[119.999,"60"],[179.999,"NaN"],[239.999,"80"]]}"#;
    let (series, warnings) = ask(matrix(series, "")).await.expect("it is sound");
    assert_eq!(series, "a cpu 0 [500.0, 600.0, NaN, 800.0]");
    assert_eq!(warnings, []);
}

#[tokio::test]
async fn what_is_odd_is_left_out_with_a_warning() {
    let series = r#"{"metric":{"alloc_id":"a"},"values":[[59.999,"50"],[119.999,"-1"],[179.999,"+Inf"],[239.999,"80"]]},
                    {"metric":{"pod":"b"},"values":[[59.999,"50"]]}"#;
    let (series, warnings) =
        ask(matrix(series, r#","warnings":["a store is away"]"#)).await.expect("it is odd");
    assert_eq!(series, "a cpu 0 [500.0, NaN, NaN, 800.0]");
    assert_eq!(codes(&warnings), ["E1301", "E1303", "E1510"]);
}

#[tokio::test]
async fn two_series_of_one_component_are_a_fault() {
    let series = r#"{"metric":{"alloc_id":"a","task":"x"},"values":[[59.999,"5"]]},
                    {"metric":{"alloc_id":"a","task":"y"},"values":[[59.999,"5"]]}"#;
    let Err(Error::Input(faults)) = ask(matrix(series, "")).await else { panic!("they are not added up") };
    assert_eq!(codes(&faults.0), ["E1502"]);
    assert!(
        faults.0[0].cause.contains("task=\"y\"") && faults.0[0].action.contains("sum by"),
        "{}",
        faults.0[0]
    );
}

#[tokio::test]
async fn no_series_at_all_is_a_fault() {
    let Err(Error::Input(faults)) = ask(matrix("", "")).await else { panic!("there is nothing") };
    assert_eq!(codes(&faults.0), ["E1508"]);
}

#[tokio::test]
async fn a_refusal_names_the_query_and_half_an_answer_is_none() {
    let body = r#"{"status":"error","errorType":"execution","error":"found duplicate series"}"#;
    let error = ask(answer("422 Unprocessable Entity", body)).await.expect_err("it is refused");
    assert_eq!(error.to_string(), "no answer to the query of cpu: cpu");
    assert!(matches!(error, Error::Query { source: Refusal::Refused { status: 422, .. }, .. }));
    let half = answer("200 OK", r#"{"status":"success","data":{"resultType":"matrix","result":[{"me"#);
    let error = ask(half).await.expect_err("it is half an answer");
    assert!(matches!(error, Error::Query { source: Refusal::Truncated { .. }, .. }));
}

#[tokio::test]
async fn faults_of_files_come_before_anybody_is_asked() {
    let folder = tempfile::tempdir().expect("there is room");
    let settings = folder.path().join("history.toml");
    let text =
        "files = [\"absent.csv\"]\n[prometheus]\nurl = \"http://127.0.0.1:1\"\n[[preset]]\nname = \"node\"\n";
    std::fs::write(&settings, text).expect("there is room");
    let error = load(&[Source::Settings(settings)], &Options::default()).await;
    let Err(Error::Input(faults)) = error else { panic!("the file is absent: {error:?}") };
    assert_eq!(codes(&faults.0), ["E1101"]);
}

#[tokio::test]
async fn a_prometheus_that_is_down_is_named() {
    let folder = tempfile::tempdir().expect("there is room");
    let settings = folder.path().join("history.toml");
    // Nobody listens on port 1.
    let text = "[prometheus]\nurl = \"http://127.0.0.1:1\"\nattempts = 1\n[[preset]]\nname = \"node\"\n";
    std::fs::write(&settings, text).expect("there is room");
    let error = load(&[Source::Settings(settings)], &Options::default()).await.expect_err("nobody is there");
    let Error::Query { metric, source, .. } = error else { panic!("{error:?}") };
    assert_eq!(metric, "cpu");
    assert!(source.to_string().starts_with("http://127.0.0.1:1/ does not answer"), "{source}");
}
