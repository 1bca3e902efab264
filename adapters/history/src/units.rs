//! Units that seem wrong.

use std::collections::BTreeMap;

use colocate_model::FaultCode;

use crate::history::History;
use crate::key::Key;
use crate::options::Options;
use colocate_files::Findings;

/// What is known of a resource.
struct Resource {
    name: &'static str,
    unit: &'static str,
    /// What nobody's largest value is; 0 where small values are common.
    low: f64,
    /// Which units are likely where the largest value is that low.
    instead: &'static str,
    /// More than any host has today.
    high: f64,
}

const RESOURCES: [Resource; 4] = [
    Resource { name: "cpu", unit: "mCPU", low: 100.0, instead: "a percentage or cores", high: 4_096_000.0 },
    Resource {
        name: "memory",
        unit: "bytes",
        low: 1_048_576.0,
        instead: "kB, MB or a percentage",
        high: 1e14,
    },
    Resource { name: "disk_io", unit: "bytes/s", low: 0.0, instead: "", high: 1e12 },
    Resource { name: "network", unit: "bytes/s", low: 0.0, instead: "", high: 1e12 },
];

/// Warns of values far above what is plausible, and of resources whose largest value is far below.
pub(crate) fn check(history: &History, options: &Options, findings: &mut Findings) {
    let mut largest: BTreeMap<&str, f64> = BTreeMap::new();
    for named in &history.series {
        let Key::Resource { resource, .. } = &named.key else { continue };
        let peak = named.series.values.iter().copied().fold(0.0, f64::max);
        let of_all = largest.entry(resource).or_default();
        *of_all = of_all.max(peak);
        let known = RESOURCES.iter().find(|known| known.name == resource);
        let limit = options.plausible.get(resource.as_str()).copied().or(known.map(|known| known.high));
        if limit.is_some_and(|limit| peak > limit) {
            let unit = known.map_or("the unit that the cluster declares", |known| known.unit);
            let cause = format!("a value of {peak}, more than is plausible");
            findings.warn(named.key.to_string(), FaultCode::Unit, cause, format!("give it in {unit}"));
        }
    }
    for known in &RESOURCES {
        if let Some(&peak) = largest.get(known.name).filter(|&&peak| peak > 0.0 && peak <= known.low) {
            let cause = format!("no value is above {peak}: maybe that is {}", known.instead);
            findings.warn(known.name, FaultCode::Unit, cause, format!("give it in {}", known.unit));
        }
    }
}
