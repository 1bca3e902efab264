//! What the client makes of a Nomad's answers, against a server of a few lines. Each says which behaviour of the real one
//! it stands for; `real_nomad.rs` asks a real one.

mod local;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use colocate_http::{Error as Http, Retry};
use colocate_nomad::{Client, Config, Error, Limits, Nodes, RackRule};
use local::{Server, answer, ok};
use tokio::net::TcpListener;

fn config(url: &str) -> Config {
    let retry = Retry { attempts: 3, first: Duration::from_millis(1), longest: Duration::from_secs(2) };
    Config { limits: Limits { retry, per_page: 2, ..Limits::default() }, ..Config::new(url) }
}

fn client(server: &Server) -> Client {
    Client::new(config(&server.url)).expect("it is sound")
}

#[tokio::test]
async fn lists_are_read_page_by_page_with_their_index() {
    // Nomad names the first item of the next page in `X-Nomad-NextToken`, and the state of its store in `X-Nomad-Index`;
    // the last page has no token.
    let server = Server::start(|_, path| {
        if path.contains("next_token=n3") {
            ok("x-nomad-index: 41\r\n", r#"[{"ID": "n3"}]"#)
        } else {
            ok("x-nomad-index: 40\r\nx-nomad-nexttoken: n3\r\n", r#"[{"ID": "n1"}, {"ID": "n2"}]"#)
        }
    })
    .await;
    let config = Config { region: Some("eu west".into()), ..config(&server.url) };
    let listed = Client::new(config).expect("it is sound").nodes().await.expect("both pages are good");
    let ids: Vec<&str> = listed.items.iter().map(|node| node.id.as_str()).collect();
    assert_eq!((ids, listed.index), (vec!["n1", "n2", "n3"], Some(40)));
    assert_eq!(
        server.paths(),
        [
            "/v1/nodes?resources=true&per_page=2&region=eu+west",
            "/v1/nodes?resources=true&per_page=2&next_token=n3&region=eu+west"
        ]
    );
}

#[tokio::test]
async fn lists_without_an_end_are_given_up() {
    // No real Nomad; a proxy that keeps an answer and does not look at the query.
    let server = Server::start(|_, _| ok("x-nomad-nexttoken: n3\r\n", r#"[{"ID": "n1"}]"#)).await;
    let error = client(&server).nodes().await.expect_err("it does not end");
    assert!(matches!(&error, Error::Circular { token, .. } if token == "n3"), "{error:?}");
    // Tokens that differ end at the limit.
    let server =
        Server::start(|number, _| ok(&format!("x-nomad-nexttoken: n{number}\r\n"), r#"[{"ID": "n1"}]"#))
            .await;
    let limits = Limits { listed: 5, ..config(&server.url).limits };
    let client = Client::new(Config { limits, ..config(&server.url) }).expect("it is sound");
    assert!(matches!(client.nodes().await, Err(Error::TooMany { limit: 5, .. })));
}

#[tokio::test]
async fn only_nodes_that_have_moved_are_read_again() {
    // `ModifyIndex` of a node moves with its status, its eligibility and its meta; lists have it, but no meta.
    let moved = Arc::new(AtomicU64::new(7));
    let now = moved.clone();
    let server = Server::start(move |_, path| {
        let index = now.load(Ordering::Relaxed);
        match path.split('?').next() {
            Some("/v1/nodes") if index == 9 => {
                ok("x-nomad-index: 9\r\n", r#"[{"ID": "n2", "ModifyIndex": 9}]"#)
            }
            Some("/v1/nodes") => {
                let list =
                    format!(r#"[{{"ID": "n1", "ModifyIndex": 5}}, {{"ID": "n2", "ModifyIndex": {index}}}]"#);
                ok("x-nomad-index: 8\r\n", &list)
            }
            Some("/v1/node/n1") => ok("", r#"{"ID": "n1", "ModifyIndex": 5, "Meta": {"rack": "r1"}}"#),
            // A client without meta: null.
            Some("/v1/node/n2") => {
                ok("", &format!(r#"{{"ID": "n2", "ModifyIndex": {index}, "Meta": null}}"#))
            }
            _ => answer("404 Not Found", "", "node not found"),
        }
    })
    .await;
    let (client, mut nodes) = (client(&server), Nodes::default());
    assert_eq!(nodes.refresh(&client).await.expect("it answers"), 2);
    let racks: Vec<_> = nodes.iter().map(|node| RackRule::default().rack_of(node)).collect();
    assert_eq!((racks, nodes.index()), (vec![Some("r1"), None], Some(8)));
    assert_eq!(nodes.refresh(&client).await.expect("it answers"), 0);
    moved.store(8, Ordering::Relaxed);
    assert_eq!(nodes.refresh(&client).await.expect("it answers"), 1);
    assert_eq!(server.paths().iter().filter(|path| path.starts_with("/v1/node/n1")).count(), 1);
    // Nodes that were collected are gone.
    moved.store(9, Ordering::Relaxed);
    nodes.refresh(&client).await.expect("it answers");
    assert_eq!(nodes.iter().count(), 1);
}

#[tokio::test]
async fn what_was_known_stays_when_a_look_fails() {
    // A node that is collected between the list and the question for it (404), then a server without a leader (500).
    let server = Server::start(|number, path| match path.split('?').next() {
        Some("/v1/nodes") if number < 3 => {
            ok("", r#"[{"ID": "n1", "ModifyIndex": 1}, {"ID": "n2", "ModifyIndex": 1}]"#)
        }
        Some("/v1/node/n1") => ok("", r#"{"ID": "n1", "ModifyIndex": 1}"#),
        Some("/v1/node/n2") => answer("404 Not Found", "", "node not found"),
        _ => answer("500 Internal Server Error", "", "No cluster leader"),
    })
    .await;
    let (client, mut nodes) = (client(&server), Nodes::default());
    assert_eq!(nodes.refresh(&client).await.expect("one is there"), 1);
    let error = nodes.refresh(&client).await.expect_err("there is no leader");
    assert!(matches!(&error, Error::Http(Http::Unavailable { status: 500, attempts: 3, .. })), "{error:?}");
    assert!(error.to_string().contains("No cluster leader"), "{error}");
    assert_eq!(nodes.iter().count(), 1);
}

#[tokio::test]
async fn no_more_questions_are_open_than_allowed() {
    let open = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let counted = open.clone();
    let server = Server::start(move |_, path| {
        if path.starts_with("/v1/nodes") {
            let nodes: Vec<String> = (0..12).map(|id| format!(r#"{{"ID": "n{id}"}}"#)).collect();
            return ok("", &format!("[{}]", nodes.join(",")));
        }
        let now = counted.0.fetch_add(1, Ordering::SeqCst) + 1;
        counted.1.fetch_max(now, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(2));
        counted.0.fetch_sub(1, Ordering::SeqCst);
        let id = path.rsplit('/').next().unwrap_or_default();
        ok("", &format!(r#"{{"ID": "{id}"}}"#))
    })
    .await;
    let limits = Limits { concurrent: 2, ..config(&server.url).limits };
    let client = Client::new(Config { limits, ..config(&server.url) }).expect("it is sound");
    assert_eq!(Nodes::default().refresh(&client).await.expect("it answers"), 12);
    assert!(open.1.load(Ordering::SeqCst) <= 2);
}

#[tokio::test]
async fn jobs_are_read_with_their_groups_and_those_that_others_started_are_not() {
    // Lists have no task groups; ids may hold slashes; a list that is empty may be null.
    let server = Server::start(|_, path| match path {
        "/v1/jobs?namespace=*&meta=true&per_page=2" => ok(
            "x-nomad-index: 12\r\n",
            r#"[{"ID": "team/shop", "Namespace": "prod", "Stop": false, "ParentID": "", "Meta": null},
                {"ID": "old", "Namespace": "prod", "Stop": true},
                {"ID": "report/periodic-1", "Namespace": "prod", "ParentID": "report"}]"#,
        ),
        "/v1/job/team%2Fshop?namespace=prod" => ok(
            "",
            r#"{"ID": "team/shop", "Namespace": "prod", "TaskGroups": [{"Name": "web", "Services": null}]}"#,
        ),
        _ => answer("404 Not Found", "", "job not found"),
    })
    .await;
    let client = client(&server);
    let jobs = client.specifications().await.expect("it answers");
    assert_eq!(jobs.index, Some(12));
    let [shop] = &jobs.items[..] else { panic!("{jobs:?}") };
    assert_eq!((shop.id.as_str(), shop.groups[0].name.as_str()), ("team/shop", "web"));
    let error = client.job("gone", "prod").await.expect_err("there is none");
    assert_eq!(error.to_string(), "Nomad has no job gone");
    let empty = Server::start(|_, _| ok("", "null")).await;
    let client =
        Client::new(Config { namespace: Some("prod".into()), ..config(&empty.url) }).expect("it is sound");
    assert_eq!(client.jobs().await.expect("null is empty").items, []);
    assert_eq!(empty.paths(), ["/v1/jobs?namespace=prod&meta=true&per_page=2"]);
}

#[tokio::test]
async fn too_many_connections_are_waited_out() {
    // Beyond `limits.http_max_conns_per_client` Nomad writes these bytes and hangs up; there is no length.
    let busy = b"HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nYour IP is issuing too many concurrent connections, please rate limit your calls\n";
    let server = Server::start(move |number, _| if number < 2 { busy.to_vec() } else { ok("", "[]") }).await;
    assert_eq!(client(&server).nodes().await.expect("the third is let in").items, []);
    assert_eq!(server.requests().len(), 3);
    let server = Server::start(move |_, _| busy.to_vec()).await;
    let error = client(&server).nodes().await.expect_err("it is busy");
    assert!(matches!(error, Error::Http(Http::Unavailable { status: 429, attempts: 3, .. })), "{error:?}");
}

#[tokio::test]
async fn tokens_are_shown_in_their_header_renewed_and_in_no_error() {
    // A token that Nomad does not know, or that may not list: 403 with a text.
    let folder = tempfile::tempdir().expect("there is room");
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, "very-secret\n").expect("there is room");
    let server = Server::start(|_, _| answer("403 Forbidden", "", "Permission denied")).await;
    let config = Config { token_file: Some(token_file.clone()), ..config(&server.url) };
    let client = Client::new(config.clone()).expect("it is sound");
    let error = client.nodes().await.expect_err("it is refused");
    assert!(
        matches!(&error, Error::Http(Http::Unauthorised { status: 403, error, .. }) if error == "Permission denied")
    );
    assert!(!format!("{error} {error:?} {client:?}").contains("very-secret"));
    std::fs::write(&token_file, "a-newer-one").expect("there is room");
    let _ = client.nodes().await;
    let requests = server.requests();
    assert_eq!(requests.len(), 2, "a refusal is final");
    assert!(requests[0].contains("x-nomad-token: very-secret\r\n"), "{}", requests[0]);
    assert!(requests[1].contains("x-nomad-token: a-newer-one\r\n"), "{}", requests[1]);
    let elsewhere = Config { address: "http://nomad.example:4646".into(), ..config };
    let error = Client::new(elsewhere).expect_err("others would read it");
    assert!(error.to_string().contains("in the clear"), "{error}");
}

#[tokio::test]
async fn what_is_too_large_broken_or_none_of_nomads_is_said() {
    let large = Server::start(|_, _| ok("", &format!("[{}]", " ".repeat(2000)))).await;
    let limits = Limits { response_bytes: 1000, ..config(&large.url).limits };
    let client_of = |url: &str, limits| Client::new(Config { limits, ..config(url) }).expect("it is sound");
    let error = client_of(&large.url, limits).nodes().await.expect_err("it is too large");
    assert!(matches!(error, Error::Http(Http::TooLarge { limit: 1000 })), "{error:?}");
    // A proxy that cuts a body and says so nowhere, once.
    let cut =
        Server::start(|number, _| ok("", if number == 0 { r#"[{"ID": "n1"# } else { r#"[{"ID": "n1"}]"# }))
            .await;
    assert_eq!(client(&cut).nodes().await.expect("the second is whole").items.len(), 1);
    for body in ["<html>Sign in</html>", r#"[{"ID": 7}]"#, r#""text""#, "[[[[", "\u{0}"] {
        let odd = Server::start(move |_, _| ok("", body)).await;
        assert!(matches!(client(&odd).nodes().await, Err(Error::Unexpected { what: "node", .. })), "{body}");
    }
    let sent_away = Server::start(|_, _| answer("307 Temporary Redirect", "location: /ui/\r\n", "")).await;
    assert!(matches!(client(&sent_away).nodes().await, Err(Error::Http(Http::Redirected { .. }))));
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    // Accepts and never answers, as behind a firewall that forgot the connection.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let limits = Limits { timeout: Duration::from_millis(50), ..config(&url).limits };
    let client = Client::new(Config { limits, ..config(&url) }).expect("it is sound");
    let error = client.nodes().await.expect_err("it is silent");
    assert!(matches!(error, Error::Http(Http::TimedOut { attempts: 3, .. })), "{error:?}");
}
