//! Tokens: who may call, and whose a call is.

use colocate_grpc::Reload;
use colocate_proto::v1;
use tonic::{Code, Request};

use crate::support::{ANSWER, HOLD, config, hold, reason, solve, start};

const ALICE: &str = "alice-0123456789abcdef0123";
const BOB: &str = "bob-0123456789abcdef012345";
const NEW: &str = "new-0123456789abcdef012345";

fn with<M>(token: &str, message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

#[tokio::test]
async fn a_token_sees_and_cancels_only_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("tokens");
    std::fs::write(&file, format!("alice {ALICE}\nbob {BOB}\n")).unwrap();
    let mut config = config();
    config.tokens = Some(file);
    config.limits.solves_per_token = 1;
    let (_server, mut watch, mut client) = start(config).await;
    let held = hold(&client, &mut watch, with(ALICE, solve("job", HOLD))).await;
    let cancel = || v1::CancelRequest { solve_id: "job".into() };
    assert_eq!(client.cancel(with(BOB, cancel())).await.unwrap_err().code(), Code::NotFound);
    client.solve(with(BOB, solve("job", ANSWER))).await.unwrap();
    let refused = client.solve(with(ALICE, solve("other", ANSWER))).await.unwrap_err();
    assert_eq!(reason(&refused), "TOKEN_SOLVES");
    client.cancel(with(ALICE, cancel())).await.unwrap();
    held.await.unwrap().unwrap();
}

#[tokio::test]
async fn without_a_valid_token_nothing_but_health_answers_and_tokens_change_without_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("tokens");
    std::fs::write(&file, format!("alice {ALICE}\n")).unwrap();
    let mut config = config();
    config.tokens = Some(file.clone());
    let (server, _watch, mut client) = start(config).await;
    assert_eq!(client.solve(solve("", ANSWER)).await.unwrap_err().code(), Code::Unauthenticated);
    assert_eq!(client.solve(with(NEW, solve("", ANSWER))).await.unwrap_err().code(), Code::Unauthenticated);
    let cancel = v1::CancelRequest { solve_id: "a".into() };
    assert_eq!(client.cancel(cancel).await.unwrap_err().code(), Code::Unauthenticated);
    let mut health =
        tonic_health::pb::health_client::HealthClient::new(crate::support::channel(&server).await);
    health.check(tonic_health::pb::HealthCheckRequest::default()).await.unwrap();

    std::fs::write(&file, format!("alice {ALICE}\nalice {NEW}\n")).unwrap();
    assert_eq!(server.reload(), (Some(Reload::Renewed), None));
    client.solve(with(ALICE, solve("", ANSWER))).await.unwrap();
    client.solve(with(NEW, solve("", ANSWER))).await.unwrap();
    std::fs::write(&file, "alice short\n").unwrap();
    assert_eq!(server.reload(), (Some(Reload::Kept), None));
    client.solve(with(NEW, solve("", ANSWER))).await.unwrap();
    std::fs::write(&file, format!("alice {NEW}\n")).unwrap();
    assert_eq!(server.reload(), (Some(Reload::Renewed), None));
    assert_eq!(client.solve(with(ALICE, solve("", ANSWER))).await.unwrap_err().code(), Code::Unauthenticated);
}
