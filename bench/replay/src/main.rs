//! `replay`: every demand input under every seed, one JSON line each, and a summary.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::rc::Rc;

use clap::Parser;
use colocate_replay::{
    Cluster, DAY, Forecasts, INPUTS, Input, Replay, Row, Settings, Trace, bar, chart, summary,
};

/// Replays a trace of real machines on a made-up cluster under every demand input and seed: same solver, budget and
/// policy, only what the solver is told of the demand differs. One JSON line a replay, and a summary in Markdown, on
/// standard output.
#[derive(Debug, Parser)]
struct Options {
    /// Demand inputs; all where absent.
    #[arg(value_parser = input)]
    inputs: Vec<Input>,
    /// The folder of published traces.
    #[arg(long, env = "COLOCATE_DATA", default_value = "../shared/data")]
    data: PathBuf,
    /// Seeds of the first placement and of the solver.
    #[arg(long, value_delimiter = ',', default_value = "1,2,3,4,5")]
    seeds: Vec<u64>,
    /// Days by which each copy of the machines is shifted in time.
    #[arg(long, value_delimiter = ',', default_value = "0,7,14,21")]
    shifts: Vec<usize>,
    /// Days that are replayed, at the end of the trace.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=14))]
    days: u16,
    /// Steps of 5 min from one replan to the next.
    #[arg(long, default_value_t = Settings::default().interval as u16, value_parser = clap::value_parser!(u16).range(1..=DAY as i64))]
    interval: u16,
    /// Steps of 5 min that a replan looks ahead.
    #[arg(long, default_value_t = Settings::default().horizon as u16, value_parser = clap::value_parser!(u16).range(1..=DAY as i64))]
    horizon: u16,
    /// Quantile of the demand and of the calibrated host sums.
    #[arg(long, default_value_t = Settings::default().quantile, value_parser = fraction)]
    quantile: f64,
    /// Share of a host's CPU above which it is overloaded.
    #[arg(long, default_value_t = Settings::default().max_utilization, value_parser = fraction)]
    max_utilization: f64,
    /// Moves a replan.
    #[arg(long, default_value_t = Settings::default().moves, value_parser = clap::value_parser!(i64).range(0..))]
    moves: i64,
    /// Steps of the search a goal.
    #[arg(long, default_value_t = Settings::default().iterations)]
    iterations: u64,
    /// Switch hosts without machines off, so that it pays to empty them.
    #[arg(long)]
    power_managed: bool,
    /// Hosts; sized by the history where absent.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    hosts: Option<u16>,
    /// Memory of a host, in GiB.
    #[arg(long, default_value_t = 256)]
    memory_gib: i64,
    /// Added to every reserve, as a share of a host's CPU.
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    margin: f64,
    /// Where to write the JSON lines.
    #[arg(long)]
    rows: Option<PathBuf>,
    /// Where to write the summary.
    #[arg(long)]
    summary: Option<PathBuf>,
    /// Where to write a picture of hosts used against overloaded host-minutes, in SVG.
    #[arg(long)]
    chart: Option<PathBuf>,
}

fn input(text: &str) -> Result<Input, String> {
    let known = INPUTS.into_iter().find(|input| input.name == text);
    known.ok_or_else(|| format!("use one of {}", INPUTS.map(|input| input.name).join(", ")))
}

fn fraction(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value| *value > 0.0 && *value <= 1.0);
    value.ok_or_else(|| "use a fraction such as 0.8".to_owned())
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let mut out = std::io::stdout().lock();
    if let Some(absent) = Trace::files(&options.data).iter().find(|file| !file.is_file()) {
        writeln!(out, "nothing is replayed: there is no {}", absent.display())?;
        return Ok(());
    }
    let settings = Settings {
        replayed: usize::from(options.days) * DAY,
        interval: options.interval.into(),
        horizon: options.horizon.into(),
        quantile: options.quantile,
        max_utilization: options.max_utilization,
        moves: options.moves,
        power_managed: options.power_managed,
        iterations: options.iterations,
        margin: options.margin,
        ..Settings::default()
    };
    let trace = Rc::new(Trace::read(&options.data)?.shifted(&options.shifts));
    let mut cluster = Cluster::sized(
        &trace,
        trace.steps().saturating_sub(settings.replayed),
        &settings,
        options.memory_gib << 30,
    );
    cluster.hosts = options.hosts.map_or(cluster.hosts, usize::from);
    let forecasts = Rc::new(Forecasts::new(&trace, &settings));
    let inputs = if options.inputs.is_empty() { INPUTS.to_vec() } else { options.inputs.clone() };
    let (mut rows, mut lines) = (Vec::new(), String::new());
    for input in inputs {
        for &seed in &options.seeds {
            let replay = Replay { trace: &trace, cluster: &cluster, settings: &settings, seed };
            let mut demand = (input.new)(&trace, &forecasts, &settings);
            let measures = replay.run(&mut *demand, cluster.scattered(&trace, seed))?;
            let (hosts, machines) = (cluster.hosts, trace.machines.len());
            let row = Row { input: input.name, seed, hosts, machines, settings: settings.clone(), measures };
            let line = serde_json::to_string(&row)?;
            // A line at a time, so that what is there survives when the replay is cut short.
            writeln!(out, "{line}")?;
            out.flush()?;
            lines += &line;
            lines.push('\n');
            rows.push(row);
        }
    }
    let table = summary(&rows);
    writeln!(out, "\n{table}")?;
    if let Some(bar) = bar(&rows) {
        let verdict = if bar.is_reached() { "reached" } else { "not reached" };
        writeln!(
            out,
            "window maximum against reactive: {:.0} % of the overloaded host-minutes, {:+.2} hosts: {verdict}",
            100.0 * bar.overloaded,
            bar.hosts
        )?;
    }
    for (path, text) in [(&options.rows, lines), (&options.summary, table), (&options.chart, chart(&rows)?)] {
        if let Some(path) = path {
            fs::write(path, text)?;
        }
    }
    Ok(())
}
