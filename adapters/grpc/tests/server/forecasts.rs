//! Forecasts: whole and in part, as they are made, and why there is none.

use std::collections::BTreeMap;
use std::sync::Arc;

use colocate_files::{ForecastFile, Ranked};
use colocate_grpc::{PublishedForecast, Server, ServerConfig, Services};
use colocate_model::draft::{EdgeForecastDraft, ForecastDraft, SeriesDraft};
use colocate_proto::v1;
use colocate_proto::v1::forecasts_client::ForecastsClient;
use jiff::Timestamp;
use tokio::sync::watch::{self, Sender};
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use crate::support::{channel, config, fake, reason, start};

type Publisher = Sender<Option<Arc<PublishedForecast>>>;

/// Two components of one service, one of another, and their traffic; every mean is `mean`.
fn forecast(mean: f64) -> Option<Arc<PublishedForecast>> {
    let series = || SeriesDraft { mean: vec![mean, mean], ..SeriesDraft::default() };
    let resources = || ["cpu", "memory"].map(|resource| (resource.to_owned(), series()));
    let components = ["web.0", "web.1", "db.0"];
    let edge = |from: &str, to: &str| EdgeForecastDraft {
        from: from.into(),
        to: to.into(),
        calls_per_s: Some(series()),
        bytes_per_s: None,
    };
    let ranked =
        |component: &str| Ranked { component: component.into(), latency_impact: mean, overload: None };
    let draft = ForecastDraft {
        step_s: 300,
        steps: 2,
        components: components.map(|name| (name.to_owned(), resources().into())).into(),
        edges: vec![edge("web", "db"), edge("db", "disk")],
        reserve: [("cpu".to_owned(), 0.1), ("memory".to_owned(), 0.2)].into(),
        ..ForecastDraft::default()
    };
    let file = ForecastFile {
        model: Some("auto".into()),
        draft,
        ranking: components.map(ranked).into(),
        ..ForecastFile::default()
    };
    let service = |name: &str| (name.to_owned(), name.split('.').next().unwrap_or_default().to_owned());
    let services: BTreeMap<String, String> = components.map(service).into();
    Some(Arc::new(PublishedForecast::new(&file, Timestamp::UNIX_EPOCH, services)))
}

async fn serving(config: ServerConfig) -> (Server, Publisher, ForecastsClient<Channel>) {
    let (publisher, feed) = watch::channel(None);
    let services = Services { forecasts: Some(feed), ..Services::solver(fake().backend) };
    let server = Server::start(config, services).await.unwrap();
    let client = ForecastsClient::new(channel(&server).await);
    (server, publisher, client)
}

fn filter(components: &[&str], services: &[&str], resources: &[&str]) -> Option<v1::ForecastFilter> {
    let [components, services, resources] =
        [components, services, resources].map(|names| names.iter().map(|&name| name.to_owned()).collect());
    Some(v1::ForecastFilter { components, services, resources })
}

fn get(filter: Option<v1::ForecastFilter>) -> v1::ForecastsGetRequest {
    v1::ForecastsGetRequest { filter, max_age: None }
}

fn mean(forecast: Option<v1::Forecast>) -> f64 {
    forecast.unwrap().components["db.0"].resources["cpu"].mean[0]
}

/// The places of the faults of a request.
fn places(status: &Status) -> Vec<String> {
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    let violations = status.get_details_bad_request().unwrap().field_violations;
    violations.into_iter().map(|violation| violation.field).collect()
}

#[tokio::test]
async fn the_newest_is_handed_out_once_there_is_one() {
    let (_server, publisher, mut client) = serving(config()).await;
    let status = client.get(get(None)).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "NO_FORECAST"));
    publisher.send_replace(forecast(1.0));
    publisher.send_replace(forecast(2.0));
    let found = client.get(get(None)).await.unwrap().into_inner().forecast.unwrap();
    assert_eq!((found.step_s, found.step_count, found.model.as_deref()), (300, 2, Some("auto")));
    assert_eq!(found.made_at, Some(prost_types::Timestamp::default()));
    assert_eq!((found.components.len(), found.edges.len(), found.ranking.len()), (3, 2, 3));
    assert_eq!(mean(Some(found)), 2.0);
}

#[tokio::test]
async fn a_part_has_what_was_asked_for() {
    let (_server, publisher, mut client) = serving(config()).await;
    publisher.send_replace(forecast(1.0));
    let mut part = async |components: &[&str], services: &[&str], resources: &[&str]| {
        let request = get(filter(components, services, resources));
        client.get(request).await.unwrap().into_inner().forecast.unwrap()
    };
    let web = part(&["web.1"], &[], &["cpu"]).await;
    assert_eq!(web.components.keys().collect::<Vec<_>>(), ["web.1"]);
    assert_eq!(web.components["web.1"].resources.keys().collect::<Vec<_>>(), ["cpu"]);
    assert_eq!(web.reserve.keys().collect::<Vec<_>>(), ["cpu"]);
    assert_eq!((web.edges.len(), web.edges[0].callee.as_str()), (1, "db"));
    assert_eq!((web.ranking.len(), web.ranking[0].component.as_str()), (1, "web.1"));
    let both = part(&["web.0"], &["db"], &[]).await;
    assert_eq!(both.components.keys().collect::<Vec<_>>(), ["db.0", "web.0"]);
    assert_eq!((both.edges.len(), both.reserve.len()), (2, 2));
}

