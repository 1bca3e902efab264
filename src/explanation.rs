//! Explanations as people and programs read them.

use colocate_model::{
    Contribution, Explanation, Obstacle, Placement, PlanStep, Problem, Proof, RowChange, RowRelaxation, Term,
    Terms, Violation, WhatIf, WhyNot, raised_words, row_words, violation_words,
};
use serde_json::{Value, json};

use crate::{plan_file, report};

/// Directives and components shown to people.
const SHOWN: usize = 40;
/// Rows shown to people for one change.
const ROWS: usize = 3;

/// All that is explained.
#[derive(Debug)]
pub(crate) struct Explained<'p> {
    pub(crate) problem: &'p Problem,
    /// The hash of the plan, where there is one.
    pub(crate) plan_hash: Option<String>,
    /// Waves and reasons of the directives, where there is a plan.
    pub(crate) steps: Vec<PlanStep>,
    pub(crate) contributions: Vec<Contribution>,
    /// Terms at the start and of the placement that is explained.
    pub(crate) before: Terms,
    pub(crate) after: Terms,
    pub(crate) why_not: Vec<WhyNot>,
    /// Components that there was no time to ask.
    pub(crate) not_asked: usize,
    pub(crate) what_if: Option<WhatIf>,
    pub(crate) obstacles: Vec<Obstacle>,
}

impl Explained<'_> {
    /// One object.
    pub(crate) fn object(&self) -> Value {
        let problem = self.problem;
        json!({
            "plan_hash": self.plan_hash,
            "initial_objective": report::objective(problem, &self.before),
            "objective": report::objective(problem, &self.after),
            "directives": self.contributions.iter().enumerate().map(|(index, part)| {
                let step = self.steps.get(index);
                json!({
                    "wave": step.map(|step| step.wave),
                    "component_id": problem.component(part.component).name,
                    "source_host": part.source.map(|host| &problem.host(host).name),
                    "target_host": problem.host(part.target).name,
                    "parking": step.is_some_and(|step| step.parking),
                    "reason": step.map(|step| &step.reason),
                    "gain": plan_file::gain(&part.gain),
                    "goals": goals(problem, &part.gain),
                })
            }).collect::<Value>(),
            "why_not": self.why_not.iter().map(|answer| json!({
                "component_id": problem.component(answer.component).name,
                "host": answer.host.map(|host| &problem.host(host).name),
                "alternatives": answer.alternatives.iter().map(|a| alternative(problem, a)).collect::<Value>(),
            })).collect::<Value>(),
            "not_asked": self.not_asked,
            "what_if": self.what_if.as_ref().map(|answer| what_if(problem, answer)),
            "obstacles": obstacles(problem, &self.obstacles),
        })
    }

    /// Tables and words.
    pub(crate) fn text(&self) -> String {
        let problem = self.problem;
        let mut text = String::new();
        if !self.contributions.is_empty() {
            text.push_str("What each directive gains: terms before it less terms after it\n");
            text.push_str(&self.gains());
        }
        let columns = [("before", &self.before), ("after", &self.after)];
        text.push_str(&report::terms_table(problem, &columns));
        if !self.why_not.is_empty() {
            text.push_str("\nWhy not elsewhere: the next best hosts, all else being equal\n");
            self.why_not.iter().take(SHOWN).for_each(|answer| text.push_str(&why_not_table(problem, answer)));
        }
        let hidden = self.why_not.len().saturating_sub(SHOWN) + self.not_asked;
        if hidden > 0 {
            text.push_str(&format!("and {hidden} more component(s); ask for one with --component\n"));
        }
        if let Some(answer) = &self.what_if {
            text.push_str(&what_if_text(problem, answer));
        }
        text + &obstacles_text(problem, &self.obstacles)
    }

    fn gains(&self) -> String {
        let problem = self.problem;
        let terms: Vec<Term> = counted(problem);
        let names = terms.iter().map(|term| term.name());
        let header: Vec<&str> = ["wave", "component", "from", "to"].into_iter().chain(names).collect();
        let mut table = report::table(&header);
        for (index, part) in self.contributions.iter().enumerate().take(SHOWN) {
            let step = self.steps.get(index);
            let parking = if step.is_some_and(|step| step.parking) { " (parked)" } else { "" };
            let cells = [
                step.map_or_else(String::new, |step| step.wave.to_string()),
                problem.component(part.component).name.clone(),
                part.source.map_or_else(|| "nowhere".to_owned(), |host| problem.host(host).name.clone()),
                format!("{}{parking}", problem.host(part.target).name),
            ];
            table.add_row(cells.into_iter().chain(terms.iter().map(|&term| signed(part.gain.get(term)))));
        }
        let sum = |part: &dyn Fn(&Contribution) -> i64| self.contributions.iter().map(part).sum::<i64>();
        let sums = terms.iter().map(|&term| signed(sum(&|part| part.gain.get(term))));
        let all = ["".to_owned(), format!("all {}", self.contributions.len()), String::new(), String::new()];
        table.add_row(all.into_iter().chain(sums));
        format!("{table}\n")
    }
}

