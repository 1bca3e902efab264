//! A matrix of racks as one of zones: each pair by its worst path.

use std::collections::BTreeMap;

use colocate_files::{LatencyFile, MeasuredPath};
use colocate_model::Draft;

use super::matrix::first;

/// Why there is no matrix of that level.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LevelError {
    /// The cluster has no such partition, or it is not outside of what was measured.
    #[error("the cluster has no partition `{level}` outside of `{measured}`, which was measured")]
    Unknown {
        /// What was asked for.
        level: String,
        /// What was measured.
        measured: String,
    },
    /// A domain lies in none of the level.
    #[error("the cluster does not say which {level} `{name}` lies in")]
    Homeless {
        /// What was asked for.
        level: String,
        /// The domain.
        name: String,
    },
}

/// The matrix between the domains of `level`; of all paths between two of them the one with the largest `quantile`.
///
/// # Errors
/// [`LevelError`].
pub(super) fn raise(
    file: &LatencyFile,
    cluster: &Draft,
    level: &str,
    quantile: &str,
) -> Result<LatencyFile, LevelError> {
    if level == file.level {
        return Ok(file.clone());
    }
    if !cluster.partitions.iter().any(|partition| partition == level) {
        return Err(LevelError::Unknown { level: level.to_owned(), measured: file.level.clone() });
    }
    let mut paths: BTreeMap<String, BTreeMap<String, MeasuredPath>> = BTreeMap::new();
    for (from, row) in &file.paths {
        let from = home(cluster, &file.level, from, level)?;
        for (to, path) in row {
            let to = home(cluster, &file.level, to, level)?;
            let known = paths.entry(from.to_owned()).or_default().entry(to.to_owned());
            let known = known.or_insert_with(|| path.clone());
            if first(path.percentile(quantile)) > first(known.percentile(quantile)) {
                known.clone_from(path);
            }
        }
    }
    Ok(LatencyFile { level: level.to_owned(), paths, ..file.clone() })
}

/// The domain of `level` that a domain or host lies in.
fn home<'d>(cluster: &'d Draft, measured: &str, name: &str, level: &str) -> Result<&'d str, LevelError> {
    let homeless = || LevelError::Homeless { level: level.to_owned(), name: name.to_owned() };
    let (mut partition, mut domain) = (measured, name);
    if measured == "host" {
        let host = cluster.hosts.iter().find(|host| host.name == name).ok_or_else(homeless)?;
        if let Some(home) = host.within.get(level) {
            return Ok(home);
        }
        partition = cluster.partitions.first().ok_or_else(homeless)?;
        domain = host.within.get(partition).ok_or_else(homeless)?;
    }
    // Each step leads to an outer partition, so there are no more steps than partitions.
    for _ in &cluster.partitions {
        let known = cluster.domains.iter().find(|known| known.partition == partition && known.name == domain);
        let parent = known.and_then(|known| known.parent.as_deref()).ok_or_else(homeless)?;
        let outer = cluster.domains.iter().find(|outer| outer.name == parent && outer.partition != partition);
        let outer = outer.ok_or_else(homeless)?;
        if outer.partition == level {
            return Ok(&outer.name);
        }
        (partition, domain) = (&outer.partition, &outer.name);
    }
    Err(homeless())
}

#[cfg(test)]
mod tests {
    use super::*;
    use colocate_model::draft::DomainDraft;

    #[test]
    fn a_pair_of_zones_is_as_slow_as_its_slowest_pair_of_racks() {
        let domain = |partition: &str, name: &str, parent: Option<&str>| DomainDraft {
            partition: partition.into(),
            name: name.into(),
            parent: parent.map(Into::into),
            ..DomainDraft::default()
        };
        let domains = vec![
            domain("zone", "east", None),
            domain("zone", "west", None),
            domain("rack", "a", Some("east")),
            domain("rack", "b", Some("east")),
            domain("rack", "c", Some("west")),
        ];
        let cluster = Draft { partitions: vec!["rack".into(), "zone".into()], domains, ..Draft::default() };
        let row = |values: &[(&str, f64)]| {
            values.iter().map(|&(to, us)| (to.to_owned(), MeasuredPath::of_medians(vec![us]))).collect()
        };
        let paths = [("a".to_owned(), row(&[("b", 3.0), ("c", 5.0)])), ("b".to_owned(), row(&[("c", 9.0)]))];
        let file = LatencyFile { level: "rack".into(), paths: paths.into(), ..LatencyFile::default() };
        let zones = raise(&file, &cluster, "zone", "p50").expect("every rack has a zone");
        assert_eq!(zones.paths["east"]["west"].p50_us, [9.0]);
        assert_eq!((zones.paths["east"]["east"].p50_us[0], zones.level.as_str()), (3.0, "zone"));
        assert!(matches!(raise(&file, &cluster, "hall", "p50"), Err(LevelError::Unknown { .. })));
    }
}
