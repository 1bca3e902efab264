//! What a plan is about: the head of the forecast's ranking, and what the plan does with it.

use colocate_files::Ranked;
use colocate_model::{Plan, Problem};
use serde_json::{Value, json};

/// How many of the ranking are named.
const NAMED: usize = 5;

/// Where the plan takes the component; none where it stays.
fn moved<'a>(problem: &'a Problem, plan: &'a Plan, component: &str) -> Option<&'a str> {
    // The last directive of a component counts: earlier ones park it.
    let last = plan
        .directives()
        .filter(|directive| *problem.component(directive.component).name == *component)
        .last()?;
    Some(last.target.map_or(&*last.target_rack, |host| &*problem.host(host).name))
}

/// One line a component; nothing without a ranking.
pub(crate) fn text(ranking: &[Ranked], problem: &Problem, plan: &Plan) -> String {
    let mut text = String::new();
    for ranked in ranking.iter().take(NAMED) {
        let overload = ranked.overload.as_ref().map(|overload| {
            format!(
                "takes part in {} of {} over its limit by {:.1} % from step {}",
                overload.resource,
                overload.rack,
                overload.by * 100.0,
                overload.step
            )
        });
        let latency = (ranked.latency_impact > 0.0)
            .then(|| format!("its latency grows by {:.1}", ranked.latency_impact));
        let causes: Vec<String> = overload.into_iter().chain(latency).collect();
        let done = moved(problem, plan, &ranked.component)
            .map_or("stays".to_owned(), |host| format!("goes to {host}"));
        text += &format!("  {}: {}; {done}\n", ranked.component, causes.join(", "));
    }
    if text.is_empty() { text } else { format!("What is forecast to go wrong, the worst first\n{text}") }
}

/// The same as JSON.
pub(crate) fn json(ranking: &[Ranked], problem: &Problem, plan: &Plan) -> Value {
    let entry = |ranked: &Ranked| {
        json!({
            "component": ranked.component,
            "latency_impact": ranked.latency_impact,
            "overload": ranked.overload,
            "moves_to": moved(problem, plan, &ranked.component),
        })
    };
    ranking.iter().take(NAMED).map(entry).collect()
}
