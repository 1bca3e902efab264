//! `utilisation.json`: what racks and hosts use now (CurrentUtilization).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use colocate_model::{Document, Draft, FaultCode, Faults};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::read::{Format, List, Shapes};
use crate::suggest::closest;
use crate::values::{Time, Version};

/// The format.
pub(crate) struct UtilisationFormat;

/// The utilisation of racks and hosts.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    version: Version,
    /// The kind of file.
    #[schemars(extend("const" = "utilisation"))]
    kind: String,
    /// When it was sampled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sampled_at: Option<Time>,
    /// Per rack and resource, in percent of its capacity.
    #[serde(default)]
    pub(crate) racks: BTreeMap<String, BTreeMap<String, f64>>,
    /// Per host and resource, in percent of its capacity.
    #[serde(default)]
    pub(crate) hosts: BTreeMap<String, BTreeMap<String, f64>>,
}

/// Nothing.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Body {}

impl Format for UtilisationFormat {
    type Header = Header;
    type Body = Body;
    const DOCUMENT: Document = Document::Utilisation;
    const LISTS: &'static [List] = &[];

    fn shapes() -> &'static Shapes {
        static SHAPES: LazyLock<Shapes> = LazyLock::new(Shapes::of::<UtilisationFormat>);
        &SHAPES
    }

    fn push(_: &mut Body, _: &List, _: &str, _: Value) -> serde_json::Result<bool> {
        Ok(true)
    }
}

/// Notes racks, hosts and resources that the cluster does not have, and percentages that are none.
pub(crate) fn check(header: &Header, draft: &Draft, faults: &mut Faults) {
    let racks: Vec<&str> = draft
        .domains
        .iter()
        .filter(|domain| domain.partition == "rack")
        .map(|domain| &*domain.name)
        .collect();
    let hosts: Vec<&str> = draft.hosts.iter().map(|host| &*host.name).collect();
    let resources: Vec<&str> = draft.resources.iter().map(|resource| &*resource.name).collect();
    let levels = [
        ("racks", "rack", FaultCode::UnknownDomain, racks, &header.racks),
        ("hosts", "host", FaultCode::UnknownHost, hosts, &header.hosts),
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
