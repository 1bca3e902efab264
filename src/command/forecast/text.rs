//! What people read of a forecast.

use std::collections::BTreeMap;

use crate::forecasting::Made;
use crate::report;

/// How many of the ranking are shown.
const SHOWN: usize = 10;

/// Who forecast how many series, the reserve, and the head of the ranking.
pub(super) fn summary(made: &Made) -> String {
    let file = &made.file;
    let mut by: BTreeMap<String, usize> = BTreeMap::new();
    for forecast in &made.forecasts {
        *by.entry(forecast.by.join(" + ")).or_default() += 1;
    }
    let steps = format!("{} steps of {} s", file.draft.steps, file.draft.step_s);
    let start = file.start.map(|start| format!(" from {start}")).unwrap_or_default();
    let mut text = format!("{} series, {steps}{start}\n", made.forecasts.len());
    for (who, count) in by.iter().filter(|(who, _)| !who.is_empty()) {
        text += &format!("  {count} by {who}\n");
    }
    if !file.draft.reserve.is_empty() {
        let share = |(resource, share): (&String, &f64)| format!("{resource} {:+.1} %", share * 100.0);
        let shares: Vec<String> = file.draft.reserve.iter().map(share).collect();
        text += &format!("reserve of hosts: {}\n", shares.join(", "));
    }
    if file.ranking.is_empty() {
        return text;
    }
    let mut table = report::table(&["component", "overload", "from step", "by", "latency impact"]);
    for ranked in file.ranking.iter().take(SHOWN) {
        let overload = ranked.overload.as_ref();
        table.add_row([
            ranked.component.clone(),
            overload.map(|overload| format!("{} {}", overload.rack, overload.resource)).unwrap_or_default(),
            overload.map(|overload| overload.step.to_string()).unwrap_or_default(),
            overload.map(|overload| format!("{:.1} %", overload.by * 100.0)).unwrap_or_default(),
            format!("{:.1}", ranked.latency_impact),
        ]);
    }
    text += &format!("{table}\n");
    if file.ranking.len() > SHOWN {
        text += &format!("and {} more\n", file.ranking.len() - SHOWN);
    }
    text
}
