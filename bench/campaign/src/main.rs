//! `campaign`: instances x methods x time limits x seeds, one JSON line each.

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use clap::Parser;
use colocate_bench::{Instance, Run, known, measure};
use colocate_solver::Method;

/// Solves instances under every method, time limit and seed; one JSON line each on standard output.
#[derive(Debug, Parser)]
struct Options {
    /// Instances such as roadef:a1_1, rasa:M3 or generated:10000x500; all that are known where absent.
    instances: Vec<Instance>,
    /// The folder of published instances.
    #[arg(long, env = "COLOCATE_DATA", default_value = "../shared/data")]
    data: PathBuf,
    /// How to solve: greedy, search.
    #[arg(long, value_delimiter = ',', default_value = "search", value_parser = method)]
    methods: Vec<Method>,
    /// Seeds of the solver.
    #[arg(long, value_delimiter = ',', default_value = "1,2,3")]
    seeds: Vec<u64>,
    /// Seconds a run, from the problem in memory to the checked answer.
    #[arg(long, value_delimiter = ',', default_value = "30")]
    time_limits: Vec<f64>,
    /// Steps a goal and thread, instead of time limits.
    #[arg(long)]
    iterations: Option<u64>,
    /// Threads of the search.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// What is measured; asked of git where absent.
    #[arg(long, env = "COLOCATE_COMMIT")]
    commit: Option<String>,
}

fn method(text: &str) -> Result<Method, String> {
    Method::from_name(text).ok_or_else(|| format!("use one of {}", Method::ALL.map(Method::name).join(", ")))
}

/// The commit that is checked out, with a plus sign when files differ from it.
fn checked_out() -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok().filter(|o| o.status.success())?;
        String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short", "HEAD"])?;
    let clean = git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty();
    Some(if clean { commit } else { commit + "+" })
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let commit = options.commit.clone().or_else(checked_out);
    let instances =
        if options.instances.is_empty() { known(&options.data) } else { options.instances.clone() };
    for instance in &instances {
        run_all(instance, &options, commit.as_deref())?;
    }
    Ok(())
}

/// All runs of an instance, which is read once.
fn run_all(instance: &Instance, options: &Options, commit: Option<&str>) -> anyhow::Result<()> {
    let problem = instance.read(&options.data)?;
    let limits: Vec<Option<Duration>> = match options.iterations {
        Some(_) => vec![None],
        None => options
            .time_limits
            .iter()
            .map(|&s| Duration::try_from_secs_f64(s).map(Some))
            .collect::<Result<_, _>>()?,
    };
    for &method in &options.methods {
        // The greedy has neither seed nor time limit.
        let (limits, seeds) = match method {
            Method::Greedy => (&limits[..1], &options.seeds[..1]),
            _ => (&limits[..], &options.seeds[..]),
        };
        for &time_limit in limits {
            for &seed in seeds {
                let run = Run {
                    method,
                    seed,
                    threads: options.threads,
                    time_limit,
                    iterations: options.iterations,
                };
                let mut row = measure(&instance.to_string(), &problem, &run)?;
                row.commit = commit.map(str::to_owned);
                // A line at a time, so that what is there survives when the campaign is cut short.
                let mut out = std::io::stdout().lock();
                serde_json::to_writer(&mut out, &row)?;
                writeln!(out)?;
                out.flush()?;
            }
        }
    }
    Ok(())
}
