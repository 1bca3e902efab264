//! The end of a server.

use colocate_grpc::Served;
use colocate_proto::v1;
use tonic::Code;

use crate::support::{ANSWER, DEAF, HOLD, config, connect, hold, solve, start};

#[tokio::test]
async fn a_drain_in_the_middle_of_solves_answers_everyone() {
    let (server, mut watch, client) = start(config()).await;
    let first = hold(&client, &mut watch, solve("one", HOLD)).await;
    let second = hold(&connect(&server).await, &mut watch, solve("two", HOLD)).await;
    let served = server.shutdown().await;
    assert_eq!(served, Served { abandoned: 0, workers: 0 });
    for call in [first, second] {
        assert_eq!(call.await.unwrap().unwrap().stop_reason, v1::StopReason::Interrupted as i32);
    }
    assert_eq!(client.clone().solve(solve("", ANSWER)).await.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn a_backend_that_does_not_heed_the_end_keeps_nobody_waiting() {
    let mut config = config();
    config.drain_s = 0;
    let (server, mut watch, client) = start(config).await;
    let held = hold(&client, &mut watch, solve("deaf", DEAF)).await;
    let served = server.shutdown().await;
    assert_eq!(served, Served { abandoned: 1, workers: 1 });
    assert_eq!(held.await.unwrap().unwrap_err().code(), Code::Unavailable);
    watch.backend.release();
    watch.left.recv().await.unwrap();
}
