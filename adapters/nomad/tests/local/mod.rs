//! A server of a few lines that stands for Nomad.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers every request with the bytes that a function of it gives, then hangs up.
pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `respond` gets the number of the request, from 0 on, and its path with the query.
    pub(crate) async fn start(respond: impl Fn(usize, &str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let (requests, respond) = (Arc::new(Mutex::new(Vec::new())), Arc::new(respond));
        let seen = requests.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (seen, respond) = (seen.clone(), respond.clone());
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n\r\n") {
                        let mut buffer = [0; 4096];
                        match stream.read(&mut buffer).await {
                            Ok(0) | Err(_) => return,
                            Ok(length) => request.extend_from_slice(&buffer[..length]),
                        }
                    }
                    let request = String::from_utf8_lossy(&request).into_owned();
                    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                    let number = {
                        let mut seen = seen.lock().expect("nobody panicked");
                        seen.push(request);
                        seen.len() - 1
                    };
                    let _ = stream.write_all(&respond(number, &path)).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { url, requests }
    }

    /// The requests so far, in full.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("nobody panicked").clone()
    }

    /// The paths asked for so far.
    pub(crate) fn paths(&self) -> Vec<String> {
        let path = |request: &String| request.split(' ').nth(1).unwrap_or_default().to_owned();
        self.requests().iter().map(path).collect()
    }
}

/// An answer with its headers.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}")
        .into_bytes()
}

/// An answer in JSON.
pub(crate) fn ok(headers: &str, body: &str) -> Vec<u8> {
    answer("200 OK", &format!("content-type: application/json\r\n{headers}"), body)
}
