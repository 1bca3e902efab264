//! Codes, details, streams, deadlines, health and reflection.

use std::time::Duration;

use colocate_proto::v1;
use colocate_proto::v1::solve_stream_response::Event;
use tokio_stream::StreamExt;
use tonic::{Code, Request};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_types::StatusExt;

use crate::support::{
    ANSWER, DEAF, FAIL, HOLD, IMPROVE, IMPROVEMENTS, PANIC, channel, config, hold, problem, solve, start,
};

#[tokio::test]
async fn a_panic_and_a_failure_cost_their_call_alone_and_say_nothing_of_why() {
    let (_server, _watch, mut client) = start(config()).await;
    for seed in [PANIC, FAIL, PANIC, FAIL] {
        let status = client.solve(solve("same", seed)).await.unwrap_err();
        assert_eq!(status.code(), Code::Internal);
        assert!(!status.message().contains("secret") && !status.message().contains("told to"), "{status}");
    }
    client.solve(solve("same", ANSWER)).await.unwrap();
}

#[tokio::test]
async fn names_are_unique_while_they_run() {
    let (_server, mut watch, mut client) = start(config()).await;
    let _held = hold(&client, &mut watch, solve("job", HOLD)).await;
    assert_eq!(client.solve(solve("job", ANSWER)).await.unwrap_err().code(), Code::AlreadyExists);
    let other = client.solve(solve("", ANSWER)).await.unwrap().into_inner();
    assert!(!other.solve_id.is_empty());
    assert_eq!(client.solve(solve("a b", ANSWER)).await.unwrap_err().code(), Code::InvalidArgument);
    let cancel = v1::CancelRequest { solve_id: "nobody".into() };
    assert_eq!(client.cancel(cancel).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn faults_are_all_in_the_details_and_validate_lists_them() {
    let (_server, _watch, mut client) = start(config()).await;
    let mut faulty = problem();
    let cluster = faulty.cluster.as_mut().unwrap();
    cluster.components[0].host = Some("h2".into());
    cluster.components[0].service = "wbe".into();
    let mut request = solve("", ANSWER);
    request.source = Some(v1::solve_request::Source::Problem(faulty.clone()));
    let status = client.solve(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let violations = status.get_details_bad_request().unwrap().field_violations;
    let source = Some(v1::validate_request::Source::Problem(faulty));
    let faults = client.validate(v1::ValidateRequest { source }).await.unwrap().into_inner().faults;
    assert_eq!(violations.len(), faults.len());
    assert!(
        violations.iter().any(|violation| violation.field == "cluster /components/0/host"),
        "{violations:?}"
    );
    let source = Some(v1::validate_request::Source::Problem(problem()));
    assert!(client.validate(v1::ValidateRequest { source }).await.unwrap().into_inner().faults.is_empty());
}

#[tokio::test]
async fn of_a_deadline_the_backend_gets_what_leaves_time_to_answer() {
    let (_server, mut watch, mut client) = start(config()).await;
    let mut request = Request::new(solve("", ANSWER));
    request.set_timeout(Duration::from_secs(100));
    client.solve(request).await.unwrap();
    let time = watch.entered.recv().await.unwrap().unwrap();
    assert_eq!(time, Duration::from_secs(10), "the server's default is less than the deadline");
    let mut request = Request::new(solve("", ANSWER));
    request.set_timeout(Duration::from_secs(5));
    client.solve(request).await.unwrap();
    let time = watch.entered.recv().await.unwrap().unwrap();
    assert!(time < Duration::from_secs(5) && time > Duration::from_secs(4), "{time:?}");
}

/// The server says the first; tonic's client has a clock of its own, which may be earlier and says the second.
const OVER: [Code; 2] = [Code::DeadlineExceeded, Code::Cancelled];

#[tokio::test]
async fn a_deadline_that_is_none_or_over_is_said_so() {
    let (_server, watch, mut client) = start(config()).await;
    let mut request = Request::new(solve("", ANSWER));
    request.metadata_mut().insert("grpc-timeout", "soon".parse().unwrap());
    assert_eq!(client.solve(request).await.unwrap_err().code(), Code::InvalidArgument);
    let mut request = Request::new(solve("", ANSWER));
    request.metadata_mut().insert("grpc-timeout", "1n".parse().unwrap());
    assert!(OVER.contains(&client.solve(request).await.unwrap_err().code()));
    let mut request = Request::new(solve("", DEAF));
    request.metadata_mut().insert("grpc-timeout", "500m".parse().unwrap());
    assert!(OVER.contains(&client.solve(request).await.unwrap_err().code()));
    watch.backend.release();
}

#[tokio::test]
async fn a_slow_reader_of_a_stream_gets_the_last_placements_and_the_answer() {
    let (_server, mut watch, mut client) = start(config()).await;
    let request = v1::SolveStreamRequest { solve: Some(solve("stream", IMPROVE)), placements: true };
    let stream = client.solve_stream(request).await.unwrap().into_inner();
    watch.left.recv().await.unwrap();
    let events: Vec<Event> = stream.map(|event| event.unwrap().event.unwrap()).collect().await;
    assert!(matches!(&events[0], Event::Started(started) if started.solve_id == "stream"));
    assert!(matches!(events.last(), Some(Event::Answer(answer)) if answer.solve_id == "stream"));
    let Event::Incumbent(last) = &events[events.len() - 2] else {
        panic!("an incumbent comes before the answer")
    };
    assert_eq!(last.steps, IMPROVEMENTS);
    assert_eq!(last.placement.as_ref().unwrap().hosts["web.0"], "h1");
}

#[tokio::test]
async fn a_reader_that_leaves_a_stream_ends_its_search() {
    let (_server, mut watch, mut client) = start(config()).await;
    let request = v1::SolveStreamRequest { solve: Some(solve("stream", HOLD)), placements: false };
    let mut stream = client.solve_stream(request).await.unwrap().into_inner();
    stream.next().await.unwrap().unwrap();
    watch.entered.recv().await.unwrap();
    drop(stream);
    watch.left.recv().await.unwrap();
}

#[tokio::test]
async fn every_other_method_answers() {
    let (_server, _watch, mut client) = start(config()).await;
    let moves = vec![v1::Relocation { component_id: "web.0".into(), target_host: "h1".into() }];
    let source = Some(v1::evaluate_request::Source::Problem(problem()));
    let request = v1::EvaluateRequest { source, moves, placement: None };
    assert!(client.evaluate(request).await.unwrap().into_inner().what_if.is_some());
    let source = Some(v1::explain_request::Source::Problem(problem()));
    let request = v1::ExplainRequest { source, ..v1::ExplainRequest::default() };
    assert!(!client.explain(request).await.unwrap().into_inner().solve_id.is_empty());
    let source = Some(v1::check_request::Source::Problem(problem()));
    assert!(client.check(v1::CheckRequest { source, placement: None }).await.unwrap().into_inner().feasible);
    let source = Some(v1::pareto_request::Source::Problem(problem()));
    let request = v1::ParetoRequest { source, points: Some(0), ..v1::ParetoRequest::default() };
    assert_eq!(client.pareto(request).await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(client.solve(v1::SolveRequest::default()).await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn health_and_both_reflections_answer() {
    let (server, _watch, _client) = start(config()).await;
    let channel = channel(&server).await;
    let mut health = tonic_health::pb::health_client::HealthClient::new(channel.clone());
    for (service, wanted) in [
        ("", ServingStatus::Serving),
        ("colocate.v1.Solver", ServingStatus::Serving),
        // This server makes none.
        ("colocate.v1.Forecasts", ServingStatus::NotServing),
    ] {
        let request = tonic_health::pb::HealthCheckRequest { service: service.into() };
        let status = health.check(request).await.unwrap().into_inner().status;
        assert_eq!(status, wanted as i32, "{service}");
    }
    macro_rules! lists_the_services {
        ($version:ident) => {{
            use tonic_reflection::pb::$version as pb;
            let request = pb::ServerReflectionRequest {
                host: String::new(),
                message_request: Some(pb::server_reflection_request::MessageRequest::ListServices(
                    String::new(),
                )),
            };
            let mut client = pb::server_reflection_client::ServerReflectionClient::new(channel.clone());
            let mut stream =
                client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
            let response = stream.next().await.unwrap().unwrap().message_response.unwrap();
            let pb::server_reflection_response::MessageResponse::ListServicesResponse(list) = response else {
                panic!("a list was asked for")
            };
            for name in ["colocate.v1.Solver", "colocate.v1.Forecasts"] {
                assert!(list.service.iter().any(|service| service.name == name), "{name}");
            }
        }};
    }
    lists_the_services!(v1);
    lists_the_services!(v1alpha);
}
