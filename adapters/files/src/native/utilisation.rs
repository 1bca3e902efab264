//! `utilisation.json`: what racks and hosts use now (CurrentUtilization).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use colocate_model::Document;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::read::{Format, List, Shapes};
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
