//! The `colocate` command.

mod about;
mod access;
mod agent;
mod call;
mod cli;
mod command;
mod config;
mod exit;
mod explanation;
mod forecasting;
mod input;
mod latency;
mod local;
mod milp_process;
mod plan_file;
mod progress;
mod racks;
mod remote;
mod report;
mod signals;
mod telemetry;
mod terminal;

use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use clap::{CommandFactory, Parser};

use cli::{Cli, Command, Latency};
use exit::{Failure, Outcome};

fn main() -> ExitCode {
    match run(Instant::now()) {
        Ok(outcome) => outcome.exit_code(),
        Err(failure) => {
            // Where standard error is closed, the exit code has to do.
            let _ = std::io::stderr().write_all(failure.report().as_bytes());
            failure.exit_code()
        }
    }
}

fn run(started: Instant) -> Result<Outcome, Failure> {
    let command = Cli::parse().command;
    // The service sets up more than that, and a worker has nobody to warn.
    if !matches!(command, Command::Serve(_) | Command::Agent(_) | Command::MilpWorker) {
        telemetry::logs::show_warnings();
    }
    match command {
        Command::Replan(args) => command::replan::run(&args, started),
        Command::MilpWorker => {
            milp_process::work().map_err(Failure::Print)?;
            Ok(Outcome::Done)
        }
        Command::Pareto(args) => command::pareto::run(&args, started),
        Command::Check(args) => command::check::run(&args),
        Command::Explain(args) => command::explain::run(&args),
        Command::Demo(args) => command::demo::run(&args),
        Command::Forecast(args) => command::forecast::run(&args),
        Command::Agent(args) => command::agent::run(&args),
        Command::Latency(args) => match args {
            Latency::Collect(args) => command::latency::collect::run(&args),
            Latency::Forecast(args) => command::latency::forecast::run(&args),
            Latency::Show(args) => command::latency::show::run(&args),
        },
        Command::Traffic(args) => command::traffic::run(&args),
        Command::Serve(args) => command::serve::run(&args),
        Command::Schema { name } => schema(name.as_deref()),
        Command::Convert { input, out, proto } => {
            command::convert::run(&input, out.as_deref(), proto.as_deref())
        }
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "colocate", &mut std::io::stdout());
            Ok(Outcome::Done)
        }
    }
}

/// Prints a schema, or the names of all.
fn schema(name: Option<&str>) -> Result<Outcome, Failure> {
    let all = colocate_files::schema::all();
    let names: Vec<&str> = all.iter().map(|entry| entry.0).collect();
    let Some(name) = name else {
        input::print(&format!("{}\n", names.join("\n")))?;
        return Ok(Outcome::Done);
    };
    let Some((_, schema)) = all.iter().find(|entry| entry.0 == name) else {
        return Err(Failure::Usage(format!("there is no format `{name}`; use one of {}", names.join(", "))));
    };
    input::print(&format!("{:#}\n", schema.as_value()))?;
    Ok(Outcome::Done)
}
