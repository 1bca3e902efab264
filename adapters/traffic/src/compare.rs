//! What traces say of the network, against what probes say of it.

use std::collections::BTreeMap;

use colocate_files::Findings;
use colocate_model::{ComponentId, FaultCode, HostId, Nanos, Problem, UNKNOWN};

use crate::edge::NetworkSample;
use crate::merge::Merged;
use crate::quantile::weighted_quantile;

/// How far the two may be apart, as a share of the probe's.
const TOLERANCE: f64 = 0.3;

/// The network's part in the calls of an edge, as traces and as probes have it.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// Who calls.
    pub from: String,
    /// Who is called.
    pub to: String,
    /// How many calls have both ends among the traces.
    pub calls: usize,
    /// The median of client span less server span, in µs.
    pub network_us: f64,
    /// The mean of the median round trips between where the two run, in µs.
    pub probe_us: f64,
    /// Whether the spans say on which hosts the two run; else every pair of components counts the same.
    pub by_host: bool,
}

impl Agreement {
    /// Whether the two are close enough.
    #[must_use]
    pub fn agrees(&self) -> bool {
        (self.network_us - self.probe_us).abs() <= TOLERANCE * self.probe_us
    }
}

/// Compares the edges whose calls have both ends among the traces and whose latency is known; those that do not agree are
/// warned of. Time O(calls log calls + pairs of components).
pub fn compare(edges: &[Merged], problem: &Problem, findings: &mut Findings) -> Vec<Agreement> {
    let index = Index::new(problem);
    let agreements: Vec<Agreement> = edges.iter().filter_map(|merged| index.agreement(merged)).collect();
    for agreement in agreements.iter().filter(|agreement| !agreement.agrees()) {
        let Agreement { from, to, calls, network_us, probe_us, .. } = agreement;
        let place = format!("{from} to {to}");
        let cause = format!(
            "{calls} call(s) spend {network_us:.0} µs on the way (median), where probes need {probe_us:.0} µs"
        );
        let action = "look for proxies, queues or retries between the two, or measure latency again";
        findings.warn(place, FaultCode::Disagreement, cause, action);
    }
    agreements
}

/// Where everything runs.
struct Index<'a> {
    problem: &'a Problem,
    hosts: BTreeMap<&'a str, HostId>,
    components: BTreeMap<&'a str, Vec<ComponentId>>,
}

impl<'a> Index<'a> {
    fn new(problem: &'a Problem) -> Self {
        let hosts = problem.host_ids().map(|host| (problem.host(host).name.as_str(), host)).collect();
        let mut components: BTreeMap<&str, Vec<ComponentId>> = problem
            .services
            .iter()
            .map(|service| (service.name.as_str(), service.components.clone()))
            .collect();
        for component in problem.component_ids() {
            components.entry(problem.component(component).name.as_str()).or_insert_with(|| vec![component]);
        }
        Self { problem, hosts, components }
    }

    fn agreement(&self, Merged { edge, .. }: &Merged) -> Option<Agreement> {
        let of_hosts = |sample: &NetworkSample| {
            let host =
                |name: &Option<_>| name.as_deref().and_then(|name: &str| self.hosts.get(name).copied());
            self.round_trip(host(&sample.from_host)?, host(&sample.to_host)?)
        };
        let exact: Vec<(&NetworkSample, Nanos)> =
            edge.network.iter().filter_map(|sample| Some((sample, of_hosts(sample)?))).collect();
        let by_host = !exact.is_empty();
        let (mut samples, probe): (Vec<(u64, f64)>, f64) = if by_host {
            let weighted = exact.iter().map(|(sample, probe)| sample.weight * *probe as f64).sum::<f64>();
            let weight: f64 = exact.iter().map(|(sample, _)| sample.weight).sum();
            (exact.iter().map(|(sample, _)| (sample.ns, sample.weight)).collect(), weighted / weight)
        } else {
            let samples = edge.network.iter().map(|sample| (sample.ns, sample.weight)).collect();
            (samples, self.mean_round_trip(&edge.from, &edge.to)?)
        };
        Some(Agreement {
            from: edge.from.clone(),
            to: edge.to.clone(),
            calls: samples.len(),
            network_us: weighted_quantile(&mut samples, 0.5)? as f64 / 1e3,
            probe_us: probe / 1e3,
            by_host,
        })
    }

