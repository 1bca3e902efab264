//! What a start is worth to the exact method: the time until a placement within 1 % of the best known, with the start of
//! the search and without any, on the one-goal instances `talkers`. Prints a table in Markdown.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clap::Parser;
use colocate_bench::Instance;
use colocate_model::{Cost, Placement, Problem, check};
use colocate_solver::{
    InProcess, Interrupt, MilpParams, SearchParams, SearchState, Stop, greedy, milp, search,
};

/// Measures what a start is worth to the exact method.
#[derive(Debug, Parser)]
struct Options {
    /// Seconds for each run.
    #[arg(long, default_value_t = 10.0)]
    time_limit: f64,
    /// Threads of HiGHS.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

/// Steps of the search that finds a start, a component and host.
const STEPS: u64 = 2_000;

/// Totals of a run as they were found, and after how many seconds.
type Trace = Vec<(f64, Cost)>;

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "| instance | start | best | with the start, s | without, s | start taken |\n|---|---|---|---|---|---|"
    )?;
    for (components, hosts) in [(25, 5), (50, 10)] {
        for seed in 1..=10 {
            let instance = Instance::Talkers(components, hosts, seed);
            let problem = instance.read(std::path::Path::new("."))?;
            let begun = Instant::now();
            let mut state = SearchState::new(&problem);
            greedy(&mut state);
            let params = SearchParams {
                seed: 1,
                iterations: Some(STEPS * (components * hosts) as u64),
                threads: options.threads,
            };
            search(&mut state, &params, &Stop::new(None, Interrupt::default()));
            let searched = begun.elapsed().as_secs_f64();
            let start = state.placement().clone();
            let from = check(&problem, &start).score.totals[0];
            let (mut warm, taken) = run(&problem, Some(&start), &options);
            warm.iter_mut().for_each(|(seconds, _)| *seconds += searched);
            warm.insert(0, (searched, from));
            let (cold, _) = run(&problem, None, &options);
            let best = warm.iter().chain(&cold).map(|&(_, total)| total).min().unwrap_or(from);
            writeln!(
                out,
                "| {instance} | {from} | {best} | {} | {} | {} |",
                reached(&warm, best),
                reached(&cold, best),
                if taken { "yes" } else { "no" }
            )?;
        }
    }
    Ok(())
}

/// Solves from `start`; what was found when, and whether HiGHS began from the start.
fn run(problem: &Problem, start: Option<&Placement>, options: &Options) -> (Trace, bool) {
    let trace = Arc::new(Mutex::new(Trace::new()));
    let (begun, heard) = (Instant::now(), Arc::clone(&trace));
    let limit = Duration::from_secs_f64(options.time_limit);
    let stop = Stop::new(Some(limit), Interrupt::default()).observed_by(move |progress| {
        if let Ok(mut trace) = heard.lock() {
            trace.push((begun.elapsed().as_secs_f64(), progress.total));
        }
    });
    let params = MilpParams { threads: options.threads, nodes: None, lp_iterations: None, seed: 1 };
    let outcome = milp(problem, start, &params, &InProcess, &stop);
    let trace = trace.lock().map(|trace| trace.clone()).unwrap_or_default();
    (trace, outcome.took_start.iter().all(|&took| took))
}

/// Seconds until a total within 1 % of `best`.
fn reached(trace: &[(f64, Cost)], best: Cost) -> String {
    let near = trace.iter().find(|&&(_, total)| total as f64 <= 1.01 * best as f64);
    near.map_or("-".to_owned(), |(seconds, _)| format!("{seconds:.2}"))
}
