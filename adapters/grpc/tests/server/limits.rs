//! Room, memory and message sizes.

use bytes::Bytes;
use colocate_proto::v1;
use tonic::codec::CompressionEncoding;
use tonic::{Code, Request};

use crate::support::{ANSWER, HOLD, config, connect, hold, problem, reason, solve, start, until};

#[tokio::test]
async fn at_the_limit_a_call_is_refused_and_after_a_release_the_next_is_admitted() {
    let (_server, mut watch, mut client) = start(config()).await;
    let first = hold(&client, &mut watch, solve("one", HOLD)).await;
    let _second = hold(&client, &mut watch, solve("two", HOLD)).await;
    let refused = client.solve(solve("three", ANSWER)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "SOLVES"));
    // Evaluations have room of their own.
    client
        .check(v1::CheckRequest {
            source: Some(v1::check_request::Source::Problem(problem())),
            placement: None,
        })
        .await
        .unwrap();
    client.cancel(v1::CancelRequest { solve_id: "one".into() }).await.unwrap();
    let answer = first.await.unwrap().unwrap();
    assert_eq!(answer.stop_reason, v1::StopReason::Interrupted as i32);
    client.solve(solve("three", ANSWER)).await.unwrap();
}

#[tokio::test]
async fn memory_that_is_used_up_is_refused_before_anything_is_decoded() {
    let mut config = config();
    config.limits.memory_mib = 1;
    let (_server, _watch, mut client) = start(config).await;
    let mut request = solve("large", ANSWER);
    request.solve_id = "a".repeat(1 << 20);
    let refused = client.solve(request).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "MEMORY"));
    client.solve(solve("small", ANSWER)).await.unwrap();
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused_compressed_or_not() {
    let mut config = config();
    config.limits.message_mib = 1;
    let (server, _watch, mut client) = start(config).await;
    let mut request = solve("large", ANSWER);
    request.solve_id = "a".repeat(1 << 20);
    let refused = client.solve(request.clone()).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "MESSAGE_SIZE"));
    let mut client = connect(&server).await.send_compressed(CompressionEncoding::Gzip);
    let refused = client.solve(request).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "MESSAGE_SIZE"));
    let client = client.accept_compressed(CompressionEncoding::Gzip);
    client.clone().solve(solve("small", ANSWER)).await.unwrap();
}

#[tokio::test]
async fn bytes_that_are_no_message_do_no_harm() {
    let (server, _watch, mut client) = start(config()).await;
    for payload in [vec![0xff; 100], vec![0x0a, 0xff]] {
        let mut raw = tonic::client::Grpc::new(crate::support::channel(&server).await);
        raw.ready().await.unwrap();
        let path = http::uri::PathAndQuery::from_static("/colocate.v1.Solver/Solve");
        let codec = raw_codec::Raw;
        let refused = raw.unary(Request::new(Bytes::from(payload)), path, codec).await.unwrap_err();
        assert!(matches!(refused.code(), Code::InvalidArgument | Code::Internal), "{refused:?}");
    }
    client.solve(solve("", ANSWER)).await.unwrap();
}

#[tokio::test]
async fn a_client_that_goes_away_frees_its_worker() {
    let (_server, mut watch, mut client) = start(config()).await;
    let held = hold(&client, &mut watch, solve("gone", HOLD)).await;
    held.abort();
    watch.left.recv().await.unwrap();
    let ask = || {
        let mut client = client.clone();
        async move { client.solve(solve("gone", ANSWER)).await }
    };
    until(ask, Result::is_ok).await.unwrap();
    client.solve(solve("gone", ANSWER)).await.unwrap();
}

/// Sends bytes as they are.
mod raw_codec {
    use bytes::{Buf, BufMut, Bytes};
    use tonic::Status;
    use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

    pub(super) struct Raw;

    impl Codec for Raw {
        type Encode = Bytes;
        type Decode = Bytes;
        type Encoder = Self;
        type Decoder = Self;
        fn encoder(&mut self) -> Self {
            Self
        }
        fn decoder(&mut self) -> Self {
            Self
        }
    }

    impl Encoder for Raw {
        type Item = Bytes;
        type Error = Status;
        fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
            buffer.put(item);
            Ok(())
        }
    }

    impl Decoder for Raw {
        type Item = Bytes;
        type Error = Status;
        fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
            Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
        }
    }
}