/// The terms that some goal counts.
fn counted(problem: &Problem) -> Vec<Term> {
    let counts = |term: &Term| problem.policy.goals.iter().any(|goal| goal.has(*term));
    Term::ALL.into_iter().filter(counts).collect()
}

/// What `terms` count in each goal.
fn goals(problem: &Problem, terms: &Terms) -> Vec<i64> {
    problem.policy.goals.iter().map(|goal| goal.total(terms)).collect()
}

fn signed(value: i64) -> String {
    if value == 0 { String::new() } else { format!("{value:+}") }
}

/// What speaks against a change of host.
fn verdict(problem: &Problem, change: &Explanation) -> &'static str {
    change.effect(&problem.policy.goals).name()
}

fn alternative(problem: &Problem, change: &Explanation) -> Value {
    json!({
        "component_id": problem.component(change.component).name,
        "target_host": problem.host(change.target).name,
        "verdict": verdict(problem, change),
        "change": plan_file::gain(&change.change),
        "goals": goals(problem, &change.change),
        "blocked_by": plan_file::violations(problem, &change.blocked_by),
    })
}

fn what_if(problem: &Problem, answer: &WhatIf) -> Value {
    let moves = answer.changes.iter().map(|&(component, host)| {
        json!({ "component_id": problem.component(component).name, "target_host": problem.host(host).name })
    });
    let row = |row: &RowChange| {
        let mut value = json!(row);
        value["words"] = json!(row_words(problem, row.row));
        value
    };
    json!({
        "moves": moves.collect::<Value>(),
        "before": report::objective(problem, &answer.before),
        "after": report::objective(problem, &answer.after),
        "blocked": answer.is_blocked(),
        "rows": answer.rows.iter().map(row).collect::<Value>(),
    })
}

/// What blocks, as a list.
pub(crate) fn obstacles(problem: &Problem, obstacles: &[Obstacle]) -> Value {
    let relaxation = |relaxation: &RowRelaxation| {
        let rows = relaxation.rows.iter().map(|&(row, amount)| {
            let mut value = json!(row);
            value["amount"] = json!(amount);
            value["words"] = json!(raised_words(problem, row, amount));
            value
        });
        json!({
            "rows": rows.collect::<Value>(),
            "weight_ppm": relaxation.weight,
            "proof": relaxation.proof,
            "solved": relaxation.solved,
        })
    };
    let entry = |obstacle: &Obstacle| {
        json!({
            "violations": plan_file::violations(problem, &obstacle.violations),
            "blocked": obstacle.blocked.iter().map(|a| alternative(problem, a)).collect::<Value>(),
            "relaxations": obstacle.relaxations.iter().map(relaxation).collect::<Value>(),
        })
    };
    obstacles.iter().map(entry).collect()
}

