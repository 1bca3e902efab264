//! What people and programs read.

use colocate_model::{Problem, Row, Solved, Term, Terms, Violation};
use comfy_table::Table;
use serde_json::{Value, json};

/// One entry a goal: its total and its terms.
pub(crate) fn objective(problem: &Problem, terms: &Terms) -> Value {
    let goals = problem.policy.goals.iter().enumerate();
    let entries = goals.map(|(index, goal)| {
        let values: serde_json::Map<String, Value> =
            goal.terms().map(|term| (term.name().to_owned(), json!(terms.get(term)))).collect();
        json!({ "goal": index, "total": goal.total(terms), "terms": values })
    });
    entries.collect()
}

/// Terms, one a row, for each of the named columns.
pub(crate) fn terms_table(problem: &Problem, columns: &[(&str, &Terms)]) -> String {
    let mut table = Table::new();
    let names = columns.iter().map(|column| column.0.to_owned());
    table.set_header(["goal".to_owned(), "term".to_owned()].into_iter().chain(names));
    for (index, goal) in problem.policy.goals.iter().enumerate() {
        for term in Term::ALL.into_iter().filter(|&term| goal.has(term)) {
            let values = columns.iter().map(|column| column.1.get(term).to_string());
            table.add_row([index.to_string(), term.name().to_owned()].into_iter().chain(values));
        }
        let totals = columns.iter().map(|column| goal.total(column.1).to_string());
        table.add_row([index.to_string(), "total".to_owned()].into_iter().chain(totals));
    }
    format!("{table}\n")
}

/// A violated row in words.
pub(crate) fn row(problem: &Problem, violation: &Violation) -> String {
    let host = |id: colocate_model::HostId| &problem.host(id).name;
    let component = |id: colocate_model::ComponentId| &problem.component(id).name;
    let what = match violation.row {
        Row::HostCapacity { host: h, resource, step } => {
            format!("{} on {} at step {step}", problem.resources[resource.index()].name, host(h))
        }
        Row::Compatibility { component: c, host: h } => format!("{} on {}", component(c), host(h)),
        Row::Unplaced { component: c } => format!("{} has no host", component(c)),
        other => format!("{other:?}"),
    };
    format!("{what} by {}", violation.excess)
}

/// Why nothing is feasible.
pub(crate) fn blockers(problem: &Problem, solved: &Solved) -> String {
    if solved.blockers.is_empty() {
        return "no feasible placement was found\n".into();
    }
    let line = |blocker: &colocate_model::Blocker| {
        let name = &problem.component(blocker.component).name;
        let hosts = blocker.lacking.iter().map(|&(host, resource, amount)| {
            let resource = &problem.resources[resource.index()].name;
            format!("{} lacks {amount} {resource}", problem.host(host).name)
        });
        let hosts: Vec<String> = hosts.collect();
        let why = if hosts.is_empty() { "no host may run it".to_owned() } else { hosts.join(", ") };
        format!("{name} fits nowhere: {why}\n")
    };
    solved.blockers.iter().map(line).collect()
}
