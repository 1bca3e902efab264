//! Progress on a terminal; silence in a pipe.

use std::io::IsTerminal;
use std::time::Duration;

use colocate_model::{Problem, Term};
use colocate_solver::{Progress, Stop};
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// How often the spinner turns.
const TURN: Duration = Duration::from_millis(120);

/// `stop` with a line on standard error that shows the goal, the best total and the bound, where that is a terminal.
pub(crate) fn shown(stop: Stop, problem: &Problem) -> Stop {
    let goals = problem.policy.goals.iter().map(|goal| {
        let terms: Vec<&str> = goal.terms().map(Term::name).collect();
        terms.join(" + ")
    });
    labelled(stop, goals.collect())
}

/// `stop` with a line that shows the label of what is minimised and the best total, where that is a terminal.
pub(crate) fn labelled(stop: Stop, goals: Vec<String>) -> Stop {
    if !std::io::stderr().is_terminal() {
        return stop;
    }
    let bar = ProgressBar::new_spinner().with_finish(ProgressFinish::AndClear);
    let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(TURN);
    stop.observed_by(move |progress: &Progress| {
        let goal = &goals[progress.goal];
        let proven = progress.bound.map(|bound| format!(", at least {bound}")).unwrap_or_default();
        bar.set_message(format!("{goal}: {}{proven}, {} steps", progress.total, progress.steps));
    })
}