/// What blocks, in words.
pub(crate) fn obstacles_text(problem: &Problem, obstacles: &[Obstacle]) -> String {
    let mut text = String::new();
    for obstacle in obstacles {
        text.push_str("\nDoes not hold: ");
        text.push_str(&rows_text(problem, &obstacle.violations));
        text.push('\n');
        for change in &obstacle.blocked {
            let (component, host) = (problem.component(change.component), problem.host(change.target));
            let rows = rows_text(problem, &change.blocked_by);
            text.push_str(&format!("  {} cannot go to {}: {rows}\n", component.name, host.name));
        }
        for (index, relaxation) in obstacle.relaxations.iter().enumerate() {
            let or = if index == 0 { "the least that was found to help" } else { "or" };
            text.push_str(&format!("  {or}: {}\n", relaxation_words(problem, relaxation)));
        }
        if obstacle.relaxations.is_empty() {
            text.push_str("  no relaxation was found that helps\n");
        }
    }
    text
}

fn relaxation_words(problem: &Problem, relaxation: &RowRelaxation) -> String {
    let words = relaxation.rows.iter().map(|&(row, amount)| raised_words(problem, row, amount));
    let words: Vec<String> = words.collect();
    let proof = match relaxation.proof {
        Proof::Proven if words.is_empty() => {
            return "nothing has to be raised: there is a placement where it holds".to_owned();
        }
        Proof::Proven => " (proven: less is not enough)",
        Proof::Found => "",
    };
    format!("{}{proof}", words.join(" and "))
}

fn rows_text(problem: &Problem, violations: &[Violation]) -> String {
    let words = violations.iter().take(ROWS).map(|violation| violation_words(problem, violation));
    let mut text = words.collect::<Vec<String>>().join(", ");
    if violations.len() > ROWS {
        text.push_str(&format!(" and {} more", violations.len() - ROWS));
    }
    text
}

fn why_not_table(problem: &Problem, answer: &WhyNot) -> String {
    let mut table = report::table(&["", "host", "verdict", "because"]);
    let name = &problem.component(answer.component).name;
    let place = answer.host.map_or("nowhere", |host| &problem.host(host).name);
    for (index, change) in answer.alternatives.iter().enumerate() {
        let because = if change.blocked_by.is_empty() {
            terms_words(problem, &change.change)
        } else {
            rows_text(problem, &change.blocked_by)
        };
        table.add_row([
            (index + 1).to_string(),
            problem.host(change.target).name.clone(),
            verdict(problem, change).to_owned(),
            because,
        ]);
    }
    format!("{name} on {place}\n{table}\n")
}

/// The terms that change, those that get worse first.
fn terms_words(problem: &Problem, change: &Terms) -> String {
    let mut terms = counted(problem);
    terms.retain(|&term| change.get(term) != 0);
    terms.sort_by_key(|&term| change.get(term) < 0);
    let words = terms.iter().map(|&term| format!("{} {:+}", term.name(), change.get(term)));
    words.collect::<Vec<String>>().join(", ")
}

fn what_if_text(problem: &Problem, answer: &WhatIf) -> String {
    let moves = answer.changes.iter().map(|&(component, host)| {
        format!("{} to {}", problem.component(component).name, problem.host(host).name)
    });
    let mut text = format!("\nWhat if {}\n", moves.collect::<Vec<String>>().join(", "));
    let columns = [("before", &answer.before), ("after", &answer.after)];
    text.push_str(&report::terms_table(problem, &columns));
    for row in &answer.rows {
        let verdict = match (row.broken, row.after > row.before) {
            (true, true) => "not allowed",
            (false, true) => "worse, but no worse than it may be",
            (_, false) => "better",
        };
        text.push_str(&format!(
            "{}: {}, excess {} -> {}, {verdict}\n",
            row.row.constraint(),
            row_words(problem, row.row),
            row.before,
            row.after
        ));
    }
    text.push_str(if answer.is_blocked() { "it may not be\n" } else { "it breaks no rule\n" });
    text
}

/// Components and hosts that differ from the start, in order of component.
pub(crate) fn moves(
    problem: &Problem,
    placement: &Placement,
) -> Vec<(colocate_model::ComponentId, colocate_model::HostId)> {
    let moved = placement.iter().filter(|&(id, host)| host != problem.component(id).initial);
    moved.filter_map(|(id, host)| host.map(|host| (id, host))).collect()
}
