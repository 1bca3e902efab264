//! Coordinates that Consul's agents keep: the answer of `GET /v1/coordinate/nodes`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Coordinate;

/// A node's coordinate in a segment of the network.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeCoordinate {
    /// The node.
    pub node: String,
    /// The segment; empty where the network has none. Coordinates of different segments have no distance.
    pub segment: String,
    /// Where it lies.
    pub coordinate: Coordinate,
}

/// An entry that is no coordinate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {index}: {cause}")]
pub struct EntryFault {
    /// Which entry, from 0.
    pub index: usize,
    /// What is wrong.
    pub cause: EntryCause,
}

/// What is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryCause {
    /// It has another form.
    #[error("not a node with a coordinate: {0}")]
    Form(String),
    /// It has no name.
    #[error("a node without a name")]
    NoName,
    /// A number is out of the question.
    #[error("node {0}: a number out of range")]
    OutOfRange(String),
    /// The node was there already, in the same segment.
    #[error("node {0} is there twice")]
    Duplicate(String),
}

/// An answer that is no list of coordinates.
#[derive(Debug, thiserror::Error)]
#[error("not a list of coordinates: {0}")]
pub struct AnswerError(#[from] serde_json::Error);

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "Node")]
    node: String,
    #[serde(rename = "Segment", default)]
    segment: Option<String>,
    #[serde(rename = "Coord")]
    coord: Coord,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Coord {
    vec: Vec<f64>,
    error: f64,
    adjustment: f64,
    height: f64,
}

/// The coordinates of an answer, in its order, and what is wrong with entries that are left out. A fresh agent's
/// coordinate, at the origin and as wrong as can be, is a coordinate.
///
/// # Errors
/// Where it is no list at all.
///
/// # Source
/// Consul's documentation, "Coordinate HTTP API", "Read LAN Coordinates for all nodes".
pub fn coordinates(answer: &str) -> Result<(Vec<NodeCoordinate>, Vec<EntryFault>), AnswerError> {
    let entries: Option<Vec<serde_json::Value>> = serde_json::from_str(answer)?;
    let (mut nodes, mut faults) = (Vec::new(), Vec::new());
    let mut known = BTreeMap::new();
    for (index, entry) in entries.unwrap_or_default().into_iter().enumerate() {
        match node(entry) {
            Err(cause) => faults.push(EntryFault { index, cause }),
            Ok(node) => match known.insert((node.node.clone(), node.segment.clone()), index) {
                Some(_) => faults.push(EntryFault { index, cause: EntryCause::Duplicate(node.node) }),
                None => nodes.push(node),
            },
        }
    }
    Ok((nodes, faults))
}

fn node(entry: serde_json::Value) -> Result<NodeCoordinate, EntryCause> {
    let entry: Entry = serde_json::from_value(entry).map_err(|cause| EntryCause::Form(cause.to_string()))?;
    if entry.node.is_empty() {
        return Err(EntryCause::NoName);
    }
    let Coord { vec: vector, error, adjustment, height } = entry.coord;
    let coordinate = Coordinate { vector, height, adjustment, error };
    if !coordinate.is_sound() {
        return Err(EntryCause::OutOfRange(entry.node));
    }
    Ok(NodeCoordinate { node: entry.node, segment: entry.segment.unwrap_or_default(), coordinate })
}

/// Prior coordinates of domains: per domain the median of every number over its nodes. `domain_of` names the domain
/// of a node, from 0; `None` where it has none. Only nodes of the segment with the most such nodes count, the first
/// by name where several have.
#[must_use]
pub fn priors(
    nodes: &[NodeCoordinate],
    domains: usize,
    domain_of: impl Fn(&str) -> Option<usize>,
) -> Vec<Option<Coordinate>> {
    let mut segments: BTreeMap<&str, Vec<(usize, &Coordinate)>> = BTreeMap::new();
    for node in nodes {
        if let Some(domain) = domain_of(&node.node).filter(|&domain| domain < domains) {
            segments.entry(&node.segment).or_default().push((domain, &node.coordinate));
        }
    }
    // Of equals `max_by_key` takes the last, so the segments come backwards.
    let most = segments.into_values().rev().max_by_key(Vec::len).unwrap_or_default();
    let mut hosts = vec![Vec::new(); domains];
    most.into_iter().for_each(|(domain, coordinate)| hosts[domain].push(coordinate.clone()));
    hosts.iter().map(|hosts| Coordinate::of_domain(hosts)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(node: &str, segment: &str, x: f64) -> String {
        format!(
            r#"{{"Node":"{node}","Segment":"{segment}","Coord":{{"Vec":[{x},0,0,0,0,0,0,0],"Error":0.2,"Adjustment":0.0001,"Height":0.001}}}}"#
        )
    }

    #[test]
    fn coordinates_are_read() {
        let answer = format!("[{},{}]", entry("n1", "", 0.0), entry("n2", "", 0.004));
        let (nodes, faults) = coordinates(&answer).unwrap();
        assert_eq!(faults, []);
        let distance = nodes[0].coordinate.distance(&nodes[1].coordinate);
        assert!((distance - 0.0062).abs() < 1e-12, "{distance}");
        assert!(coordinates("null").unwrap().0.is_empty());
    }

    #[test]
    fn what_is_no_coordinate_is_left_out_and_told() {
        let odd = r#"{"Node":"n3","Coord":{"Vec":[0],"Error":1.5,"Adjustment":0,"Height":-1}}"#;
        let answer =
            format!("[7,{},{odd},{},{}]", entry("n1", "", 0.0), entry("n1", "", 0.0), entry("", "", 0.0));
        let (nodes, faults) = coordinates(&answer).unwrap();
        assert_eq!(nodes.len(), 1);
        let rest: Vec<(usize, EntryCause)> =
            faults[1..].iter().map(|fault| (fault.index, fault.cause.clone())).collect();
        let (range, twice) = (EntryCause::OutOfRange("n3".into()), EntryCause::Duplicate("n1".into()));
        assert_eq!(rest, [(2, range), (3, twice), (4, EntryCause::NoName)]);
        assert!(matches!(faults[0].cause, EntryCause::Form(_)));
        assert!(coordinates("{}").is_err());
        assert!(coordinates("[").is_err());
    }

    #[test]
    fn racks_have_the_median_of_their_nodes_in_the_largest_segment() {
        let answer = format!(
            "[{},{},{},{},{}]",
            entry("a1", "east", 0.001),
            entry("a2", "east", 0.003),
            entry("a3", "east", 0.002),
            entry("b1", "west", 0.009),
            entry("x", "west", 0.009)
        );
        let (nodes, _) = coordinates(&answer).unwrap();
        let rack = |node: &str| match node.as_bytes()[0] {
            b'a' => Some(0),
            b'b' => Some(1),
            _ => None,
        };
        let priors = priors(&nodes, 2, rack);
        assert_eq!(priors[0].as_ref().map(|prior| prior.vector[0]), Some(0.002));
        assert_eq!(priors[1], None);
    }
}
