//! Who talks to whom by Nomad's job files: structure without rates.

mod template;

use std::collections::{BTreeMap, BTreeSet};

use colocate_files::Findings;
use colocate_model::FaultCode;
use colocate_nomad::{Group, Job, read_jobs};

use crate::edge::{EdgeSource, Observed};

/// The edges that a file with a job, or a list of jobs, declares; see [`edges_of_jobs`]. What is wrong is noted.
pub fn read_declared(name: &str, bytes: &[u8], findings: &mut Findings) -> Vec<Observed> {
    match read_jobs(bytes) {
        Ok(jobs) => edges_of_jobs(&jobs),
        Err(error) => {
            let why = std::error::Error::source(&error).map(|why| format!(": {why}")).unwrap_or_default();
            let action = "give what `nomad job inspect` prints";
            findings.fault(name, FaultCode::Syntax, format!("it holds no jobs of Nomad{why}"), action);
            Vec::new()
        }
    }
}

/// The edges that jobs declare: upstreams of Connect, and services that templates look up.
///
/// A group is called `JOB.GROUP`. A service stands for the groups that are found under its name, or for itself where
/// there are none. Jobs that were stopped call nobody.
#[must_use]
pub fn edges_of_jobs(jobs: &[Job]) -> Vec<Observed> {
    let running = || jobs.iter().filter(|job| !job.stopped);
    let groups = || running().flat_map(|job| job.groups.iter().map(move |group| (name(job, group), group)));
    let mut providers: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (name, group) in groups() {
        for service in &group.services {
            providers.entry(&service.name).or_default().insert(name.clone());
        }
    }
    let mut edges = BTreeSet::new();
    for (from, group) in groups() {
        let upstreams = group.services.iter().flat_map(|service| &service.upstreams).cloned();
        let looked_up = group.templates.iter().flat_map(template::services);
        for service in upstreams.chain(looked_up) {
            match providers.get(service.as_str()) {
                Some(groups) => edges.extend(groups.iter().map(|to| (from.clone(), to.clone()))),
                None => {
                    edges.insert((from.clone(), service));
                }
            }
        }
    }
    let between = edges.into_iter().filter(|(from, to)| from != to);
    between.map(|(from, to)| Observed::new(from, to, EdgeSource::Declared)).collect()
}

fn name(job: &Job, group: &Group) -> String {
    format!("{}.{}", job.id, group.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstreams_and_templates_lead_to_who_provides_the_service() {
        let jobs = r#"[
            {"ID": "shop", "TaskGroups": [
                {"Name": "web", "Services": [{"Name": "web", "Connect": {"SidecarService": {"Proxy": {"Upstreams": [{"DestinationName": "cart"}]}}}}],
                 "Tasks": [{"Templates": [{"EmbeddedTmpl": "{{ range nomadService \"cache\" }}{{ .Address }}{{ end }} {{ service \"db\" }} {{ nomadService \"web\" }}"}]}]},
                {"Name": "cart", "Services": [{"Name": "cart"}]}]},
            {"ID": "cache", "TaskGroups": [{"Name": "a", "Services": [{"Name": "cache"}]}, {"Name": "b", "Services": [{"Name": "cache"}]}]},
            {"ID": "old", "Stop": true, "TaskGroups": [{"Name": "x", "Tasks": [{"Templates": [{"EmbeddedTmpl": "{{ service \"db\" }}"}]}]}]}]"#;
        let jobs = read_jobs(jobs.as_bytes()).expect("it is sound");
        let edges = edges_of_jobs(&jobs);
        let ends: Vec<_> = edges.iter().map(|edge| (edge.from.as_str(), edge.to.as_str())).collect();
        assert_eq!(
            ends,
            [("shop.web", "cache.a"), ("shop.web", "cache.b"), ("shop.web", "db"), ("shop.web", "shop.cart")]
        );
        assert!(edges.iter().all(|edge| edge.calls_per_s.is_none() && edge.source == EdgeSource::Declared));
    }
}