    /// Over all pairs of components, by how many of them run on each host.
    fn mean_round_trip(&self, from: &str, to: &str) -> Option<f64> {
        let on_hosts = |name: &str| {
            let mut hosts: BTreeMap<HostId, f64> = BTreeMap::new();
            for &component in self.components.get(name)? {
                if let Some(host) = self.problem.component(component).initial {
                    *hosts.entry(host).or_default() += 1.0;
                }
            }
            Some(hosts)
        };
        let (callers, callees) = (on_hosts(from)?, on_hosts(to)?);
        let (mut sum, mut weight) = (0.0, 0.0);
        for (&caller, &of_caller) in &callers {
            for (&callee, &of_callee) in &callees {
                if let Some(probe) = self.round_trip(caller, callee) {
                    sum += of_caller * of_callee * probe as f64;
                    weight += of_caller * of_callee;
                }
            }
        }
        (weight > 0.0).then(|| sum / weight)
    }

    /// The median, where it is known.
    fn round_trip(&self, from: HostId, to: HostId) -> Option<Nanos> {
        let latency = &self.problem.latency;
        if from == to {
            return Some(latency.same_host);
        }
        let domain = |host| self.problem.domain(latency.level, host);
        Some(latency.median.get(domain(from), domain(to))).filter(|&median| median != UNKNOWN)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use colocate_files::{Input, Inputs, load};
    use colocate_model::Document;

    use super::*;
    use crate::edge::{EdgeSource, Observed};

    /// `web` runs on `h1` in rack `r1`, `cart` on `h1` and on `h2` in `r2`; 20 µs within a host, 100 in a rack, 820 between.
    fn problem() -> Problem {
        let cluster = r#"{ "version": "colocate/v1", "kind": "cluster",
            "resources": [{"name": "cpu", "unit": "mcpu"}], "partitions": ["rack"],
            "domains": [{"partition": "rack", "id": "r1"}, {"partition": "rack", "id": "r2"}],
            "hosts": [{"id": "h1", "in": {"rack": "r1"}, "capacity": {"cpu": 1000}}, {"id": "h2", "in": {"rack": "r2"}, "capacity": {"cpu": 1000}}],
            "services": [{"id": "web"}, {"id": "cart"}],
            "components": [{"id": "web.0", "service": "web", "host": "h1", "demand": {"cpu": 1}},
                {"id": "cart.0", "service": "cart", "host": "h1", "demand": {"cpu": 1}},
                {"id": "cart.1", "service": "cart", "host": "h2", "demand": {"cpu": 1}}] }"#;
        let latency = r#"{ "version": "colocate/v1", "kind": "latency", "level": "rack", "same_host_us": 20,
            "lms_measurements": {"r1": {"r1": 100, "r2": 820}, "r2": {"r2": 100}} }"#;
        let mut inputs = Inputs::new(Input::from_bytes("cluster.json", cluster));
        inputs.latency = Some(Input::from_bytes("latency.json", latency));
        load(&inputs).and_then(|loaded| loaded.build()).expect("it is sound")
    }

    fn compared(samples: &[(u64, Option<&str>, Option<&str>)]) -> (Agreement, Vec<FaultCode>) {
        let sample = |&(us, from, to): &(u64, Option<&str>, Option<&str>)| NetworkSample {
            from_host: from.map(Arc::from),
            to_host: to.map(Arc::from),
            ns: us * 1000,
            weight: 1.0,
        };
        let edge = Observed {
            network: samples.iter().map(sample).collect(),
            ..Observed::new("web", "cart", EdgeSource::Traces)
        };
        let mut findings = Findings::new(Document::Traffic);
        let mut agreements =
            compare(&[Merged { edge, sources: vec![EdgeSource::Traces] }], &problem(), &mut findings);
        let ((), warnings) = findings.finish(()).expect("nothing is wrong");
        (agreements.remove(0), warnings.iter().map(|warning| warning.code).collect())
    }

    #[test]
    fn without_hosts_every_pair_counts_the_same() {
        let (agreement, warnings) = compared(&[(500, None, None), (9000, None, None), (100, None, None)]);
        // (20 + 820) / 2
        assert_eq!((agreement.network_us, agreement.probe_us, agreement.by_host), (500.0, 420.0, false));
        assert!(agreement.agrees() && warnings.is_empty());
    }

    #[test]
    fn with_hosts_the_pair_itself_counts_and_disagreement_is_flagged() {
        let known = (1100, Some("h1"), Some("h2"));
        let (agreement, warnings) = compared(&[known, (5, None, None), (7, Some("h1"), Some("elsewhere"))]);
        assert_eq!((agreement.network_us, agreement.probe_us, agreement.calls), (1100.0, 820.0, 1));
        assert!(agreement.by_host && !agreement.agrees());
        assert_eq!(warnings, [FaultCode::Disagreement]);
    }
}
