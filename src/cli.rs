//! The command line as it is typed.

mod agent;
mod forecast;
mod latency;
mod traffic;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use colocate_model::{Axis, MethodName};
use jiff::Timestamp;

pub(crate) use agent::Agent;
pub(crate) use forecast::Forecast;
pub(crate) use latency::{Latency, LatencyCollect, LatencyForecast, Show};
pub(crate) use traffic::{Collect, Traffic, TrafficCommand};

use crate::milp_process;

/// Keeps the parts of a distributed system that talk to each other close together, and every rack below its limit.
#[derive(Debug, Parser)]
#[command(version, long_version = long_version(), propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The version, and that of the solver inside.
fn long_version() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        format!("{}\nHiGHS {}", env!("CARGO_PKG_VERSION"), colocate_solver::highs_version())
    });
    &TEXT
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find a better placement.
    Replan(Replan),
    /// Find the best placements for two or three axes: what giving up some of one gains on another.
    Pareto(Pareto),
    /// Judge a placement from scratch: exit code 1 when a row is violated.
    Check(Check),
    /// Explain a plan: what each directive changes, why not elsewhere, what if, what blocks.
    Explain(Explain),
    /// Plan a made-up web shop, explain it, and write plan.json into the current directory.
    Demo(Demo),
    /// Forecast what every component and every traffic edge will need.
    Forecast(Box<Forecast>),
    /// Measure the network between this host and the others until SIGTERM or Ctrl-C.
    Agent(Agent),
    /// What the network between racks does.
    #[command(subcommand)]
    Latency(Latency),
    /// Find out who calls whom, and how much.
    Traffic(Traffic),
    /// Solve for others over gRPC until SIGTERM or Ctrl-C.
    Serve(Serve),
    /// Print the JSON Schema of a format, or the names of all.
    Schema {
        /// The format.
        name: Option<String>,
    },
    /// Write a problem as native files, or as a message for those who call a server.
    Convert {
        #[command(flatten)]
        input: Input,
        /// The directory to write to.
        #[arg(long, required_unless_present = "proto")]
        out: Option<PathBuf>,
        /// Write an encoded `colocate.v1.Problem`, for those who call a server.
        #[arg(long, value_name = "FILE")]
        proto: Option<PathBuf>,
    },
    /// Solve one programme for a parent process.
    #[command(name = milp_process::WORKER, hide = true)]
    MilpWorker,
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// The format of the positional files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// CLUSTER, colocate's own.
    Native,
    /// MODEL ASSIGNMENT of the ROADEF/EURO challenge 2012.
    Roadef,
    /// A cluster of ByteDance's RASA data set.
    Rasa,
}

/// Where a problem comes from.
#[derive(Debug, Args)]
pub(crate) struct Input {
    /// The cluster, or what the format asks for.
    #[arg(required = true, num_args = 1..=2, value_name = "INPUT")]
    pub(crate) files: Vec<PathBuf>,
    /// Format of the input.
    #[arg(long, value_enum, default_value_t = Format::Native)]
    pub(crate) format: Format,
    /// Measured utilisation.
    #[arg(long, value_name = "FILE")]
    pub(crate) utilisation: Option<PathBuf>,
    /// Measured latency.
    #[arg(long, value_name = "FILE")]
    pub(crate) latency: Option<PathBuf>,
    /// Forecast demand.
    #[arg(long, value_name = "FILE")]
    pub(crate) forecast: Option<PathBuf>,
    /// Measured traffic.
    #[arg(long, value_name = "FILE")]
    pub(crate) traffic: Option<PathBuf>,
    /// Goals, prices and limits.
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
}