#[tokio::test]
async fn every_unknown_name_is_a_fault() {
    let (_server, publisher, mut client) = serving(config()).await;
    publisher.send_replace(forecast(1.0));
    let wrong = filter(&["web.0", "web.7"], &["wbe"], &["cpus"]);
    let max_age = Some(prost_types::Duration { seconds: -1, nanos: 0 });
    let request = v1::ForecastsGetRequest { filter: wrong.clone(), max_age };
    let status = client.get(request).await.unwrap_err();
    let names = ["components/1", "services/0", "resources/0"].map(|name| format!("request /filter/{name}"));
    assert_eq!(places(&status), [&["request /max_age".to_owned()][..], &names].concat());
    let mut stream = client.watch(v1::ForecastsWatchRequest { filter: wrong }).await.unwrap().into_inner();
    assert_eq!(places(&stream.message().await.unwrap_err()), names);
}

#[tokio::test]
async fn what_is_too_old_is_not_handed_out() {
    let (_server, publisher, mut client) = serving(config()).await;
    publisher.send_replace(forecast(1.0));
    let max_age = |seconds| Some(prost_types::Duration { seconds, nanos: 0 });
    let request = |seconds| v1::ForecastsGetRequest { filter: None, max_age: max_age(seconds) };
    let status = client.get(request(3600)).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::FailedPrecondition, "FORECAST_TOO_OLD"));
    assert_eq!(status.get_details_error_info().unwrap().metadata["max_age_s"], "3600");
    // It was made in 1970.
    client.get(request(1 << 36)).await.unwrap();
}

#[tokio::test]
async fn a_watch_tells_of_the_newest_and_skips_what_nobody_read() {
    let (_server, publisher, mut client) = serving(config()).await;
    let request = v1::ForecastsWatchRequest { filter: filter(&["db.0"], &[], &[]) };
    let mut stream = client.watch(request).await.unwrap().into_inner();
    let mut next = async || mean(stream.message().await.unwrap().unwrap().forecast);
    publisher.send_replace(forecast(1.0));
    assert_eq!(next().await, 1.0);
    for round in 2..=100_u32 {
        publisher.send_replace(forecast(round.into()));
    }
    assert_eq!(next().await, 100.0);
    // Names that are no longer forecast end no stream.
    let file = ForecastFile::default();
    let empty = PublishedForecast::new(&file, Timestamp::UNIX_EPOCH, BTreeMap::new());
    publisher.send_replace(Some(Arc::new(empty)));
    assert!(stream.message().await.unwrap().unwrap().forecast.unwrap().components.is_empty());
}

#[tokio::test]
async fn a_drain_ends_every_watch_with_a_reason() {
    let (server, publisher, mut client) = serving(config()).await;
    publisher.send_replace(forecast(1.0));
    let mut waiting = client.watch(v1::ForecastsWatchRequest::default()).await.unwrap().into_inner();
    waiting.message().await.unwrap().unwrap();
    // Whoever makes forecasts may end first.
    drop(publisher);
    let served = server.shutdown().await;
    assert_eq!((served.abandoned, served.workers), (0, 0));
    let status = waiting.message().await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "DRAINING"));
}

#[tokio::test]
async fn a_watch_ends_with_its_deadline_and_makes_room_once_it_is_left() {
    let mut config = config();
    config.limits.watches = 1;
    let (_server, _publisher, mut client) = serving(config).await;
    let mut request = Request::new(v1::ForecastsWatchRequest::default());
    request.metadata_mut().insert("grpc-timeout", "50m".parse().unwrap());
    let mut late = client.watch(request).await.unwrap().into_inner();
    let code = late.message().await.unwrap_err().code();
    // tonic's client has a clock of its own.
    assert!([Code::DeadlineExceeded, Code::Cancelled].contains(&code), "{code:?}");
    let watch = || client.clone();
    let ask = || async { watch().watch(v1::ForecastsWatchRequest::default()).await };
    let held = crate::support::until(ask, Result::is_ok).await.unwrap();
    let refused = ask().await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "WATCHES"));
    drop(held);
    crate::support::until(ask, Result::is_ok).await.unwrap();
}

#[tokio::test]
async fn memory_that_is_used_up_is_said_and_given_back() {
    let mut config = config();
    config.limits.memory_mib = 1;
    let (_server, publisher, mut client) = serving(config).await;
    let draft = ForecastDraft {
        components: (0..40_000).map(|index| (format!("component-{index}"), BTreeMap::new())).collect(),
        ..ForecastDraft::default()
    };
    let large = ForecastFile { draft, ..ForecastFile::default() };
    let large = PublishedForecast::new(&large, Timestamp::UNIX_EPOCH, BTreeMap::new());
    publisher.send_replace(Some(Arc::new(large)));
    for _ in 0..3 {
        assert_eq!(reason(&client.get(get(None)).await.unwrap_err()), "MEMORY");
        client.get(get(filter(&["component-7"], &[], &[]))).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_without_forecasts_says_what_to_configure() {
    let (server, _watch, _client) = start(config()).await;
    let mut client = ForecastsClient::new(channel(&server).await);
    let got = client.get(get(None)).await.unwrap_err();
    let watched = client.watch(v1::ForecastsWatchRequest::default()).await.unwrap_err();
    for status in [got, watched] {
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::Unimplemented, "FORECASTS_NOT_CONFIGURED")
        );
        assert!(status.message().contains("forecasts.history"), "{status}");
    }
}
