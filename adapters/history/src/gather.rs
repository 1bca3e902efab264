//! The samples of every series, as they are read.

use std::collections::BTreeMap;
use std::fmt;

use colocate_model::FaultCode;

use crate::Sample;
use crate::key::Key;
use crate::options::Options;
use crate::time;
use colocate_files::Findings;

/// The samples of every series, in the order in which they came.
#[derive(Debug)]
pub(crate) struct Gathered {
    slots: BTreeMap<Key, usize>,
    pub(crate) series: Vec<Gathering>,
    values: usize,
    limit: usize,
    window_ms: (i64, i64),
}

/// The samples of a series.
#[derive(Debug)]
pub(crate) struct Gathering {
    pub(crate) key: Key,
    pub(crate) service: Option<String>,
    pub(crate) is_counter: bool,
    pub(crate) samples: Vec<Sample>,
    /// Whether the samples stand at the steps already, so that one that is missing is missing.
    pub(crate) is_even: bool,
    /// Where the first time stands that is not in order, and how many there are.
    pub(crate) disorder: Option<(String, usize)>,
}

impl Gathered {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            slots: BTreeMap::new(),
            series: Vec::new(),
            values: 0,
            limit: options.max_values,
            window_ms: options.window_ms(),
        }
    }

    /// Whether there is a series of `key`.
    pub(crate) fn contains(&self, key: &Key) -> bool {
        self.slots.contains_key(key)
    }

    /// Where the samples of `key` go. `service` is empty where it is unknown.
    pub(crate) fn slot(
        &mut self,
        key: Key,
        service: &str,
        is_counter: bool,
        place: &impl fmt::Display,
        findings: &mut Findings,
    ) -> usize {
        let service = (!service.is_empty() && key.component().is_some()).then(|| service.to_owned());
        let Some(&slot) = self.slots.get(&key) else {
            let samples = Vec::new();
            self.slots.insert(key.clone(), self.series.len());
            self.series.push(Gathering { key, service, is_counter, samples, is_even: false, disorder: None });
            return self.series.len() - 1;
        };
        let known = &mut self.series[slot];
        if known.is_counter != is_counter {
            let cause = format!("{key} is both a gauge and a counter");
            findings.fault(
                place.to_string(),
                FaultCode::Contradiction,
                cause,
                "give one of them another name",
            );
        }
        match (&known.service, service) {
            (Some(known), Some(service)) if *known != service => {
                let cause = format!("{key} is of `{service}` here and of `{known}` before");
                findings.fault(
                    place.to_string(),
                    FaultCode::Contradiction,
                    cause,
                    "a component has one service",
                );
            }
            (None, Some(service)) => known.service = Some(service),
            _ => {}
        }
        slot
    }

    /// Says that the samples of a series stand at the steps already.
    pub(crate) fn mark_even(&mut self, slot: usize) {
        self.series[slot].is_even = true;
    }

    /// Adds a sample, unless it is outside the time that is wanted. False where there are too many.
    pub(crate) fn push(
        &mut self,
        slot: usize,
        sample: Sample,
        place: &impl fmt::Display,
        findings: &mut Findings,
    ) -> bool {
        if !(self.window_ms.0..self.window_ms.1).contains(&sample.time_ms) {
            return true;
        }
        let series = &mut self.series[slot];
        match series.samples.last() {
            Some(last) if sample.time_ms < last.time_ms => {
                series.disorder.get_or_insert_with(|| (place.to_string(), 0)).1 += 1;
            }
            Some(last) if sample.time_ms == last.time_ms => {
                if sample.value != last.value {
                    conflict(place, &series.key, *last, sample, findings);
                }
                return true;
            }
            _ => {}
        }
        self.values += 1;
        if self.values > self.limit {
            let cause = format!("more than {} values", self.limit);
            let action = "read a shorter time or fewer series, or raise the limit";
            findings.fault(place.to_string(), FaultCode::TooMany, cause, action);
            return false;
        }
        series.samples.push(sample);
        true
    }
}

impl Gathering {
    /// Puts the samples in order, each time once.
    pub(crate) fn sort(&mut self, findings: &mut Findings) {
        let Some((place, count)) = self.disorder.take() else { return };
        let cause = format!("{count} time(s) of {} are not in order, this is the first", self.key);
        findings.warn(
            &*place,
            FaultCode::Unordered,
            cause,
            "they are sorted; check that no files were mixed up",
        );
        self.samples.sort_by_key(|sample| sample.time_ms);
        let key = &self.key;
        self.samples.dedup_by(|later, kept| {
            let same = later.time_ms == kept.time_ms;
            if same && later.value != kept.value && !findings.is_full() {
                conflict(&place, key, *kept, *later, findings);
            }
            same
        });
    }
}

fn conflict(place: &impl fmt::Display, key: &Key, one: Sample, other: Sample, findings: &mut Findings) {
    let cause = format!("{key} is both {} and {} at {}", one.value, other.value, time::text(one.time_ms));
    findings.fault(place.to_string(), FaultCode::Conflict, cause, "keep one of the two, or add them up");
}
