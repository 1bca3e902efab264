//! What agents measured, as a Prometheus scraped it.

use colocate_latency::{Collector, exposition};
use colocate_prometheus::{Client, Config, Error, Tls};
use tokio::runtime::Handle;

use crate::access::Access;
use crate::exit::Failure;

/// A Prometheus that scrapes agents.
pub(crate) struct Scraped {
    client: Client,
}

impl Scraped {
    /// The one at `url`.
    ///
    /// # Errors
    /// An address or files that cannot be used.
    pub(crate) fn new(url: &str, access: &Access) -> Result<Self, Error> {
        let mut config = Config::new(url);
        config.tls = Tls { authority: access.ca.clone(), ..Tls::default() };
        if let Some(token_file) = &access.token_file {
            config.auth = colocate_prometheus::Auth::Bearer { token_file: token_file.clone() };
        }
        Ok(Self { client: Client::new(config)? })
    }

    /// Adds what was counted over the window before a time. Needs a runtime that is entered, and blocks.
    ///
    /// # Errors
    /// When Prometheus does not answer.
    pub(crate) fn gather(
        &self,
        collector: &mut Collector,
        window_ms: i64,
        now_ms: i64,
    ) -> Result<(), Failure> {
        let query = exposition::query();
        let (begin, end) = Handle::current().block_on(async {
            Ok::<_, Error>((
                self.client.instant(&query, now_ms - window_ms).await?,
                self.client.instant(&query, now_ms).await?,
            ))
        })?;
        let foreign = exposition::collect(collector, &begin.series, &end.series);
        if foreign > 0 {
            tracing::warn!(foreign, "series that are not understood; left out");
        }
        Ok(())
    }
}
