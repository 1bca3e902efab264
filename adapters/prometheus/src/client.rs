//! Sends questions and reads answers.

use std::net::IpAddr;
use std::path::Path;

use reqwest::header::{LOCATION, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, Url, redirect};

use crate::answer::{self, Matrix};
use crate::config::{Auth, Config};
use crate::error::Error;
use crate::page::{Merged, Pages, Range};
use crate::retry::retry_after;
use crate::tls;

/// A client of one Prometheus; clones share its connections. A question that is dropped is not asked any further.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    config: Config,
}

/// How long a page of raw samples is at first, in ms: a day.
const RAW_PAGE_MS: i64 = 86_400_000;
/// Raw pages can be halved this often before they are given up.
const RAW_PARTS: u32 = 1 << 10;
/// The largest file with a token or password, in bytes.
const SECRET_BYTES: usize = 1 << 16;

impl Client {
    /// A client for the server that `config` describes; nothing is sent yet.
    ///
    /// # Errors
    /// Where the address is none, a secret would be sent in the clear, or a file cannot be used.
    pub fn new(config: Config) -> Result<Self, Error> {
        let base = address(&config)?;
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("colocate/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(config.connect_timeout)
            .timeout(config.timeout);
        if base.scheme() == "https" {
            http = http.tls_backend_preconfigured(tls::configure(&config.tls)?);
        } else {
            // Never used, but reqwest would look for a provider of its own.
            http = http.tls_backend_preconfigured(tls::none()?);
        }
        let client = Self { http: http.build().map_err(Error::Http)?, base, config };
        // A secret that cannot be read is found now.
        let _ = client.authorised(client.http.get(client.base.clone()))?;
        Ok(client)
    }

    /// Where it asks.
    #[must_use]
    pub fn url(&self) -> &str {
        self.base.as_str()
    }

    /// Evaluates `query` at a Unix time in ms; instant vectors become series of one sample.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn instant(&self, query: &str, at_ms: i64) -> Result<Matrix, Error> {
        self.ask("query", &[("query", query.to_owned()), ("time", seconds(at_ms))]).await
    }

    /// Evaluates `query` at every time of `range`, page by page, with shorter pages where the server or
    /// [`Limits`](crate::Limits) ask for it. All pages, or an error.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn range(&self, query: &str, range: Range) -> Result<Matrix, Error> {
        self.paged(Pages::new(range, self.config.limits.points)?, |page| {
            let form = vec![
                ("query", query.to_owned()),
                ("start", seconds(page.start_ms)),
                ("end", seconds(page.end_ms)),
                ("step", format!("{}ms", page.step_ms)),
            ];
            ("query_range", form)
        })
        .await
    }

    /// The samples that `selector` has, as they were scraped, from `from_ms` until before `until_ms`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn raw(&self, selector: &str, from_ms: i64, until_ms: i64) -> Result<Matrix, Error> {
        let range = Range {
            start_ms: from_ms,
            end_ms: until_ms.saturating_sub(1),
            step_ms: RAW_PAGE_MS / i64::from(RAW_PARTS),
        };
        // A range selector holds its start before Prometheus 3 and does not from then on: one ms more, and what comes
        // twice is dropped when pages are merged.
        self.paged(Pages::new(range, RAW_PARTS)?, |page| {
            let last = page.end_ms.saturating_add(page.step_ms - 1).min(range.end_ms);
            let window = last - page.start_ms + 1;
            ("query", vec![("query", format!("{selector}[{window}ms]")), ("time", seconds(last))])
        })
        .await
        .map(|mut matrix| {
            for series in &mut matrix.series {
                series.samples.retain(|sample| sample.time_ms >= from_ms);
            }
            matrix.series.retain(|series| !series.samples.is_empty());
            matrix
        })
    }

    async fn paged(
        &self,
        mut pages: Pages,
        question: impl Fn(Range) -> (&'static str, Vec<(&'static str, String)>),
    ) -> Result<Matrix, Error> {
        let mut merged = Merged::default();
        while let Some(page) = pages.page() {
            let (endpoint, form) = question(page);
            match self.ask(endpoint, &form).await {
                Ok(matrix) => {
                    merged.add(matrix, self.config.limits.samples)?;
                    pages.advance();
                }
                Err(error) if error.wants_a_shorter_range() && pages.shorten() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(merged.finish())
    }

    /// Asks until there is an answer or no hope of one.
    async fn ask(&self, endpoint: &str, form: &[(&str, String)]) -> Result<Matrix, Error> {
        let mut attempt = 1;
        loop {
            let error = match self.ask_once(endpoint, form).await {
                Ok(matrix) => return Ok(matrix),
                Err(error) => error,
            };
            match self.config.retry.pause(attempt, &error) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(error.after(attempt)),
            }
            attempt += 1;
        }
    }

    async fn ask_once(&self, endpoint: &str, form: &[(&str, String)]) -> Result<Matrix, Error> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/api/v1/{endpoint}", self.base.path().trim_end_matches('/')));
        // The server need not go on when nobody waits.
        let timeout = ("timeout", format!("{}ms", self.config.timeout.as_millis()));
        let form: Vec<&(&str, String)> = form.iter().chain([&timeout]).collect();
        let request = self.authorised(self.http.post(url).form(&form))?;
        let response = request.send().await.map_err(|error| self.failed(error))?;
        answer::parse(&self.received(response).await?)
    }

    /// The document at the address itself, which is then of a file rather than of a server. It is asked for once.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn document(&self) -> Result<Vec<u8>, Error> {
        let request = self.authorised(self.http.get(self.base.clone()))?;
        let response = request.send().await.map_err(|error| self.failed(error))?;
        self.received(response).await
    }

    /// The body of a response that is none of failure.
    async fn received(&self, response: Response) -> Result<Vec<u8>, Error> {
        let (status, url) = (response.status(), || self.base.to_string());
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        if status.is_redirection() {
            let location = header(LOCATION).unwrap_or("nowhere").to_owned();
            return Err(Error::Redirected { url: url(), location });
        }
        let retry_after = header(RETRY_AFTER).and_then(|value| retry_after(value, jiff::Timestamp::now()));
        let body = self.body(response).await?;
        if status.is_success() {
            return Ok(body);
        }
        let (kind, error) = answer::complaint(&body);
        let status = status.as_u16();
        Err(match status {
            401 | 403 => Error::Unauthorised { url: url(), status, error },
            429 | 500.. => Error::Unavailable { url: url(), status, attempts: 1, error, retry_after },
            _ => Error::Refused { status, kind, error },
        })
    }

    /// The body, unpacked, as long as it is within the limit.
    async fn body(&self, mut response: Response) -> Result<Vec<u8>, Error> {
        let limit = self.config.limits.response_bytes;
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(None) => return Ok(body),
                Ok(Some(chunk)) if body.len() + chunk.len() > limit => {
                    return Err(Error::TooLarge { limit });
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Err(error) if error.is_timeout() => return Err(self.failed(error)),
                Err(error) => {
                    return Err(Error::Truncated { bytes: body.len(), source: Some(error.without_url()) });
                }
            }
        }
    }

    fn failed(&self, error: reqwest::Error) -> Error {
        let url = self.base.to_string();
        if error.is_timeout() && !error.is_connect() {
            return Error::TimedOut { url, timeout: self.config.timeout, attempts: 1 };
        }
        Error::Unreachable { url, attempts: 1, source: error.without_url() }
    }

    fn authorised(&self, request: RequestBuilder) -> Result<RequestBuilder, Error> {
        Ok(match &self.config.auth {
            Auth::None => request,
            Auth::Bearer { token_file } => request.bearer_auth(secret(token_file, "token")?),
            Auth::Basic { username, password_file } => {
                request.basic_auth(username, Some(secret(password_file, "password")?))
            }
        })
    }
}

