//! Latency.

use std::collections::{BTreeMap, BTreeSet};

use colocate_files::LatencyFile;
use colocate_model::{Document, FaultCode, Faults};
use colocate_proto::{convert, v1};
use jiff::Timestamp;

use super::Published;
use crate::services::Service;

/// A matrix as it is handed out.
#[derive(Debug)]
pub struct PublishedLatency {
    measured_at: Timestamp,
    message: v1::LmsMeasurements,
}

impl PublishedLatency {
    /// A matrix that was measured at `measured_at`.
    #[must_use]
    pub fn new(file: &LatencyFile, measured_at: Timestamp) -> Self {
        let measured = Some(convert::time_to_wire(measured_at));
        let message = v1::LmsMeasurements { measured_at: measured, ..convert::latency(file) };
        Self { measured_at, message }
    }
}

impl Published for PublishedLatency {
    type Filter = v1::LatencyFilter;
    type Part = v1::LmsMeasurements;
    const SERVICE: Service = Service::Latency;

    fn made_at(&self) -> Timestamp {
        self.measured_at
    }

    fn check(&self, filter: &v1::LatencyFilter, faults: &mut Faults) {
        let rows = &self.message.lms_measurements;
        let ends = rows.iter().flat_map(|(from, row)| row.to.keys().chain([from]));
        let known: BTreeSet<&str> = ends.map(String::as_str).collect();
        let domains =
            filter.domains.iter().enumerate().map(|(index, name)| (format!("domains/{index}"), name));
        let pairs = filter.pairs.iter().enumerate().flat_map(|(index, pair)| {
            let place = |field: &str| format!("pairs/{index}/{field}");
            [(place("from_domain"), &pair.from_domain), (place("to_domain"), &pair.to_domain)]
        });
        for (place, name) in domains.chain(pairs).filter(|(_, name)| !known.contains(name.as_str())) {
            let cause = format!("the matrix has no domain `{name}`");
            let action = "name what is measured, or nothing for all";
            faults.add(
                Document::Request,
                format!("/filter/{place}"),
                FaultCode::UnknownDomain,
                cause,
                action,
            );
        }
    }

    fn select(&self, filter: &v1::LatencyFilter) -> v1::LmsMeasurements {
        let whole = &self.message;
        if filter.domains.is_empty() && filter.pairs.is_empty() {
            return whole.clone();
        }
        let domains: BTreeSet<&str> = filter.domains.iter().map(String::as_str).collect();
        let pairs: BTreeSet<(&str, &str)> =
            filter.pairs.iter().map(|pair| (pair.from_domain.as_str(), pair.to_domain.as_str())).collect();
        let wanted = |from: &str, to: &str| {
            domains.contains(from) || domains.contains(to) || pairs.contains(&(from, to))
        };
        let rows = whole.lms_measurements.iter().filter_map(|(from, row)| {
            let paths = row.to.iter().filter(|(to, _)| wanted(from, to));
            let to: BTreeMap<_, _> = paths.map(|(to, path)| (to.clone(), path.clone())).collect();
            (!to.is_empty()).then(|| (from.clone(), v1::PathRow { to }))
        });
        v1::LmsMeasurements {
            measured_at: whole.measured_at,
            window_s: whole.window_s,
            level: whole.level.clone(),
            same_host_us: whole.same_host_us,
            default_us: whole.default_us,
            start: whole.start,
            step_s: whole.step_s,
            lms_measurements: rows.collect(),
        }
    }
}
