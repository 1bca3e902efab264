//! The front as one JSON object.

use colocate_model::{Front, Problem, Term, Terms};
use serde_json::{Map, Value, json};

use super::csv::name;
use super::scale::Scale;
use crate::cli::Pareto;

/// The object; nothing in it depends on the clock but what the search found in time.
pub(super) fn object(problem: &Problem, front: &Front, scales: &[Scale], args: &Pareto) -> String {
    let by_axis = |values: &[i64]| -> Map<String, Value> {
        scales.iter().zip(values).map(|(scale, &value)| (scale.name.to_owned(), json!(value))).collect()
    };
    let terms = |terms: &Terms| -> Map<String, Value> {
        let counted = |term: &Term| problem.policy.goals.iter().any(|goal| goal.has(*term));
        let counted = Term::ALL.into_iter().filter(counted);
        counted.map(|term| (term.name().to_owned(), json!(terms.get(term)))).collect()
    };
    let points = front.points.iter().enumerate().map(|(index, point)| {
        json!({
            "values": by_axis(&point.values),
            "certificate": name(point.certificate),
            "knee": front.knee == Some(index),
            "terms": terms(&point.terms),
        })
    });
    let axes = scales.iter().map(|s| json!({ "name": s.name, "unit": s.unit, "scale": s.factor }));
    let held = front.held.iter().enumerate().map(|(index, held)| {
        let terms: Vec<&str> = held.goal.terms().map(Term::name).collect();
        json!({ "goal": index, "terms": terms, "limit": held.limit })
    });
    let object = json!({
        "status": front.status,
        "axes": axes.collect::<Vec<_>>(),
        "points": points.collect::<Vec<_>>(),
        "start": by_axis(&front.start),
        "reference": by_axis(&front.reference),
        // More digits than numbers of JSON keep.
        "hypervolume": front.hypervolume.volume.map(|volume| volume.to_string()),
        "hypervolume_share": front.hypervolume.share,
        "held": held.collect::<Vec<_>>(),
        "solves": front.solves,
        "iterations": front.iterations,
        "stop_reason": front.stop_reason,
        "threads": args.threads,
        "seed": args.seed,
    });
    format!("{object}\n")
}
