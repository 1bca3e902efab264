//! The front as comma-separated values.

use colocate_model::{Certificate, Front};

use super::scale::Scale;

/// A header and a line a point: the values as integers, then in their units, what is known, and whether it is the knee.
pub(super) fn table(front: &Front, scales: &[Scale]) -> String {
    let names = scales.iter().map(|scale| scale.name.to_owned());
    let units = scales.iter().map(|scale| format!("{} ({})", scale.name, scale.unit));
    let header: Vec<String> = names.chain(units).chain(["certificate", "knee"].map(str::to_owned)).collect();
    let mut text = header.join(",") + "\n";
    for (index, point) in front.points.iter().enumerate() {
        let integers = point.values.iter().map(ToString::to_string);
        let scaled = scales.iter().zip(&point.values).map(|(scale, &value)| scale.value(value).to_string());
        let known = [name(point.certificate).to_owned(), (front.knee == Some(index)).to_string()];
        let line: Vec<String> = integers.chain(scaled).chain(known).collect();
        text.push_str(&line.join(","));
        text.push('\n');
    }
    text
}

/// What is known about a point, as files say it.
pub(super) fn name(certificate: Certificate) -> &'static str {
    match certificate {
        Certificate::Certified => "certified",
        Certificate::Heuristic => "heuristic",
    }
}
