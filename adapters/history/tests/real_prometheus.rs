//! Two weeks of 200 series, written as CSV and into a real Prometheus, read from both: the same numbers. Skipped, with one
//! line, where `prometheus` and `promtool` are not on the path.

#[path = "real/generate.rs"]
mod generate;
#[path = "real/server.rs"]
mod server;

use std::time::Duration;

use colocate_forecast::Series;
use colocate_history::{
    Aggregate, EdgeQuantity, Error, Key, Loaded, Monitoring, Names, Options, Preset, Query, Source, Subject,
    load, load_files,
};
use colocate_prometheus::{Auth, Client, Config};
use generate::{DAYS, START, STEP_S};
use server::Server;

fn custom(metric: &str, query: &str, counter: bool) -> Query {
    let template = |text: &str| text.parse().expect("it is sound");
    let names = Names::Component { component: template("{component}"), service: Some(template("{service}")) };
    Query { metric: metric.into(), query: query.into(), names, scale: 1.0, counter }
}

fn prometheus(server: &Config, queries: Vec<Query>) -> Source {
    Source::Prometheus(Box::new(Monitoring { server: server.clone(), queries, scrape_s: STEP_S }))
}

fn options(step_s: u32, days: u32) -> Options {
    Options {
        step_s: Some(step_s),
        until: Some(START + i64::from(DAYS) * 86_400),
        span_s: Some(days * 86_400),
        ..Options::default()
    }
}

fn same(one: &Series, other: &Series, tolerance: f64) -> Result<(), String> {
    if (one.start, one.values.len()) != (other.start, other.values.len()) {
        return Err(format!(
            "{} from {}, {} from {}",
            one.values.len(),
            one.start,
            other.values.len(),
            other.start
        ));
    }
    for (index, (&one, &other)) in one.values.iter().zip(&other.values).enumerate() {
        let agree = one.is_nan() && other.is_nan() || (one - other).abs() <= tolerance * one.abs().max(1e-3);
        if !agree {
            return Err(format!("{one} and {other} at {index}"));
        }
    }
    Ok(())
}

fn component(key: &Key) -> &str {
    key.component().expect("it is that of a component")
}

fn same_history(files: &Loaded, asked: &Loaded, tolerance: f64) {
    let keys =
        |loaded: &Loaded| loaded.history.series.iter().map(|named| named.key.clone()).collect::<Vec<_>>();
    assert_eq!(keys(files), keys(asked));
    for (one, other) in files.history.series.iter().zip(&asked.history.series) {
        assert_eq!(one.service, other.service, "{}", one.key);
        // Counters are converted by the same code from the same samples.
        let is_counter =
            matches!(&one.key, Key::Requests(_)) || one.key == Key::resource(component(&one.key), "network");
        let tolerance = if is_counter { 0.0 } else { tolerance };
        same(&one.series, &other.series, tolerance).unwrap_or_else(|odds| panic!("{}: {odds}", one.key));
    }
}

#[tokio::test]
async fn prometheus_and_files_give_the_same_history() {
    if !server::is_installed("prometheus_and_files_give_the_same_history") {
        return;
    }
    let folder = tempfile::tempdir().expect("there is room");
    let csv = folder.path().join("usage.csv");
    generate::write(&csv, &folder.path().join("usage.om"));
    let server = Server::start(folder.path(), "usage.om").await;
    let config = server.config();

    // Gauges and, as they were scraped, counters: every value of both.
    let queries = || {
        vec![
            custom("cpu", "$__over_time(used_mcpu[$__interval])", false),
            custom("memory", "$__over_time(used_bytes[$__interval])", false),
            custom("network", "sent_bytes_total", true),
            custom("requests", "requests_total", true),
        ]
    };
    for (step_s, aggregate) in [(60, Aggregate::Mean), (300, Aggregate::Max)] {
        let options = Options { aggregate, ..options(step_s, DAYS) };
        let files = load_files(std::slice::from_ref(&csv), &options).expect("the file is sound");
        assert_eq!(files.history.series.len(), 200);
        let asked = load(&[prometheus(&config, queries())], &options).await.expect("it answers");
        same_history(&files, &asked, 1e-9);
        let missing = files.history.series.iter().flat_map(|named| &named.series.values);
        assert!(missing.filter(|value| value.is_nan()).count() > 100, "there are gaps");
    }

    // The server's own rates look back a minute more than the hour and extrapolate: 3 % apart at worst.
    let hours = options(3600, DAYS);
    let files = load_files(std::slice::from_ref(&csv), &hours).expect("the file is sound");
    let rate = custom("network", "rate(sent_bytes_total[$__rate_interval])", false);
    let asked = load(&[prometheus(&config, vec![rate])], &hours).await.expect("it answers");
    let mut compared = 0;
    for named in &asked.history.series {
        let own = files.history.get(&named.key).expect("files have it too");
        let skipped = usize::try_from((named.series.start - own.start) / 3600).expect("files begin first");
        for (own, rate) in own.values[skipped..].iter().zip(&named.series.values) {
            if own.is_finite() && rate.is_finite() {
                assert!((rate - own).abs() <= 0.04 * own, "{}: {own} and {rate}", named.key);
                compared += 1;
            }
        }
    }
    assert!(compared > 50 * 24 * 13, "{compared} hours");

    presets(&config).await;
    refusals(&config).await;
}

