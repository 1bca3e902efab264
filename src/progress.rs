//! Progress on a terminal; silence in a pipe.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use colocate_grpc::{Improvement, Listener};
use colocate_model::{Problem, Term};
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// How often the spinner turns.
const TURN: Duration = Duration::from_millis(120);

/// A line on standard error that shows the goal, the best total and the bound, where that is a terminal.
pub(crate) fn shown(problem: &Problem) -> Option<Listener> {
    let goals = problem.policy.goals.iter().map(|goal| {
        let terms: Vec<&str> = goal.terms().map(Term::name).collect();
        terms.join(" + ")
    });
    labelled(goals.collect())
}

/// Counts up to `all` on standard error, where that is a terminal.
pub(crate) fn counted(all: usize) -> Box<dyn Fn() + Send + Sync> {
    if !std::io::stderr().is_terminal() {
        return Box::new(|| ());
    }
    let bar = ProgressBar::new(all as u64).with_finish(ProgressFinish::AndClear);
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    Box::new(move || bar.inc(1))
}

/// A line that shows the label of what is minimised and the best total, where that is a terminal.
pub(crate) fn labelled(goals: Vec<String>) -> Option<Listener> {
    if !std::io::stderr().is_terminal() {
        return None;
    }
    let bar = ProgressBar::new_spinner().with_finish(ProgressFinish::AndClear);
    let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(TURN);
    Some(Arc::new(move |improvement: &Improvement<'_>| {
        let goal = &goals[improvement.goal];
        let proven = improvement.bound.map(|bound| format!(", at least {bound}")).unwrap_or_default();
        bar.set_message(format!("{goal}: {}{proven}, {} steps", improvement.total, improvement.steps));
    }))
}
