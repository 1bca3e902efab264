//! The order of domains: those of a zone side by side, numbers by their value.

use std::collections::{BTreeMap, BTreeSet};

use colocate_files::LatencyFile;
use colocate_model::Draft;

/// The domains of a matrix in their order: by zone (or whatever they lie in) where a cluster is given, then by name.
pub(super) fn names(file: &LatencyFile, cluster: Option<&Draft>) -> Vec<String> {
    let ends = file.paths.iter().flat_map(|(from, row)| row.keys().chain([from]));
    let names: BTreeSet<&String> = ends.collect();
    let parents = cluster.map(|draft| parents(draft, &file.level)).unwrap_or_default();
    let mut names: Vec<&String> = names.into_iter().collect();
    names
        .sort_by_cached_key(|name| (parents.get(name.as_str()).map(|parent| natural(parent)), natural(name)));
    names.into_iter().cloned().collect()
}

/// Per domain of `level`, the one it lies in.
fn parents<'d>(draft: &'d Draft, level: &str) -> BTreeMap<&'d str, &'d str> {
    let of_level = draft.domains.iter().filter(|domain| domain.partition == level);
    let domains = of_level.filter_map(|domain| Some((domain.name.as_str(), domain.parent.as_deref()?)));
    let inner = draft.partitions.first().filter(|_| level == "host");
    let hosts =
        draft.hosts.iter().filter_map(|host| Some((host.name.as_str(), host.within.get(inner?)?.as_str())));
    domains.chain(hosts).collect()
}

/// A name in parts, so that r2 comes before r10: text, then a number, and so on.
fn natural(name: &str) -> Vec<(String, u64)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (text, tail) = rest.split_at(digits);
        let end = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
        let (number, tail) = tail.split_at(end);
        // Numbers beyond all bounds are as good as equal; the order of names then stays.
        parts.push((text.to_owned(), number.parse().unwrap_or(u64::MAX)));
        rest = tail;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use colocate_files::MeasuredPath;
    use colocate_model::draft::DomainDraft;

    #[test]
    fn zones_come_first_and_numbers_by_value() {
        let row = |names: &[&str]| names.iter().map(|&to| (to.to_owned(), MeasuredPath::default())).collect();
        let paths = [("r10".to_owned(), row(&["r2", "r1"]))].into();
        let file = LatencyFile { level: "rack".into(), paths, ..LatencyFile::default() };
        assert_eq!(names(&file, None), ["r1", "r2", "r10"]);
        let domain = |name: &str, parent: &str| DomainDraft {
            partition: "rack".into(),
            name: name.into(),
            parent: Some(parent.into()),
            ..DomainDraft::default()
        };
        let domains = vec![domain("r1", "west"), domain("r2", "east"), domain("r10", "east")];
        let draft = Draft { domains, ..Draft::default() };
        assert_eq!(names(&file, Some(&draft)), ["r2", "r10", "r1"]);
    }
}