/// `colocate replan`.
#[derive(Debug, Args)]
pub(crate) struct Replan {
    #[command(flatten)]
    pub(crate) input: Input,
    /// How to solve.
    #[arg(long, value_parser = method(), default_value = MethodName::default().name())]
    pub(crate) method: MethodName,
    /// Time from the start of the process to the answer, such as `30s`.
    #[arg(long, value_parser = duration, default_value = "30s")]
    pub(crate) time_limit: Duration,
    /// Proposals a goal, instead of a time limit: the same answer every time.
    #[arg(long)]
    pub(crate) iterations: Option<u64>,
    /// Threads of the search.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) threads: u16,
    /// Seed of every random choice.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// At most so many moves.
    #[arg(long)]
    pub(crate) max_moves: Option<i64>,
    #[command(flatten)]
    pub(crate) server: Server,
    /// Run HiGHS in a process of its own: a crash there costs a programme, not the answer.
    #[arg(long)]
    pub(crate) milp_process: bool,
    /// Memory of that process, in MiB.
    #[arg(long, value_name = "MIB", default_value_t = milp_process::MEMORY_MIB, requires = "milp_process")]
    pub(crate) milp_memory: u64,
    /// Write the programme of the whole problem in the MPS format, one file a goal: the first goal as OUT, goal N as
    /// OUT.N, each holding the earlier goals at what was reached.
    #[arg(long, value_name = "OUT")]
    pub(crate) write_mps: Option<PathBuf>,
    /// Write the placement, in the format of the input.
    #[arg(long, value_name = "OUT")]
    pub(crate) solution: Option<PathBuf>,
    /// Write the plan that carries the placement out.
    #[arg(long, value_name = "OUT")]
    pub(crate) plan: Option<PathBuf>,
    /// The time that ages of inputs and the plan count from; the clock where absent.
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `colocate pareto`.
#[derive(Debug, Args)]
pub(crate) struct Pareto {
    #[command(flatten)]
    pub(crate) input: Input,
    /// Two or three axes: terms of the objective (`locality` is latency), and `moves`.
    #[arg(long, value_name = "AXIS,AXIS", value_delimiter = ',', value_parser = axis, default_values = ["locality", "moves"])]
    pub(crate) terms: Vec<Axis>,
    /// Placements looked for, at most.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) points: u32,
    /// With two axes: at most so many moves, or so much of the second axis, instead of what the front suggests.
    #[arg(long, value_name = "CAP,..", value_delimiter = ',', value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) at: Vec<i64>,
    /// The point up to which volume is measured, a value an axis; the start and all that may move where absent.
    #[arg(long, value_name = "VALUE,..", value_delimiter = ',', value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) reference: Option<Vec<i64>>,
    /// Time from the start of the process to the answer, such as `30s`.
    #[arg(long, value_parser = duration, default_value = "60s")]
    pub(crate) time_limit: Duration,
    /// Proposals a goal and placement, instead of a time limit: the same answer every time.
    #[arg(long)]
    pub(crate) iterations: Option<u64>,
    /// Threads of the search.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) threads: u16,
    /// Seed of every random choice.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// At most so many moves.
    #[arg(long, value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) max_moves: Option<i64>,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the front as a table.
    #[arg(long, value_name = "OUT")]
    pub(crate) csv: Option<PathBuf>,
    /// Write the front as a picture.
    #[arg(long, value_name = "OUT")]
    pub(crate) svg: Option<PathBuf>,
}

/// `colocate demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Seed of every random choice.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// `colocate check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) input: Input,
    /// The placement to judge; that of the input where absent.
    #[arg(long, value_name = "FILE")]
    pub(crate) solution: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `colocate explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) input: Input,
    /// The plan to explain.
    #[arg(long, value_name = "FILE", conflicts_with = "solution")]
    pub(crate) plan: Option<PathBuf>,
    /// The placement to explain; that of the input where there is no plan either.
    #[arg(long, value_name = "FILE")]
    pub(crate) solution: Option<PathBuf>,
    /// The `--max-moves` the plan was made with.
    #[arg(long)]
    pub(crate) max_moves: Option<i64>,
    /// Only this component, moved or not; may be given several times.
    #[arg(long, value_name = "COMPONENT")]
    pub(crate) component: Vec<String>,
    /// What if it went there as well; several go together.
    #[arg(long = "move", value_name = "COMPONENT:HOST")]
    pub(crate) moves: Vec<String>,
    /// Time for the search for the least relaxation.
    #[arg(long, value_parser = duration, default_value = "30s")]
    pub(crate) time_limit: Duration,
    /// Proposals of each of its searches.
    #[arg(long, default_value_t = 2000)]
    pub(crate) iterations: u64,
    /// Seed of every random choice.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The server that solves instead of this machine.
#[derive(Debug, Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct Server {
    /// Solve on this server, such as `https://solver.example:7710`; the answer is checked here.
    #[arg(long, value_name = "URL", conflicts_with = "milp_process")]
    pub(crate) server: Option<String>,
    /// Trust certificates signed by these authorities (PEM) and no others.
    #[arg(long, value_name = "FILE", requires = "server")]
    pub(crate) server_ca: Option<PathBuf>,
    /// Show this client certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "server", requires = "server_key")]
    pub(crate) server_cert: Option<PathBuf>,
    /// The key of the client certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "server", requires = "server_cert")]
    pub(crate) server_key: Option<PathBuf>,
    /// The name that the certificate of the server has, where it is not that of the address.
    #[arg(long, value_name = "NAME", requires = "server")]
    pub(crate) server_name: Option<String>,
    /// Show the token in the first line of this file.
    #[arg(long, value_name = "FILE", env = "COLOCATE_TOKEN_FILE")]
    pub(crate) token_file: Option<PathBuf>,
}

/// A method by its name.
fn method() -> impl TypedValueParser<Value = MethodName> {
    let values = MethodName::ALL.map(|method| {
        PossibleValue::new(method.name()).help(match method {
            MethodName::Auto => "The best method there is for the size of the problem",
            MethodName::Threshold => {
                "The rule as it was first described: a baseline that names racks and cannot be carried out"
            }
            MethodName::Greedy => "Construct and repair, in milliseconds",
            MethodName::Search => "Greedy, then local search",
            MethodName::Milp => "The whole problem as a mixed-integer programme, with a proven bound",
        })
    });
    PossibleValuesParser::new(values).map(|name| MethodName::from_name(&name).unwrap_or_default())
}

/// `colocate serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The configuration, in TOML; `docs/serve.example.toml` has every option.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Address and port to listen on, in place of `server.listen`; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Check the configuration and the files it names, and do not serve: exit code 2 when something is wrong.
    #[arg(long)]
    pub(crate) check_config: bool,
    /// Print the configuration that is in force as TOML, and do not serve.
    #[arg(long, conflicts_with = "check_config")]
    pub(crate) print_config: bool,
}

/// `90s`, `1500ms`, `2m`, `1h`.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return Err(format!("`{unit}` is no unit of time; use ms, s, m, h or d")),
    };
    let number: f64 = number.parse().map_err(|_| "write a number and a unit, such as 30s".to_owned())?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| "out of range".to_owned())
}

/// A term or `moves`.
fn axis(name: &str) -> Result<Axis, String> {
    Axis::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = std::iter::once("locality").chain(Axis::ALL.map(Axis::name)).collect();
        colocate_files::closest(name, names.iter().copied()).map_or_else(
            || format!("use {}", names.join(", ")),
            |known| format!("maybe you meant `{known}`; the axes are {}", names.join(", ")),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn durations_need_a_known_unit() {
        assert_eq!(duration("1500ms"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert!(duration("3 weeks").is_err() && duration("").is_err());
    }
}
