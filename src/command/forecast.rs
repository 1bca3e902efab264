//! `colocate forecast`.

mod backtest;
mod external;
mod plot;
mod text;

use std::time::Duration;

use colocate_files::write_atomically;
use colocate_history::{History, Options};
use jiff::Timestamp;

use crate::cli::Forecast;
use crate::exit::{Failure, Outcome};
use crate::forecasting::{self, Order, sources};
use crate::input::{print, say};
use crate::progress;

/// Reads history, forecasts it, and writes what was asked for.
pub(crate) fn run(args: &Forecast) -> Result<Outcome, Failure> {
    let threads = rayon::ThreadPoolBuilder::new().num_threads(args.threads.into()).build();
    let threads = threads.map_err(|error| Failure::Threads(Box::new(error)))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Threads(Box::new(error)))?;
    let measured = [&args.latency, &args.traffic, &args.policy].map(Option::as_deref);
    let cluster = args.cluster.as_deref().map(|path| sources::cluster(path, measured)).transpose()?;
    let history = runtime.block_on(history(args))?;
    if args.backtest {
        return threads.install(|| backtest::run(args, history));
    }
    let externals = runtime.block_on(external::read(&args.external))?;
    let order = Order {
        horizon: steps(args.horizon, &history)?,
        quantiles: quantiles(args),
        method: args.model,
        now: args.now.unwrap_or_else(Timestamp::now),
    };
    let done = progress::counted(history.series.len());
    let mut made = threads.install(|| forecasting::make(history, cluster.as_ref(), &order, &*done));
    external::merge(externals, &mut made.file)?;
    if let Some(cluster) = &cluster {
        made.rank(cluster)?;
    }
    for warning in &made.warnings {
        say(&format!("warning: {warning}\n"));
    }
    if let Some(path) = &args.plot {
        let picture = plot::picture(&made, &args.series, &order.quantiles)?;
        write_atomically(path, |file| file.write_all(picture.as_bytes()))?;
    }
    if let Some(path) = &args.out {
        made.file.write(path)?;
    }
    if args.json {
        let mut text = Vec::new();
        made.file.write_to(&mut text).map_err(Failure::Print)?;
        print(&String::from_utf8_lossy(&text))?;
    } else {
        print(&text::summary(&made))?;
    }
    Ok(Outcome::Done)
}

/// The history of all sources; warnings go to standard error.
async fn history(args: &Forecast) -> Result<History, Failure> {
    let sources = sources::parse(&args.history, args.preset)?;
    let usual = Options::default();
    // The oldest window of a backtest has as much history as the newest.
    let window = args.window + if args.backtest { args.over } else { Duration::ZERO };
    let options = Options {
        step_s: args.step.map(seconds).transpose()?,
        until: args.until.map(Timestamp::as_second),
        span_s: Some(seconds(window)?),
        metric: args.metric.clone().unwrap_or(usual.metric),
        ..usual
    };
    let (history, warnings) = sources::read(&sources, &options, window).await?;
    for warning in warnings {
        say(&format!("warning: {warning}\n"));
    }
    Ok(history)
}

/// Whole seconds, at least one.
fn seconds(duration: Duration) -> Result<u32, Failure> {
    let wrong = || Failure::Usage(format!("{duration:?} is no length in whole seconds that fits"));
    let whole = (duration.subsec_nanos() == 0).then_some(duration.as_secs()).filter(|&seconds| seconds > 0);
    whole.and_then(|seconds| u32::try_from(seconds).ok()).ok_or_else(wrong)
}

/// How many steps cover the horizon.
fn steps(horizon: Duration, history: &History) -> Result<usize, Failure> {
    sources::steps("--horizon", horizon, history)
}

/// The quantiles, rising, each once.
fn quantiles(args: &Forecast) -> Vec<f64> {
    sources::rising(&args.quantiles)
}
