//! Latency: whole and in part, as it is measured, and why there is none.

use std::collections::BTreeMap;
use std::sync::Arc;

use colocate_files::{LatencyFile, MeasuredPath, PathSource};
use colocate_grpc::{PublishedLatency, Server, Services};
use colocate_proto::v1;
use colocate_proto::v1::latency_client::LatencyClient;
use jiff::Timestamp;
use tokio::sync::watch::{self, Sender};
use tonic::Code;
use tonic::transport::Channel;
use tonic_types::StatusExt;

use crate::support::{channel, config, fake, reason, start};

type Publisher = Sender<Option<Arc<PublishedLatency>>>;

/// Three racks; every path has the median `p50_us`.
fn latency(p50_us: f64) -> Option<Arc<PublishedLatency>> {
    let path = MeasuredPath {
        loss: vec![0.01],
        loss_low: vec![0.0],
        loss_high: vec![0.05],
        samples: Some(40),
        source: Some(PathSource::Measured),
        ..MeasuredPath::of_medians(vec![p50_us])
    };
    let row: BTreeMap<String, MeasuredPath> = ["a", "b", "c"].map(|to| (to.to_owned(), path.clone())).into();
    let paths = ["a", "b", "c"].map(|from| (from.to_owned(), row.clone())).into();
    let file = LatencyFile { level: "rack".into(), window_s: Some(300.0), paths, ..LatencyFile::default() };
    Some(Arc::new(PublishedLatency::new(&file, Timestamp::UNIX_EPOCH)))
}

async fn serving() -> (Server, Publisher, LatencyClient<Channel>) {
    let (publisher, feed) = watch::channel(None);
    let services = Services { latency: Some(feed), ..Services::solver(fake().backend) };
    let server = Server::start(config(), services).await.unwrap();
    let client = LatencyClient::new(channel(&server).await);
    (server, publisher, client)
}

fn filter(domains: &[&str], pairs: &[(&str, &str)]) -> Option<v1::LatencyFilter> {
    let pair =
        |&(from, to): &(&str, &str)| v1::PairOfDomains { from_domain: from.into(), to_domain: to.into() };
    Some(v1::LatencyFilter {
        domains: domains.iter().map(|&name| name.to_owned()).collect(),
        pairs: pairs.iter().map(pair).collect(),
    })
}

fn get(filter: Option<v1::LatencyFilter>) -> v1::LatencyGetRequest {
    v1::LatencyGetRequest { filter, max_age: None }
}

fn pairs(latency: &v1::LmsMeasurements) -> Vec<String> {
    let rows = latency.lms_measurements.iter();
    rows.flat_map(|(from, row)| row.to.keys().map(move |to| format!("{from}{to}"))).collect()
}

#[tokio::test]
async fn the_newest_is_handed_out_once_there_is_one() {
    let (_server, publisher, mut client) = serving().await;
    let status = client.get(get(None)).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "NO_LATENCY"));
    publisher.send_replace(latency(1.0));
    publisher.send_replace(latency(2.0));
    let found = client.get(get(None)).await.unwrap().into_inner().latency.unwrap();
    assert_eq!((found.level.as_str(), found.window_s), ("rack", Some(300.0)));
    assert_eq!(found.measured_at, Some(prost_types::Timestamp::default()));
    let path = &found.lms_measurements["a"].to["b"];
    assert_eq!((path.p50_us[0], path.loss_high[0], path.samples), (2.0, 0.05, Some(40)));
    assert_eq!(path.source(), v1::PathSource::Measured);
    assert_eq!(pairs(&found).len(), 9);
}

#[tokio::test]
async fn a_part_has_what_was_asked_for() {
    let (_server, publisher, mut client) = serving().await;
    publisher.send_replace(latency(1.0));
    let mut part = async |domains: &[&str], of: &[(&str, &str)]| {
        pairs(&client.get(get(filter(domains, of))).await.unwrap().into_inner().latency.unwrap())
    };
    assert_eq!(part(&["b"], &[]).await, ["ab", "ba", "bb", "bc", "cb"]);
    assert_eq!(part(&[], &[("a", "c"), ("b", "b")]).await, ["ac", "bb"]);
}

#[tokio::test]
async fn unknown_names_and_what_is_too_old_are_refused() {
    let (_server, publisher, mut client) = serving().await;
    publisher.send_replace(latency(1.0));
    let wrong = filter(&["a", "x"], &[("a", "y")]);
    let status = client.get(get(wrong.clone())).await.unwrap_err();
    let places = |status: tonic::Status| -> Vec<String> {
        let violations = status.get_details_bad_request().unwrap().field_violations;
        violations.into_iter().map(|violation| violation.field).collect()
    };
    let wanted = ["request /filter/domains/1", "request /filter/pairs/0/to_domain"];
    assert_eq!(places(status), wanted);
    let mut stream = client.watch(v1::LatencyWatchRequest { filter: wrong }).await.unwrap().into_inner();
    assert_eq!(places(stream.message().await.unwrap_err()), wanted);
    let max_age = Some(prost_types::Duration { seconds: 3600, nanos: 0 });
    let status = client.get(v1::LatencyGetRequest { filter: None, max_age }).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::FailedPrecondition, "LATENCY_TOO_OLD"));
}

#[tokio::test]
async fn a_watch_tells_of_the_newest_and_ends_with_the_server() {
    let (server, publisher, mut client) = serving().await;
    let request = v1::LatencyWatchRequest { filter: filter(&[], &[("a", "b")]) };
    let mut stream = client.watch(request).await.unwrap().into_inner();
    for round in 1..=3_u32 {
        publisher.send_replace(latency(round.into()));
        let found = stream.message().await.unwrap().unwrap().latency.unwrap();
        assert_eq!(found.lms_measurements["a"].to["b"].p50_us, [f64::from(round)]);
    }
    server.shutdown().await;
    assert_eq!(reason(&stream.message().await.unwrap_err()), "DRAINING");
}

#[tokio::test]
async fn a_server_without_latency_says_what_to_configure() {
    let (server, _watch, _client) = start(config()).await;
    let mut client = LatencyClient::new(channel(&server).await);
    let status = client.get(get(None)).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unimplemented, "LATENCY_NOT_CONFIGURED"));
    assert!(status.message().contains("[latency]"), "{status}");
}
