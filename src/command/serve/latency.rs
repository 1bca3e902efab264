//! Matrices that the service hands out, as their source has them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use colocate_files::PathSource;
use colocate_grpc::{LatencyFeed, PublishedLatency};
use jiff::Timestamp;
use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};
use tokio::sync::watch::{self, Sender};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::config::LatencyConfig;
use crate::exit::Failure;
use crate::latency::{LatencySource, Measured};

/// Describes the metrics of latency.
pub(super) fn describe_metrics() {
    describe_counter!(ROUNDS, "Looks at the source of latency, by outcome: new, same or failed.");
    describe_gauge!(NEWEST, Unit::Seconds, "Unix time at which the newest matrix was measured.");
    describe_gauge!(PAIRS, "Pairs of the newest matrix, by where their numbers come from.");
}

/// Looks at the source.
const ROUNDS: &str = "colocate_latency_rounds_total";
/// When the newest was measured.
const NEWEST: &str = "colocate_latency_measured_timestamp_seconds";
/// Pairs by source.
const PAIRS: &str = "colocate_latency_pairs";

/// Has matrices until it is dropped.
pub(super) struct Measuring {
    feed: LatencyFeed,
    task: JoinHandle<()>,
}

impl Measuring {
    /// Begins, if there is a source. Needs a runtime.
    ///
    /// # Errors
    /// A source that cannot be used.
    pub(super) fn start(config: &LatencyConfig) -> Result<Option<Self>, Failure> {
        let Some(source) = config.source()? else { return Ok(None) };
        let (publisher, feed) = watch::channel(None);
        let task = tokio::spawn(run(source, Duration::from_secs(config.interval_s.into()), publisher));
        Ok(Some(Self { feed, task }))
    }

    /// Where the matrices arrive.
    pub(super) fn feed(&self) -> LatencyFeed {
        self.feed.clone()
    }
}

impl Drop for Measuring {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Asks the source every now and then. Where that fails, the last matrix stays.
async fn run(
    mut source: Box<dyn LatencySource>,
    interval: Duration,
    publisher: Sender<Option<Arc<PublishedLatency>>>,
) {
    let mut interval = tokio::time::interval(interval);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut said = String::new();
    loop {
        interval.tick().await;
        let asked = tokio::task::spawn_blocking(move || {
            let newest = source.newest(Timestamp::now());
            let made = newest.map(|newest| {
                newest.map(|measured| (PublishedLatency::new(&measured.file, measured.at), measured))
            });
            (source, made)
        });
        let made;
        // A source that panicked is gone; the log has why.
        (source, made) = match asked.await {
            Ok(answered) => answered,
            Err(panic) => return tracing::error!(%panic, "the source of latency failed for good"),
        };
        let failure = match made {
            Ok(None) => {
                counter!(ROUNDS, "outcome" => "same").increment(1);
                said.clear();
                continue;
            }
            Ok(Some((published, measured))) => {
                counter!(ROUNDS, "outcome" => "new").increment(1);
                report(&measured);
                publisher.send_replace(Some(Arc::new(published)));
                said.clear();
                continue;
            }
            Err(failure) => failure.report(),
        };
        counter!(ROUNDS, "outcome" => "failed").increment(1);
        // Every round finds the same, as long as nobody does anything about it.
        if failure != said {
            for reason in failure.lines() {
                let reason = reason.trim_start_matches("error: ");
                tracing::warn!(reason, "there is no new matrix; the last one stays, if there was one");
            }
            said = failure;
        }
    }
}

/// What the metrics say of the newest matrix.
fn report(measured: &Measured) {
    gauge!(NEWEST).set(measured.at.as_millisecond() as f64 / 1e3);
    let mut pairs: BTreeMap<&str, usize> = PathSource::ALL.map(|source| (source.word(), 0)).into();
    for path in measured.file.paths.values().flat_map(BTreeMap::values) {
        *pairs.entry(path.source.map_or("unknown", PathSource::word)).or_default() += 1;
    }
    for (source, count) in pairs {
        gauge!(PAIRS, "source" => source).set(count as f64);
    }
}
