//! Rules that hold for the same inputs whether they come as files or over a network.

use std::collections::HashMap;
use std::fmt::Display;

use colocate_model::{Document, Draft, FaultCode, Faults};

pub use super::policy::usual_max_age;
use crate::load::Utilisation;
use crate::native::latency::file::LatencyFile;
use crate::suggest::closest;

/// The most hosts for which costs of pairs may be given as entries: what is not listed takes memory too.
const MOST_HOSTS_WITH_PAIRS: usize = 10_000;

/// Notes racks, hosts and resources that the cluster does not have, and percentages that are none.
pub fn utilisation(utilisation: &Utilisation, draft: &Draft, faults: &mut Faults) {
    let racks: Vec<&str> = draft
        .domains
        .iter()
        .filter(|domain| domain.partition == "rack")
        .map(|domain| &*domain.name)
        .collect();
    let hosts: Vec<&str> = draft.hosts.iter().map(|host| &*host.name).collect();
    let resources: Vec<&str> = draft.resources.iter().map(|resource| &*resource.name).collect();
    let levels = [
        ("racks", "rack", FaultCode::UnknownDomain, racks, &utilisation.racks),
        ("hosts", "host", FaultCode::UnknownHost, hosts, &utilisation.hosts),
    ];
    for (field, noun, code, names, rows) in levels {
        let known: std::collections::BTreeSet<&str> = names.iter().copied().collect();
        for (name, row) in rows {
            if !known.contains(&**name) {
                unknown(format!("/{field}/{name}"), code, noun, name, &names, faults);
            }
            for (resource, percent) in row {
                let place = format!("/{field}/{name}/{resource}");
                if !resources.contains(&&**resource) {
                    unknown(
                        place.clone(),
                        FaultCode::UnknownResource,
                        "resource",
                        resource,
                        &resources,
                        faults,
                    );
                }
                if !(0.0..=1e6).contains(percent) {
                    let (cause, action) =
                        (format!("{percent} is out of range"), "write percent of the capacity");
                    faults.add(Document::Utilisation, place, FaultCode::OutOfRange, cause, action);
                }
            }
        }
    }
}

fn unknown(place: String, code: FaultCode, noun: &str, name: &str, names: &[&str], faults: &mut Faults) {
    let action = closest(name, names.iter().copied())
        .map_or_else(|| format!("name a {noun} of the cluster"), |name| format!("maybe you meant `{name}`"));
    faults.add(Document::Utilisation, place, code, format!("there is no {noun} `{name}`"), action);
}

/// The entries of a forecast series at `place` by quantile, rising.
pub fn quantiles<T>(
    entries: impl IntoIterator<Item = (String, T)>,
    place: impl Display,
    faults: &mut Faults,
) -> Vec<(f64, T)> {
    let mut quantiles = Vec::new();
    for (text, values) in entries {
        match text.parse::<f64>() {
            Ok(q) if (0.0..=1.0).contains(&q) => quantiles.push((q, values)),
            _ => {
                let place = format!("{place}/{text}");
                let (cause, action) = (format!("\"{text}\" is no quantile"), "write a number from 0 to 1");
                faults.add(Document::Forecast, place, FaultCode::OutOfRange, cause, action);
            }
        }
    }
    quantiles.sort_by(|a, b| a.0.total_cmp(&b.0));
    quantiles
}

/// How far the ends of an interval may be off, so that whoever rounds is not at fault.
const ROUNDING: f64 = 1e-6;

/// Notes confidence intervals of loss that are none: ends beyond 0 to 1, only one end, or an interval without the loss.
pub fn loss_intervals(latency: &LatencyFile, faults: &mut Faults) {
    let within = |list: &[f64]| list.iter().all(|share| (0.0..=1.0).contains(share));
    let rises = |low: &[f64], high: &[f64]| {
        low.len() == high.len() && low.iter().zip(high).all(|(a, b)| *a <= b + ROUNDING)
    };
    for (from, row) in &latency.paths {
        for (to, path) in row {
            let (low, high) = (&path.loss_low, &path.loss_high);
            let around = rises(low, &path.loss) && rises(&path.loss, high);
            let wrong = match (within(low), within(high)) {
                (false, _) => "loss_low",
                (true, false) => "loss_high",
                _ if around || (low.is_empty() && high.is_empty()) => continue,
                _ if rises(low, &path.loss) => "loss_high",
                _ => "loss_low",
            };
            let place = format!("/lms_measurements/{from}/{to}/{wrong}");
            let cause = "no interval around the loss";
            let action =
                "write 0 <= loss_low <= loss <= loss_high <= 1, all for the same steps, or no interval";
            faults.add(Document::Latency, place, FaultCode::OutOfRange, cause, action);
        }
    }
}

/// The quantile of a demand that needs one; any where it is missing.
pub fn demand_quantile(q: Option<f64>, faults: &mut Faults) -> f64 {
    q.unwrap_or_else(|| {
        let (cause, action) = ("a quantile without q", "add q, such as q = 0.95");
        faults.add(Document::Policy, "demand.q", FaultCode::MissingField, cause, action);
        0.5
    })
}

/// Costs of moves per pair of hosts, row by row: those of `matrix`, where there is one, with `entries` (from, to, units)
/// put in. Empty where both are, or where the matrix does not fit the hosts.
pub fn pair_costs(
    matrix: Option<Vec<Vec<u32>>>,
    entries: &[(&str, &str, u32)],
    hosts: &[&str],
    faults: &mut Faults,
) -> Vec<u32> {
    let mut costs = Vec::new();
    if let Some(matrix) = matrix {
        for (index, row) in matrix.iter().enumerate().filter(|(_, row)| row.len() != hosts.len()) {
            let place = format!("/move_costs/pairs/matrix/{index}");
            let cause = format!("{} costs for {} hosts", row.len(), hosts.len());
            faults.add(Document::Cluster, place, FaultCode::WrongLength, cause, "give one cost a host");
        }
        if matrix.len() != hosts.len() {
            let cause = format!("{} rows for {} hosts", matrix.len(), hosts.len());
            let place = "/move_costs/pairs/matrix";
            faults.add(Document::Cluster, place, FaultCode::WrongLength, cause, "give one row a host");
        } else if matrix.iter().all(|row| row.len() == hosts.len()) {
            costs = matrix.concat();
        }
    }
    if entries.is_empty() {
        return costs;
    }
    if hosts.len() > MOST_HOSTS_WITH_PAIRS {
        let cause = format!("costs of pairs of {} hosts", hosts.len());
        let action = format!("give them for at most {MOST_HOSTS_WITH_PAIRS} hosts");
        faults.add(Document::Cluster, "/move_costs/pairs/entries", FaultCode::TooLarge, cause, action);
        return costs;
    }
    costs.resize(hosts.len() * hosts.len(), 0);
    let index: HashMap<&str, usize> = hosts.iter().enumerate().map(|(index, &host)| (host, index)).collect();
    for (number, &(from, to, cost)) in entries.iter().enumerate() {
        let mut find = |name: &str, field: &str| {
            let found = index.get(name).copied();
            if found.is_none() {
                let place = format!("/move_costs/pairs/entries/{number}/{field}");
                let (cause, action) = (format!("there is no host `{name}`"), "name one of the hosts");
                faults.add(Document::Cluster, place, FaultCode::UnknownHost, cause, action);
            }
            found
        };
        if let (Some(from), Some(to)) = (find(from, "from"), find(to, "to")) {
            costs[from * hosts.len() + to] = cost;
        }
    }
    costs
}
