//! `colocate forecast`.

mod backtest;
mod external;
mod plot;
mod text;

use std::path::{Path, PathBuf};
use std::time::Duration;

use colocate_files::{Inputs, load, write_atomically};
use colocate_grpc::Job;
use colocate_history::{History, NamedSeries, Options, Source};
use jiff::Timestamp;

use crate::cli::Forecast;
use crate::exit::{Failure, Outcome};
use crate::forecasting::{self, Order};
use crate::input::{self, print, say};
use crate::progress;

/// The longest horizon, in steps; further ahead there is nothing to tell.
const MOST_STEPS: usize = 10_000;

/// Reads history, forecasts it, and writes what was asked for.
pub(crate) fn run(args: &Forecast) -> Result<Outcome, Failure> {
    let threads = rayon::ThreadPoolBuilder::new().num_threads(args.threads.into()).build();
    let threads = threads.map_err(|error| Failure::Threads(Box::new(error)))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Threads(Box::new(error)))?;
    let cluster = args.cluster.as_deref().map(|path| cluster(path, args)).transpose()?;
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

/// The cluster and what was measured in it.
fn cluster(path: &Path, args: &Forecast) -> Result<Job, Failure> {
    let file = |path: &Option<PathBuf>| path.as_deref().map(Into::into);
    let mut inputs = Inputs::new(path);
    inputs.latency = file(&args.latency);
    inputs.traffic = file(&args.traffic);
    inputs.policy = file(&args.policy);
    Ok(input::job(load(&inputs)?)?)
}

/// The history of all sources; warnings go to standard error.
async fn history(args: &Forecast) -> Result<History, Failure> {
    let is_address = |source: &str| source.starts_with("http://") || source.starts_with("https://");
    let preset = |source: &str| args.preset.filter(|_| is_address(source));
    let mut sources = Vec::new();
    let mut faults = colocate_model::Faults::default();
    for source in &args.history {
        match Source::parse(source, preset(source)) {
            Ok(source) => sources.push(source),
            Err(more) => faults.0.extend(more.0),
        }
    }
    let sources = faults.into_result(sources)?;
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
    let loaded = colocate_history::load(&sources, &options).await?;
    for warning in &loaded.warnings {
        say(&format!("warning: {warning}\n"));
    }
    let step_s = loaded.history.series.first().map_or(1, |named| named.series.step_s);
    let most = (window.as_secs() / u64::from(step_s)).max(1) as usize;
    let newest = |named: NamedSeries| NamedSeries { series: named.series.newest(most), ..named };
    Ok(History { series: loaded.history.series.into_iter().map(newest).collect() })
}

/// Whole seconds, at least one.
fn seconds(duration: Duration) -> Result<u32, Failure> {
    let wrong = || Failure::Usage(format!("{duration:?} is no length in whole seconds that fits"));
    let whole = (duration.subsec_nanos() == 0).then_some(duration.as_secs()).filter(|&seconds| seconds > 0);
    whole.and_then(|seconds| u32::try_from(seconds).ok()).ok_or_else(wrong)
}

/// How many steps cover the horizon.
fn steps(horizon: Duration, history: &History) -> Result<usize, Failure> {
    let step_s = history.series.first().map_or(1, |named| named.series.step_s);
    let steps = horizon.as_secs().div_ceil(u64::from(step_s));
    match usize::try_from(steps) {
        Ok(steps @ 1..=MOST_STEPS) => Ok(steps),
        _ => Err(Failure::Usage(format!(
            "--horizon is {steps} steps of {step_s} s; ask for 1 to {MOST_STEPS}"
        ))),
    }
}

/// The quantiles, rising, each once.
fn quantiles(args: &Forecast) -> Vec<f64> {
    let mut quantiles = args.quantiles.clone();
    quantiles.sort_by(f64::total_cmp);
    quantiles.dedup();
    quantiles
}
