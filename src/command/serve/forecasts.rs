//! Forecasts that the service makes again and again, each from history and files as they are by then.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use colocate_forecast::Method;
use colocate_grpc::{ForecastFeed, Job, PublishedForecast};
use colocate_history::{History, Options};
use jiff::Timestamp;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use tokio::runtime::Handle;
use tokio::sync::watch::{self, Sender};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::config::ForecastsConfig;
use crate::exit::Failure;
use crate::forecasting::sources::{self, rising, steps};
use crate::forecasting::{self, Order};

/// Describes the metrics of forecasts.
pub(super) fn describe_metrics() {
    describe_counter!(
        "colocate_forecast_rounds_total",
        "Forecasts that were begun, by outcome: made or failed."
    );
    describe_histogram!(DURATION, Unit::Seconds, "From the reading of history to the forecast.");
    describe_gauge!(NEWEST, Unit::Seconds, "Unix time at which the newest forecast was made.");
}

/// Time a forecast takes.
const DURATION: &str = "colocate_forecast_duration_seconds";
/// When the newest was made.
const NEWEST: &str = "colocate_forecast_made_timestamp_seconds";

/// Makes forecasts until it is dropped.
pub(super) struct Forecasting {
    feed: ForecastFeed,
    task: JoinHandle<()>,
}

impl Forecasting {
    /// Begins, if there is a history to forecast from. Needs a runtime.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub(super) fn start(config: &ForecastsConfig) -> Result<Option<Self>, ThreadPoolBuildError> {
        if !config.enabled() {
            return Ok(None);
        }
        let threads = ThreadPoolBuilder::new().num_threads(config.threads.into()).build()?;
        let (publisher, feed) = watch::channel(None);
        let rounds = Arc::new(Rounds { config: config.clone(), threads });
        Ok(Some(Self { feed, task: tokio::spawn(run(rounds, publisher)) }))
    }

    /// Where the forecasts arrive.
    pub(super) fn feed(&self) -> ForecastFeed {
        self.feed.clone()
    }
}

impl Drop for Forecasting {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What every round needs.
struct Rounds {
    config: ForecastsConfig,
    threads: ThreadPool,
}

/// Makes a forecast every now and then. Where that fails, the last one stays.
async fn run(rounds: Arc<Rounds>, publisher: Sender<Option<Arc<PublishedForecast>>>) {
    let mut interval = tokio::time::interval(Duration::from_secs(rounds.config.every_s.into()));
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut said = Vec::new();
    loop {
        interval.tick().await;
        let begun = Instant::now();
        let round = rounds.clone();
        let made = tokio::task::spawn_blocking(move || round.make()).await;
        histogram!(DURATION).record(begun.elapsed().as_secs_f64());
        let failure = match made {
            Ok(Ok(made)) => {
                counter!("colocate_forecast_rounds_total", "outcome" => "made").increment(1);
                gauge!(NEWEST).set(made.now.as_millisecond() as f64 / 1e3);
                // Every round finds the same, as long as nobody does anything about it.
                if made.warnings != said {
                    made.warnings.iter().for_each(|warning| tracing::warn!(warning, "about the forecast"));
                    said = made.warnings;
                }
                tracing::debug!(seconds = begun.elapsed().as_secs_f64(), "a new forecast");
                publisher.send_replace(Some(Arc::new(made.published)));
                continue;
            }
            Ok(Err(failure)) => failure.report(),
            Err(panic) => panic.to_string(),
        };
        counter!("colocate_forecast_rounds_total", "outcome" => "failed").increment(1);
        for reason in failure.lines() {
            let reason = reason.trim_start_matches("error: ");
            tracing::warn!(reason, "there is no new forecast; the last one stays, if there was one");
        }
    }
}

/// What a round makes.
struct Made {
    published: PublishedForecast,
    now: Timestamp,
    /// What the reader of the forecast should know.
    warnings: Vec<String>,
}

impl Rounds {
    /// Forecasts. Takes long, and has to be called on a thread that a runtime has for that.
    fn make(&self) -> Result<Made, Failure> {
        let config = &self.config;
        let cluster = config.cluster()?;
        let options = Options { step_s: config.step_s, span_s: Some(config.window_s), ..Options::default() };
        let reading = async { sources::read(&config.sources()?, &options, config.window()).await };
        let (history, mut warnings) = Handle::current().block_on(reading)?;
        let services = services(&history, cluster.as_ref());
        let order = Order {
            horizon: steps("forecasts.horizon_s", Duration::from_secs(config.horizon_s.into()), &history)?,
            quantiles: rising(&config.quantiles),
            method: config.method().unwrap_or(Method::Auto),
            now: Timestamp::now(),
        };
        let mut made = self.threads.install(|| forecasting::make(history, cluster.as_ref(), &order, &|| ()));
        if let Some(cluster) = &cluster {
            made.rank(cluster)?;
        }
        warnings.append(&mut made.warnings);
        Ok(Made {
            published: PublishedForecast::new(&made.file, order.now, services),
            now: order.now,
            warnings,
        })
    }
}

/// The service of every component: what the cluster says, else what the history does.
fn services(history: &History, cluster: Option<&Job>) -> BTreeMap<String, String> {
    if let Some(job) = cluster {
        let components = job.loaded.draft.components.iter();
        return components.map(|component| (component.name.clone(), component.service.clone())).collect();
    }
    let named = history.series.iter();
    named.filter_map(|named| Some((named.key.component()?.to_owned(), named.service.clone()?))).collect()
}
