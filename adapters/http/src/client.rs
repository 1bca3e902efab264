//! Sends questions.

use std::net::IpAddr;
use std::path::Path;

use reqwest::header::{HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, Url, redirect};

use crate::answer::Answer;
use crate::config::{Auth, Config, Retry};
use crate::error::{Error, SetupError};
use crate::retry::retry_after;
use crate::tls;

/// A client of one server; clones share its connections. A question that is dropped is not asked any further.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    config: Config,
}

/// The largest file with a token or password, in bytes.
const SECRET_BYTES: usize = 1 << 16;

impl Client {
    /// A client for the server that `config` describes; nothing is sent yet.
    ///
    /// # Errors
    /// Where the address is none, a secret would be sent in the clear, or a file cannot be used.
    pub fn new(config: Config) -> Result<Self, SetupError> {
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
        let http = http.build().map_err(|error| SetupError::Http(error.into()))?;
        let client = Self { http, base, config };
        // A secret that cannot be read is found now.
        let _ = client.authorised(client.http.get(client.base.clone()))?;
        Ok(client)
    }

    /// Where it asks.
    #[must_use]
    pub fn url(&self) -> &str {
        self.base.as_str()
    }

    /// When a question is asked again. The client itself asks once: who reads the answer knows whether it is whole.
    #[must_use]
    pub fn retry(&self) -> &Retry {
        &self.config.retry
    }

    /// Asks for the document at the address itself, once.
    ///
    /// # Errors
    /// [`Error`] where there is no answer; one with a status of failure is an answer.
    pub async fn document(&self) -> Result<Answer, Error> {
        self.send(self.http.get(self.base.clone())).await
    }

    /// Gets what is under `path`, whose segments are escaped, with the parameters of `query`; once.
    ///
    /// # Errors
    /// [`Error`] where there is no answer; one with a status of failure is an answer.
    pub async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Answer, Error> {
        let mut url = self.under(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.send(self.http.get(url)).await
    }

    /// Posts a form to what is under `path`; once.
    ///
    /// # Errors
    /// [`Error`] where there is no answer; one with a status of failure is an answer.
    pub async fn post(&self, path: &[&str], form: &[(&str, &str)]) -> Result<Answer, Error> {
        self.send(self.http.post(self.under(path)).form(form)).await
    }

    fn under(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer, Error> {
        let response = self.authorised(request)?.send().await.map_err(|error| self.failed(error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        if status.is_redirection() {
            let location = header(LOCATION).unwrap_or("nowhere").to_owned();
            return Err(Error::Redirected { url: self.base.to_string(), location });
        }
        let retry_after = header(RETRY_AFTER).and_then(|value| retry_after(value, jiff::Timestamp::now()));
        let body = self.body(response).await?;
        Ok(Answer { url: self.base.to_string(), status: status.as_u16(), body, headers, retry_after })
    }

    /// The body, unpacked, as long as it is within the limit.
    async fn body(&self, mut response: Response) -> Result<Vec<u8>, Error> {
        let limit = self.config.response_bytes;
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
                    return Err(Error::Truncated { bytes: body.len(), source: error.without_url().into() });
                }
            }
        }
    }

    fn failed(&self, error: reqwest::Error) -> Error {
        let url = self.base.to_string();
        if error.is_timeout() && !error.is_connect() {
            return Error::TimedOut { url, timeout: self.config.timeout, attempts: 1 };
        }
        Error::Unreachable { url, attempts: 1, source: error.without_url().into() }
    }

    fn authorised(&self, request: RequestBuilder) -> Result<RequestBuilder, SetupError> {
        Ok(match &self.config.auth {
            Auth::None => request,
            Auth::Bearer { token_file } => request.bearer_auth(secret(token_file, "token")?),
            Auth::Basic { username, password_file } => {
                request.basic_auth(username, Some(secret(password_file, "password")?))
            }
            Auth::Header { name, token_file } => {
                let contents = || SetupError::Contents { path: token_file.clone(), what: "token" };
                let token = HeaderValue::from_str(&secret(token_file, "token")?);
                let mut token = token.map_err(|_| contents())?;
                // Whatever is logged of a request leaves it out.
                token.set_sensitive(true);
                request.header(*name, token)
            }
        })
    }
}

/// The address, checked.
fn address(config: &Config) -> Result<Url, SetupError> {
    let url = Url::parse(&config.url);
    if url.as_ref().is_ok_and(|url| !url.username().is_empty() || url.password().is_some()) {
        return Err(SetupError::PasswordInAddress);
    }
    let shown = || config.url.rsplit('@').next().unwrap_or_default().to_owned();
    let url = url.map_err(|_| SetupError::Address { url: shown() })?;
    let host = url.host_str().unwrap_or_default();
    let sound = matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none();
    if !sound || host.is_empty() {
        return Err(SetupError::Address { url: shown() });
    }
    let in_the_clear = url.scheme() == "http" && config.auth != Auth::None && !is_this_machine(host);
    if in_the_clear && !config.secret_in_the_clear {
        return Err(SetupError::SecretInTheClear);
    }
    Ok(url)
}

/// Whether `host` cannot be another machine.
fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// What a file holds, less white space around it.
fn secret(path: &Path, what: &'static str) -> Result<String, SetupError> {
    let bytes = std::fs::read(path).map_err(|source| SetupError::File { path: path.to_owned(), source })?;
    let sound =
        |text: &&str| !text.is_empty() && text.len() <= SECRET_BYTES && !text.contains(char::is_control);
    let text = std::str::from_utf8(&bytes).ok().map(str::trim).filter(sound);
    text.map(str::to_owned).ok_or_else(|| SetupError::Contents { path: path.to_owned(), what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_cannot_be_asked_are_refused_without_their_secrets() {
        for url in [
            "nomad:4646",
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
                auth: Auth::Header { name: "x-token", token_file: token_file.clone() },
                secret_in_the_clear: clear,
                ..Config::new(url)
            })
        };
        assert!(matches!(client("http://metrics.example", false), Err(SetupError::SecretInTheClear)));
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
        assert!(matches!(client(), Err(SetupError::File { .. })));
        std::fs::write(&password_file, "very\nsecret").expect("there is room");
        let error = client().expect_err("two lines are no password");
        assert!(error.to_string().contains("holds no password") && !format!("{error:?}").contains("very"));
    }
}
