//! What people and programs read.

use colocate_model::{LeftOutReason, Plan, Problem, Solved, Term, Terms};
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value, json};

/// Columns of a table on a terminal, and in a pipe.
const WIDTH: u16 = 120;

/// Why components are left out, in words.
const LEFT_OUT: [(LeftOutReason, &str); 3] = [
    (LeftOutReason::NoSafeOrder, "no safe order"),
    (LeftOutReason::Budget, "over the budget of moves, detours included"),
    (LeftOutReason::AfterHorizon, "would end after the horizon"),
];

/// How many components are left out for each reason there is.
pub(crate) fn left_out(plan: &Plan) -> Value {
    let count = |reason| plan.left_out.iter().filter(|left| left.reason == reason).count();
    let counts = LEFT_OUT.iter().map(|&(reason, _)| (reason, count(reason)));
    let named = counts.filter(|entry| entry.1 > 0).map(|(reason, count)| {
        let name = json!(reason).as_str().unwrap_or_default().to_owned();
        (name, json!(count))
    });
    Value::Object(named.collect())
}

/// An empty table.
pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_BORDERS_ONLY_CONDENSED);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH).set_header(header);
    table
}

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
    let names = columns.iter().map(|column| column.0);
    let mut table = table(&["goal", "term"].into_iter().chain(names).collect::<Vec<_>>());
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

/// What is proven about every goal, and how far the placement is from it.
pub(crate) fn bounds(solved: &Solved) -> String {
    let goals = solved.bounds.iter().zip(solved.gap()).enumerate();
    let lines = goals.filter_map(|(goal, (bound, gap))| {
        let (bound, gap) = (bound.as_ref()?, gap? * 100.0);
        Some(format!("goal {goal}: at least {} ({}), gap {gap:.3} %\n", bound.value, bound.relaxation.name()))
    });
    lines.collect()
}

/// Terms before and after a plan, in the units people think in.
pub(crate) fn money_table(problem: &Problem, plan: &Plan) -> String {
    let mut table = table(&["term", "unit", "before", "after", "gain"]);
    let money = 10_f64.powi(problem.policy.prices.digits as i32);
    let counted = |term: &Term| problem.policy.goals.iter().any(|goal| goal.has(*term));
    for term in Term::ALL.into_iter().filter(counted) {
        let (unit, scale, digits) = match term {
            Term::Latency | Term::NetworkCost | Term::Energy => ("$ an hour", money, 4),
            Term::Migration => ("$ once", money, 4),
            Term::Violation => ("rows broken", 1e6, 2),
            Term::Overload | Term::Balance => ("% of a host", 1e4, 1),
        };
        let number = |value: i64| format!("{:.digits$}", value as f64 / scale);
        let (before, after) = (plan.before.get(term), plan.after.get(term));
        let gain = number(before - after);
        table.add_row([term.name().to_owned(), unit.to_owned(), number(before), number(after), gain]);
    }
    format!("{table}\n")
}

/// The waves of a plan with their first directives, and what is left out.
pub(crate) fn waves(problem: &Problem, plan: &Plan, shown: usize) -> String {
    if plan.waves.is_empty() && plan.left_out.is_empty() {
        return "nothing to move\n".into();
    }
    let mut table = table(&["wave", "seconds", "component", "from", "to", "how", "why"]);
    let all = plan
        .waves
        .iter()
        .enumerate()
        .flat_map(|(index, wave)| wave.directives.iter().map(move |directive| (index, wave, directive)));
    for (index, wave, directive) in all.take(shown) {
        let source = directive.source.map_or("nowhere", |host| problem.host(host).name.as_str());
        let target = directive.target.map_or(&directive.target_rack, |host| &problem.host(host).name);
        let parking = if directive.parking { " (parked)" } else { "" };
        table.add_row([
            (index + 1).to_string(),
            format!("{}-{}", wave.starts_s, wave.ends_s),
            problem.component(directive.component).name.clone(),
            source.to_owned(),
            format!("{target}{parking}"),
            directive.strategy.name().to_owned(),
            directive.reason.clone(),
        ]);
    }
    let mut text = if plan.waves.is_empty() { String::new() } else { format!("{table}\n") };
    let directives = plan.directives().count();
    if directives > shown {
        text.push_str(&format!("and {} more; --plan writes all\n", directives - shown));
    }
    let detours = plan.directives().filter(|directive| directive.parking).count();
    let detours =
        if detours > 0 { format!(", {detours} of them detours that make room") } else { String::new() };
    text.push_str(&format!("{directives} move(s) in {} wave(s){detours}\n", plan.waves.len()));
    for (reason, words) in LEFT_OUT {
        let names = plan.left_out.iter().filter(|left| left.reason == reason);
        let names: Vec<&str> = names.map(|left| problem.component(left.component).name.as_str()).collect();
        if !names.is_empty() {
            let more = if names.len() > 8 { ", ..." } else { "" };
            let first = names[..names.len().min(8)].join(", ");
            text.push_str(&format!("left out, {words}: {} ({first}{more})\n", names.len()));
        }
    }
    text
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
