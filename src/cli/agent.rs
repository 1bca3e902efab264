//! The command line of `colocate agent`.

use std::path::PathBuf;

use clap::Args;

/// `colocate agent`.
#[derive(Debug, Args)]
pub(crate) struct Agent {
    /// The configuration: docs/agent.example.toml names every option.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// Read everything, listen nowhere, and exit.
    #[arg(long, conflicts_with = "print_config")]
    pub(crate) check_config: bool,
    /// Print the configuration with its defaults filled in, and exit.
    #[arg(long)]
    pub(crate) print_config: bool,
}
