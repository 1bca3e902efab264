//! A history as what the forecaster takes: series that end together, siblings, request rates.

use std::collections::BTreeMap;

use colocate_forecast::{Input, Series};
use colocate_grpc::Job;
use colocate_history::{EdgeQuantity, History, Key, NamedSeries, Subject};

use super::is_forecast;

/// A series that ended longer ago than this before the newest, in s, is of what runs no more.
const STALE_S: i64 = 3600;

/// What is forecast.
#[derive(Debug)]
pub(crate) struct Inputs {
    /// What each series is the history of.
    pub(crate) keys: Vec<Key>,
    pub(crate) series: Vec<Input>,
    /// Unix time of the first step that is forecast, and the length of a step, both in s.
    pub(crate) start: i64,
    pub(crate) step_s: u32,
}

impl Inputs {
    /// The series of a history that can be forecast, and warnings of those that cannot. With a cluster, only what runs in
    /// it, all of that.
    pub(crate) fn new(history: History, cluster: Option<&Job>) -> (Self, Vec<String>) {
        let mut warnings = Vec::new();
        let services = services(cluster);
        let step_s = history.series.first().map_or(1, |named| named.series.step_s);
        let known = |key: &Key| match key {
            Key::Resource { component, resource } => cluster.is_none_or(|job| {
                services.contains_key(&**component)
                    && job.loaded.draft.resources.iter().any(|known| known.name == *resource)
            }),
            Key::Edge { .. } | Key::Requests(_) => true,
        };
        let (of_cluster, others): (Vec<NamedSeries>, Vec<NamedSeries>) =
            history.series.into_iter().partition(|named| known(&named.key));
        if !others.is_empty() {
            warnings.push(format!("{} series are of nothing in the cluster and left out", others.len()));
        }
        let start = of_cluster.iter().map(|named| named.series.end()).max().unwrap_or(0);
        let (requests, of_cluster): (Vec<NamedSeries>, Vec<NamedSeries>) =
            of_cluster.into_iter().partition(|named| !is_forecast(&named.key));
        let all = of_cluster.len();
        // What a cluster says is running is forecast, however old its history.
        let running = |named: &NamedSeries| cluster.is_some() && named.key.component().is_some();
        let live: Vec<NamedSeries> = of_cluster
            .into_iter()
            .filter(|named| running(named) || start - named.series.end() <= STALE_S)
            .collect();
        if live.len() < all {
            warnings
                .push(format!("{} series ended before the newest did and are left out", all - live.len()));
        }
        let requests: BTreeMap<Subject, Series> = requests
            .into_iter()
            .filter_map(|named| match named.key {
                Key::Requests(subject) => Some((subject, named.series)),
                Key::Resource { .. } | Key::Edge { .. } => None,
            })
            .collect();
        let mut kin = BTreeMap::new();
        let (mut keys, mut series) = (Vec::new(), Vec::new());
        for NamedSeries { key, service, series: mut values } in live {
            let service = service.as_deref().or_else(|| services.get(key.component()?).copied());
            let number = kin.len() as u32;
            let kin = *kin.entry(family(&key, service)).or_insert(number);
            let missing = (start - values.end()) / i64::from(step_s);
            values.values.extend(std::iter::repeat_n(f64::NAN, usize::try_from(missing).unwrap_or(0)));
            series.push(Input { series: values, kin, requests: helper(&requests, &key, service).cloned() });
            keys.push(key);
        }
        (Self { keys, series, start, step_s }, warnings)
    }

    /// The last calls/s of an edge that are known.
    pub(super) fn last_calls(&self, from: &str, to: &str) -> Option<f64> {
        let key = Key::edge(from, to, EdgeQuantity::CallsPerSecond);
        let index = self.keys.iter().position(|known| *known == key)?;
        self.series[index].series.values.iter().rev().copied().find(|value| value.is_finite())
    }
}

/// The service of every component of the cluster.
fn services(cluster: Option<&Job>) -> BTreeMap<&str, &str> {
    let components = cluster.into_iter().flat_map(|job| &job.loaded.draft.components);
    components.map(|component| (&*component.name, &*component.service)).collect()
}

/// What siblings have in common: the quantity and the service; of edges and of components without a service only they
/// themselves.
fn family(key: &Key, service: Option<&str>) -> (String, String) {
    match key {
        Key::Resource { component, resource } => {
            let own = || format!("component {component}");
            (service.map_or_else(own, |service| format!("service {service}")), resource.clone())
        }
        Key::Edge { from, to, quantity } => (format!("edge {from} {to}"), quantity.name().to_owned()),
        Key::Requests(_) => (key.to_string(), String::new()),
    }
}

/// The request rate that helps to forecast a series: the component's own, else that of its service.
fn helper<'a>(
    requests: &'a BTreeMap<Subject, Series>,
    key: &Key,
    service: Option<&str>,
) -> Option<&'a Series> {
    let component = key.component()?;
    let own = requests.get(&Subject::Component(component.to_owned()));
    own.or_else(|| requests.get(&Subject::Service(service?.to_owned())))
}