/// What the presets make of the series of `generate::presets`, whose values are known.
async fn presets(server: &Config) {
    let mut queries = Vec::new();
    for preset in Preset::ALL {
        queries.extend(preset.queries(Some("env=\"test\""), None, None).expect("its templates are sound"));
    }
    let options = Options { step_s: Some(300), span_s: Some(3600), ..options(300, 1) };
    let loaded = load(&[prometheus(server, queries)], &options).await.expect("it answers");
    let expected = [
        ("alloc-1", "cpu", 750.0),
        ("alloc-1", "cpu_mhz", 1800.0),
        ("alloc-1", "memory", 3e8),
        ("host:9100", "cpu", 1500.0),
        ("host:9100", "disk_io", 3000.0),
        ("host:9100", "memory", 6e9),
        ("host:9100", "network", 7000.0),
        ("redis", "cpu", 250.0),
        ("redis", "disk_io", 300.0),
        ("redis", "memory", 2e8),
        ("redis", "network", 900.0),
    ];
    let found: Vec<(&Key, Option<&str>, usize)> = loaded
        .history
        .series
        .iter()
        .map(|named| (&named.key, named.service.as_deref(), named.series.values.len()))
        .collect();
    assert_eq!(found.len(), expected.len(), "{found:?} {:?}", loaded.warnings);
    for (named, (component, resource, value)) in loaded.history.series.iter().zip(expected) {
        assert_eq!(named.key, Key::resource(component, resource));
        assert_eq!(named.series.values.len(), 12, "{}", named.key);
        for found in &named.series.values {
            assert!((found - value).abs() <= 1e-6 * value, "{}: {found} for {value}", named.key);
        }
    }
    assert_eq!(found[0].1, Some("shop.web"));
    assert_eq!(found[7].1, Some("cache"));

    let template = |text: &str| text.parse().expect("it is sound");
    let edge = Query {
        metric: "calls_per_s".into(),
        query: "sum by ($__by) (rate(calls_total[$__rate_interval]))".into(),
        names: Names::Edge { from: template("{source}"), to: template("{destination}") },
        scale: 1.0,
        counter: false,
    };
    let service = Query {
        metric: "requests".into(),
        query: "sum by ($__by) (rate(calls_total[$__rate_interval]))".into(),
        names: Names::Service { service: template("{destination}") },
        scale: 1.0,
        counter: false,
    };
    let loaded = load(&[prometheus(server, vec![edge, service])], &options).await.expect("it answers");
    let edge = Key::edge("web", "cache", EdgeQuantity::CallsPerSecond);
    let requests = Key::Requests(Subject::Service("cache".into()));
    for key in [edge, requests] {
        let series = loaded.history.get(&key).expect("it is there");
        assert!(series.values.iter().all(|value| (value - 12.0).abs() < 1e-6), "{key}: {series:?}");
    }
}

/// What a real server says to bad questions and to strangers.
async fn refusals(server: &Config) {
    let options = options(300, 1);
    let ask = async |query: Query| load(&[prometheus(server, vec![query])], &options).await;
    let error = ask(custom("cpu", "sum by (", false)).await.expect_err("it is no PromQL");
    let Error::Query { metric, source: colocate_prometheus::Error::Refused { status, error, .. }, .. } =
        &error
    else {
        panic!("{error:?}");
    };
    assert!(metric == "cpu" && *status == 400 && error.contains("parse error"), "{error}");
    let Err(Error::Input(faults)) = ask(custom("cpu", "nobody_has_this", false)).await else {
        panic!("there is nothing")
    };
    assert_eq!(faults.0.iter().map(|fault| fault.code.to_string()).collect::<Vec<_>>(), ["E1508"]);
    let Err(Error::Input(faults)) =
        ask(custom("memory", "{__name__=~\"container.*\", component=~\".*\"}", false)).await
    else {
        panic!("no series has the label")
    };
    assert_eq!(faults.0.len(), 1, "{faults:?}");

    let mut stranger = server.clone();
    stranger.retry.attempts = 1;
    stranger.auth = Auth::None;
    let error = Client::new(stranger.clone()).expect("it is sound").instant("up", 0).await;
    assert!(matches!(error, Err(colocate_prometheus::Error::Unauthorised { status: 401, .. })), "{error:?}");
    stranger.tls.identity = None;
    let error = Client::new(stranger.clone()).expect("it is sound").instant("up", 0).await;
    assert!(matches!(error, Err(colocate_prometheus::Error::Unreachable { .. })), "{error:?}");
    stranger.timeout = Duration::from_secs(5);
    stranger.tls.authority = None;
    if let Ok(client) = Client::new(stranger) {
        let error = client.instant("up", 0).await;
        assert!(matches!(error, Err(colocate_prometheus::Error::Unreachable { .. })), "{error:?}");
    }
}
