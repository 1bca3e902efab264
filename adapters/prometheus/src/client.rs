//! Sends questions and reads answers.

use std::time::Duration;

use colocate_http::Answer;

use crate::answer::{self, Matrix};
use crate::config::{Config, Limits};
use crate::error::Error;
use crate::page::{Merged, Pages, Range};

/// A client of one Prometheus; clones share its connections. A question that is dropped is not asked any further.
#[derive(Debug, Clone)]
pub struct Client {
    http: colocate_http::Client,
    timeout: Duration,
    limits: Limits,
}

/// How long a page of raw samples is at first, in ms: a day.
const RAW_PAGE_MS: i64 = 86_400_000;
/// Raw pages can be halved this often before they are given up.
const RAW_PARTS: u32 = 1 << 10;

impl Client {
    /// A client for the server that `config` describes; nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Setup`] where the address is none, a secret would be sent in the clear, or a file cannot be used.
    pub fn new(config: Config) -> Result<Self, Error> {
        let (timeout, limits) = (config.timeout, config.limits);
        Ok(Self { http: colocate_http::Client::new(config.http())?, timeout, limits })
    }

    /// Where it asks.
    #[must_use]
    pub fn url(&self) -> &str {
        self.http.url()
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
        self.paged(Pages::new(range, self.limits.points)?, |page| {
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
                    merged.add(matrix, self.limits.samples)?;
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
        self.http.retry().run(|| self.ask_once(endpoint, form)).await
    }

    async fn ask_once(&self, endpoint: &str, form: &[(&str, String)]) -> Result<Matrix, Error> {
        // The server need not go on when nobody waits.
        let timeout = format!("{}ms", self.timeout.as_millis());
        let form = form.iter().map(|(name, value)| (*name, value.as_str()));
        let form: Vec<_> = form.chain([("timeout", timeout.as_str())]).collect();
        answer::parse(&received(self.http.post(&["api", "v1", endpoint], &form).await?)?)
    }

    /// The document at the address itself, which is then of a file rather than of a server. It is asked for once.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn document(&self) -> Result<Vec<u8>, Error> {
        received(self.http.document().await?)
    }
}

/// The body of an answer that is none of failure.
fn received(answer: Answer) -> Result<Vec<u8>, Error> {
    if answer.is_success() {
        return Ok(answer.body);
    }
    let (kind, error) = answer::complaint(&answer.body);
    Err(match answer.refusal(error) {
        colocate_http::Error::Refused { status, error, .. } => Error::Refused { status, kind, error },
        other => other.into(),
    })
}

/// A time in ms as Prometheus reads it.
fn seconds(time_ms: i64) -> String {
    format!("{:.3}", time_ms as f64 / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_to_the_millisecond() {
        assert_eq!(seconds(1_435_781_430_781), "1435781430.781");
        assert_eq!(seconds(0), "0.000");
    }
}
