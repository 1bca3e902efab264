//! What programs read of a matrix.

use colocate_files::MeasuredPath;
use serde_json::{Value, json};

use super::asymmetry::{self, Asymmetric};
use super::changes::{self, Change, What};
use super::matrix::Matrix;
use super::show::Shown;

/// Everything: every pair with all that is known of it, and what stands out.
pub(super) fn object(matrix: &Matrix<'_>, shown: &Shown) -> Value {
    let file = matrix.file;
    let count = matrix.names.len();
    let pairs: Vec<Value> = (0..count)
        .flat_map(|from| (0..count).map(move |to| (from, to)))
        .filter_map(|(from, to)| Some(pair(matrix, from, to, matrix.path(from, to)?)))
        .collect();
    let named = |&(from, to): &(usize, usize)| json!({ "from": matrix.names[from], "to": matrix.names[to] });
    let worst: Vec<Value> = shown.worst.iter().map(named).collect();
    let asymmetric: Vec<Value> = shown.asymmetric.iter().map(|found| asymmetric(matrix, found)).collect();
    let mut object = json!({
        "measured_at": file.measured_at.map(|at| at.to_string()),
        "window_s": file.window_s,
        "level": file.level,
        "quantile": matrix.quantile,
        "domains": matrix.names,
        "same_host_us": file.same_host_us,
        "default_us": file.default_us,
        "start": file.start.map(|at| at.to_string()),
        "step_s": file.step_s,
        "pairs": pairs,
        "worst": worst,
        "asymmetric": { "rule": asymmetry::RULE, "pairs": asymmetric },
    });
    if let Some(changes) = &shown.changes {
        let all: Vec<Value> = changes.iter().map(change).collect();
        object["changes"] = json!({ "rule": changes::RULE, "pairs": all });
    }
    object
}

fn pair(matrix: &Matrix<'_>, from: usize, to: usize, path: &MeasuredPath) -> Value {
    json!({
        "from": matrix.names[from],
        "to": matrix.names[to],
        "value_us": matrix.value(path),
        "path": path,
    })
}

fn asymmetric(matrix: &Matrix<'_>, found: &Asymmetric) -> Value {
    json!({
        "from": matrix.names[found.pair.0],
        "to": matrix.names[found.pair.1],
        "p50_us": found.medians_us[0],
        "p50_back_us": found.medians_us[1],
        "noise_us": found.noise_us,
    })
}

fn change(change: &Change) -> Value {
    let mut object = json!({ "from": change.from, "to": change.to });
    let (what, numbers) = match change.what {
        What::New => ("new", None),
        What::Vanished => ("vanished", None),
        What::Route { before_us, now_us } => ("route", Some([("before_us", before_us), ("now_us", now_us)])),
        What::Loss { before, now } => ("loss", Some([("before", before), ("now", now)])),
    };
    object["what"] = json!(what);
    for (name, number) in numbers.into_iter().flatten() {
        object[name] = json!(number);
    }
    object
}
