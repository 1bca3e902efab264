//! `colocate check`.

use colocate_model::violation_words;
use serde_json::json;

use crate::cli::Check;
use crate::exit::{Failure, Outcome};
use crate::input;
use crate::report;

/// Judges a placement and prints its terms and what it violates.
pub(crate) fn run(args: &Check) -> Result<Outcome, Failure> {
    let read = input::read(&args.input, |_| {})?;
    let problem = &read.problem;
    let placement = match &args.solution {
        Some(path) => input::read_placement(args.input.format, path, problem)?,
        None => problem.initial_placement(),
    };
    let verdict = colocate_model::check(problem, &placement);
    let text = if args.json {
        let object = json!({
            "feasible": verdict.is_feasible(),
            "objective": report::objective(problem, &verdict.terms),
            "violations": verdict.violations,
            "broken": verdict.broken,
        });
        format!("{object}\n")
    } else {
        let mut text = report::terms_table(problem, &[("value", &verdict.terms)]);
        for violation in &verdict.violations {
            let worse =
                if verdict.broken.contains(violation) { "worse than allowed" } else { "as at the start" };
            text.push_str(&format!(
                "{}: {}, {worse}\n",
                violation.row.constraint(),
                violation_words(problem, violation)
            ));
        }
        text
    };
    input::print(&text)?;
    Ok(if verdict.violations.is_empty() { Outcome::Done } else { Outcome::Violated })
}
