//! What the client does when a server behaves badly, against servers of a few lines. Each says which behaviour it stands
//! for; `adapters/history/tests/real_prometheus.rs` asks a real one.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use colocate_prometheus::{Auth, Client, Config, Error, Limits, Range, Retry};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const RANGE: Range = Range { start_ms: 0, end_ms: 3_600_000, step_ms: 60_000 };
const EMPTY: &str = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;

/// Answers one connection after the other with the bytes of `script`, then hangs up; the last is repeated.
struct Server {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(script: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a port");
        let url = format!("http://{}/prefix", listener.local_addr().expect("it is bound"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
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
                let answer: &Vec<u8> = script.get(number).or(script.last()).expect("there is an answer");
                let _ = stream.write_all(answer).await;
                let _ = stream.shutdown().await;
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("nobody panicked").clone()
    }
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

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}", body.len())
        .into_bytes()
}

fn config(url: &str) -> Config {
    let retry = Retry { attempts: 3, first: Duration::from_millis(1), longest: Duration::from_secs(2) };
    Config { retry, ..Config::new(url) }
}

async fn ask(server: &Server) -> Result<colocate_prometheus::Matrix, Error> {
    Client::new(config(&server.url)).expect("it is sound").range("up", RANGE).await
}

#[tokio::test]
async fn nobody_there_is_asked_again_and_then_named() {
    // A port that was just free stands for a Prometheus that is down.
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("there is a port")
        .local_addr()
        .expect("it is bound")
        .port();
    let client = Client::new(config(&format!("http://127.0.0.1:{port}"))).expect("it is sound");
    let error = client.range("up", RANGE).await.expect_err("nobody is there");
    assert!(matches!(error, Error::Unreachable { attempts: 3, .. }), "{error:?}");
    assert!(error.to_string().contains("check that Prometheus runs"), "{error}");
}

#[tokio::test]
async fn what_prometheus_says_of_a_query_is_passed_on_and_final() {
    // Prometheus' answer to a query that it cannot parse.
    let body =
        r#"{"status":"error","errorType":"bad_data","error":"1:4: parse error: unexpected end of input"}"#;
    let server = Server::start(vec![answer("400 Bad Request", "", body)]).await;
    let error = ask(&server).await.expect_err("it is refused");
    assert!(matches!(&error, Error::Refused { status: 400, kind, .. } if kind == "bad_data"), "{error:?}");
    assert!(error.to_string().contains("unexpected end of input"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_overloaded_server_is_asked_again_as_late_as_it_wants() {
    // A limiting proxy, then a Prometheus that is still reading its log.
    let busy = answer("429 Too Many Requests", "retry-after: 0\r\n", "slow down");
    let starting = answer("503 Service Unavailable", "", "Service Unavailable");
    let server = Server::start(vec![busy, starting, answer("200 OK", "", EMPTY)]).await;
    assert_eq!(ask(&server).await.expect("the third answer is good").series, []);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_server_that_wants_a_longer_pause_than_allowed_is_left_alone() {
    let server =
        Server::start(vec![answer("503 Service Unavailable", "retry-after: 3600\r\n", "maintenance")]).await;
    let error = ask(&server).await.expect_err("an hour is too long");
    let hour = Some(Duration::from_secs(3600));
    assert!(
        matches!(error, Error::Unavailable { status: 503, attempts: 1, retry_after, .. } if retry_after == hour)
    );
}

#[tokio::test]
async fn half_an_answer_is_asked_for_again_and_then_an_error() {
    // A connection that breaks, and a proxy that cuts a body and says so nowhere.
    let mut broken = answer("200 OK", "", EMPTY);
    broken.truncate(broken.len() - 20);
    let cut = answer("200 OK", "", &EMPTY[..40]);
    for half in [broken, cut] {
        let server = Server::start(vec![half.clone()]).await;
        assert!(matches!(ask(&server).await, Err(Error::Truncated { bytes: 40.., .. })));
        assert_eq!(server.requests().len(), 3);
        let server = Server::start(vec![half, answer("200 OK", "", EMPTY)]).await;
        assert!(ask(&server).await.is_ok());
    }
}

#[tokio::test]
async fn the_page_of_a_proxy_is_no_answer_and_redirects_are_not_followed() {
    let server =
        Server::start(vec![answer("200 OK", "content-type: text/html\r\n", "<html>Sign in</html>")]).await;
    assert!(matches!(ask(&server).await, Err(Error::NotJson { start }) if start == "<html>Sign in</html>"));
    let server = Server::start(vec![answer("302 Found", "location: https://sso.example/\r\n", "")]).await;
    assert!(
        matches!(ask(&server).await, Err(Error::Redirected { location, .. }) if location == "https://sso.example/")
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn answers_beyond_the_limit_are_asked_for_in_shorter_pages() {
    // A body without a length that would never end; the client stops reading.
    let endless = [b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec(), vec![b' '; 1 << 16]].concat();
    let server = Server::start(vec![endless]).await;
    let limits = Limits { response_bytes: 1000, points: 61, ..Limits::default() };
    let client = Client::new(Config { limits, ..config(&server.url) }).expect("it is sound");
    assert!(matches!(client.range("up", RANGE).await, Err(Error::TooLarge { limit: 1000 })));
    let requests = server.requests();
    // 61, 30, 15, 7, 3 and 1 points.
    assert_eq!(requests.len(), 6);
    assert!(requests[1].contains("start=0.000&end=1740.000&step=60000ms"), "{}", requests[1]);
}

#[tokio::test]
async fn long_ranges_are_paged_and_warnings_are_passed_on() {
    // Two pages of one series; Thanos warns where a store did not answer.
    let page = |time: u32, extra: &str| {
        let series = format!(r#"{{"metric":{{"job":"a"}},"values":[[{time},"{time}"]]}}"#);
        answer(
            "200 OK",
            "",
            &format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}}{extra}}}"#),
        )
    };
    let server =
        Server::start(vec![page(0, ""), page(3600, r#","warnings":["a store is away"],"infos":["look"]"#)])
            .await;
    let limits = Limits { points: 60, ..Limits::default() };
    let client = Client::new(Config { limits, ..config(&server.url) }).expect("it is sound");
    let matrix = client.range("up", RANGE).await.expect("both pages are good");
    assert_eq!(matrix.series.len(), 1);
    assert_eq!(matrix.series[0].samples.iter().map(|sample| sample.value).collect::<Vec<_>>(), [0.0, 3600.0]);
    assert!(matrix.is_partial());
    assert_eq!((matrix.warnings, matrix.infos), (vec!["a store is away".into()], vec!["look".into()]));
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[0].starts_with("POST /prefix/api/v1/query_range HTTP/1.1\r\n"), "{}", requests[0]);
    assert!(requests[1].contains("start=3600.000&end=3600.000"), "{}", requests[1]);
}

#[tokio::test]
async fn a_page_that_fails_is_no_shorter_history() {
    let failing = answer(
        "422 Unprocessable Entity",
        "",
        r#"{"status":"error","errorType":"execution","error":"found duplicate series"}"#,
    );
    let server = Server::start(vec![answer("200 OK", "", EMPTY), failing]).await;
    let limits = Limits { points: 60, ..Limits::default() };
    let client = Client::new(Config { limits, ..config(&server.url) }).expect("it is sound");
    assert!(matches!(client.range("up", RANGE).await, Err(Error::Refused { status: 422, .. })));
}

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::File::create(&path).and_then(|mut file| file.write_all(text.as_bytes())).expect("there is room");
    path
}

#[tokio::test]
async fn secrets_are_shown_to_the_server_renewed_and_in_no_error() {
    let folder = tempfile::tempdir().expect("there is room");
    let token_file = file(folder.path(), "token", "very-secret\n");
    let server = Server::start(vec![answer("401 Unauthorized", "", "Unauthorized")]).await;
    let auth = Auth::Bearer { token_file };
    let client = Client::new(Config { auth, ..config(&server.url) }).expect("it is sound");
    let error = client.instant("up", 0).await.expect_err("it is refused");
    assert!(matches!(error, Error::Unauthorised { status: 401, .. }));
    assert!(!format!("{error} {error:?} {client:?}").contains("very-secret"));
    file(folder.path(), "token", "a-newer-one");
    let _ = client.instant("up", 0).await;
    let requests = server.requests();
    assert!(
        requests[0].to_ascii_lowercase().contains("authorization: bearer very-secret\r\n"),
        "{}",
        requests[0]
    );
    assert!(
        requests[1].to_ascii_lowercase().contains("authorization: bearer a-newer-one\r\n"),
        "{}",
        requests[1]
    );
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    // Accepts and never answers, as behind a firewall that forgot the connection.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let timeout = Duration::from_millis(50);
    let client = Client::new(Config { timeout, ..config(&url) }).expect("it is sound");
    let error = client.instant("up", 0).await.expect_err("it is silent");
    assert!(matches!(error, Error::TimedOut { attempts: 3, .. }), "{error:?}");
}

#[tokio::test]
async fn a_question_that_is_dropped_is_not_asked_again() {
    let server = Server::start(vec![answer("503 Service Unavailable", "", "")]).await;
    let retry =
        Retry { attempts: 1000, first: Duration::from_millis(20), longest: Duration::from_millis(20) };
    let client = Client::new(Config { retry, ..config(&server.url) }).expect("it is sound");
    let asking = tokio::spawn(async move { client.instant("up", 0).await.map(|_| ()) });
    while server.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    asking.abort();
    assert!(asking.await.expect_err("it was ended").is_cancelled());
    let asked = server.requests().len();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(server.requests().len() <= asked + 1);
}