/// The address, checked.
fn address(config: &Config) -> Result<Url, Error> {
    let url = Url::parse(&config.url);
    if url.as_ref().is_ok_and(|url| !url.username().is_empty() || url.password().is_some()) {
        return Err(Error::PasswordInAddress);
    }
    let shown = || config.url.rsplit('@').next().unwrap_or_default().to_owned();
    let url = url.map_err(|_| Error::Address { url: shown() })?;
    let host = url.host_str().unwrap_or_default();
    let sound = matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none();
    if !sound || host.is_empty() {
        return Err(Error::Address { url: shown() });
    }
    let in_the_clear = url.scheme() == "http" && config.auth != Auth::None && !is_this_machine(host);
    if in_the_clear && !config.secret_in_the_clear {
        return Err(Error::SecretInTheClear);
    }
    Ok(url)
}

/// Whether `host` cannot be another machine.
fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// What a file holds, less white space around it.
fn secret(path: &Path, what: &'static str) -> Result<String, Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
    let sound =
        |text: &&str| !text.is_empty() && text.len() <= SECRET_BYTES && !text.contains(char::is_control);
    let text = std::str::from_utf8(&bytes).ok().map(str::trim).filter(sound);
    text.map(str::to_owned).ok_or_else(|| Error::Contents { path: path.to_owned(), what })
}

/// A time in ms as Prometheus reads it.
fn seconds(time_ms: i64) -> String {
    format!("{:.3}", time_ms as f64 / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_cannot_be_asked_are_refused_without_their_secrets() {
        for url in [
            "prometheus:9090",
            "ftp://127.0.0.1",
            "",
            "http://",
            "http://h/?query=1",
            "http://me:very-secret@h:port",
            "http://me:very-secret@h",
        ] {
            let error = Client::new(Config::new(url)).expect_err("it is no address").to_string();
            assert!(!error.contains("very-secret"), "{error}");
        }
    }

    #[test]
    fn secrets_go_over_https_or_to_this_machine() {
        let folder = tempfile::tempdir().expect("there is room");
        let token_file = folder.path().join("token");
        std::fs::write(&token_file, "very-secret\n").expect("there is room");
        let client = |url: &str, clear| {
            Client::new(Config {
                auth: Auth::Bearer { token_file: token_file.clone() },
                secret_in_the_clear: clear,
                ..Config::new(url)
            })
        };
        assert!(matches!(client("http://metrics.example", false), Err(Error::SecretInTheClear)));
        for (url, clear) in
            [("http://metrics.example", true), ("http://127.0.0.1:1", false), ("http://[::1]:1", false)]
        {
            let client = client(url, clear).expect("it is allowed");
            assert!(!format!("{client:?}").contains("very-secret"));
        }
    }

    #[test]
    fn files_without_a_secret_are_named_and_not_shown() {
        let folder = tempfile::tempdir().expect("there is room");
        let password_file = folder.path().join("password");
        let client = || {
            let auth = Auth::Basic { username: "me".into(), password_file: password_file.clone() };
            Client::new(Config { auth, ..Config::new("http://127.0.0.1:1") }).map(|_| ())
        };
        assert!(matches!(client(), Err(Error::File { .. })));
        std::fs::write(&password_file, "very\nsecret").expect("there is room");
        let error = client().expect_err("two lines are no password");
        assert!(error.to_string().contains("holds no password") && !format!("{error:?}").contains("very"));
    }

    #[test]
    fn times_are_written_to_the_millisecond() {
        assert_eq!(seconds(1_435_781_430_781), "1435781430.781");
        assert_eq!(seconds(0), "0.000");
    }
}
