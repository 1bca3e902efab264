//! From the names of sources to those of the cluster.

use std::collections::{BTreeMap, BTreeSet};

use colocate_files::{Findings, Input, closest, read_toml};
use colocate_model::{Document, FaultCode, Faults};
use regex::{Regex, RegexBuilder};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::edge::Observed;

/// What is called otherwise, and what does not count.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct MappingSettings {
    /// The first that fits a name gives it another one.
    rename: Vec<RenameSettings>,
    /// Edges of what fits are left out.
    ignore: Vec<IgnoreSettings>,
}

/// Another name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RenameSettings {
    /// The whole name, as it is.
    name: Option<String>,
    /// A regular expression for the whole name.
    pattern: Option<String>,
    /// The other name; `$1` is the first group of the pattern.
    to: String,
}

/// What does not count.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct IgnoreSettings {
    /// The whole name, as it is.
    name: Option<String>,
    /// A regular expression for the whole name.
    pattern: Option<String>,
}

/// What is called otherwise, and what does not count.
#[derive(Debug, Default)]
pub struct Mapping {
    renames: Vec<(Matcher, String)>,
    ignored: Vec<Matcher>,
}

#[derive(Debug)]
enum Matcher {
    Name(String),
    Pattern(Regex),
}

/// The largest compiled pattern, in bytes.
const PATTERN_BYTES: usize = 1 << 20;

impl Mapping {
    /// Reads a mapping in TOML.
    ///
    /// # Errors
    /// All that is wrong with it, each with its line.
    pub fn read(input: &Input) -> Result<Self, Faults> {
        let settings = read_toml::<MappingSettings>(input, Document::Traffic)?;
        let (mut mapping, mut faults) = (Self::default(), Faults::default());
        let mut matcher = |name: &Option<String>, pattern: &Option<String>, path: String| {
            let place = settings.place(&path);
            match (name, pattern) {
                (Some(name), None) => return Some(Matcher::Name(name.clone())),
                (None, Some(pattern)) => {
                    let whole = format!("^(?:{pattern})$");
                    match RegexBuilder::new(&whole).size_limit(PATTERN_BYTES).build() {
                        Ok(regex) => return Some(Matcher::Pattern(regex)),
                        Err(error) => {
                            let text = error.to_string();
                            let cause = text.lines().last().unwrap_or_default().trim().to_owned();
                            faults.add(
                                Document::Traffic,
                                place,
                                FaultCode::Syntax,
                                cause,
                                "mend the pattern",
                            );
                        }
                    }
                }
                _ => {
                    let cause = "it has to give a name or a pattern";
                    let action = "write either `name` or `pattern`";
                    faults.add(Document::Traffic, place, FaultCode::Contradiction, cause, action);
                }
            }
            None
        };
        for (index, rename) in settings.value.rename.iter().enumerate() {
            let found = matcher(&rename.name, &rename.pattern, format!("rename[{index}]"));
            mapping.renames.extend(found.map(|matcher| (matcher, rename.to.clone())));
        }
        for (index, ignore) in settings.value.ignore.iter().enumerate() {
            mapping.ignored.extend(matcher(&ignore.name, &ignore.pattern, format!("ignore[{index}]")));
        }
        faults.into_result(mapping)
    }

    /// The edges under their other names, less those of what is ignored and those from one to itself.
    #[must_use]
    pub fn apply(&self, mut edges: Vec<Observed>) -> Vec<Observed> {
        for edge in &mut edges {
            edge.from = self.name(&edge.from);
            edge.to = self.name(&edge.to);
        }
        let is_ignored = |name: &str| self.ignored.iter().any(|matcher| matcher.fits(name));
        edges.retain(|edge| edge.from != edge.to && !is_ignored(&edge.from) && !is_ignored(&edge.to));
        edges
    }

    fn name(&self, name: &str) -> String {
        let found = self.renames.iter().find(|(matcher, _)| matcher.fits(name));
        match found {
            Some((Matcher::Name(_), to)) => to.clone(),
            Some((Matcher::Pattern(regex), to)) => regex.replace(name, to.as_str()).into_owned(),
            None => name.to_owned(),
        }
    }
}

impl Matcher {
    fn fits(&self, name: &str) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::Pattern(regex) => regex.is_match(name),
        }
    }
}

/// A name that nobody in the cluster has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    /// The name.
    pub name: String,
    /// How many edges have it.
    pub edges: usize,
    /// What may be meant.
    pub suggestion: Option<String>,
}

/// Takes the edges out whose ends are not all among `known`, services and components; gives back the names, which are
/// warned of.
pub fn leave_out_unmatched(
    edges: &mut Vec<Observed>,
    known: &BTreeSet<&str>,
    findings: &mut Findings,
) -> Vec<Unmatched> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    edges.retain(|edge| {
        let unknown: BTreeSet<&str> =
            [edge.from.as_str(), edge.to.as_str()].into_iter().filter(|name| !known.contains(name)).collect();
        unknown.iter().for_each(|&name| *counts.entry(name.to_owned()).or_default() += 1);
        unknown.is_empty()
    });
    let unmatched = counts.into_iter().map(|(name, edges)| {
        let suggestion = closest(&name, known.iter().copied()).or_else(|| contained(&name, known));
        Unmatched { suggestion: suggestion.map(str::to_owned), name, edges }
    });
    let unmatched: Vec<Unmatched> = unmatched.collect();
    for Unmatched { name, edges, suggestion } in &unmatched {
        let cause = format!("{edges} edge(s) are left out, because the cluster has no `{name}`");
        let action = suggestion.as_ref().map_or_else(
            || "rename or ignore it in a --mapping".to_owned(),
            |suggestion| format!("maybe it is `{suggestion}`; rename or ignore it in a --mapping"),
        );
        findings.warn(name, FaultCode::Unmatched, cause, action);
    }
    unmatched
}

/// The longest of `known` that is a whole word of `name`: `cart` of `cart-svc.shop`.
fn contained<'a>(name: &str, known: &BTreeSet<&'a str>) -> Option<&'a str> {
    let words: BTreeSet<&str> = name.split(['-', '.', '_', '/', ':', '@']).collect();
    known.iter().copied().filter(|known| words.contains(known)).max_by_key(|known| known.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::EdgeSource;

    fn edge(from: &str, to: &str) -> Observed {
        Observed::new(from, to, EdgeSource::Traces)
    }

    fn names(edges: &[Observed]) -> Vec<(&str, &str)> {
        edges.iter().map(|edge| (edge.from.as_str(), edge.to.as_str())).collect()
    }

    #[test]
    fn names_are_changed_and_left_out() {
        let text = r#"
rename = [{ name = "checkout-svc", to = "checkout" }, { pattern = '(.*)\.shop\.svc', to = "$1" }]
[[ignore]]
pattern = "jaeger.*"
"#;
        let mapping = Mapping::read(&Input::from_bytes("mapping.toml", text)).expect("it is sound");
        let edges = vec![
            edge("checkout-svc", "cart.shop.svc"),
            edge("cart", "cart.shop.svc"),
            edge("cart", "jaeger-query"),
            edge("xcart.shop.svcx", "checkout"),
        ];
        let edges = mapping.apply(edges);
        assert_eq!(names(&edges), [("checkout", "cart"), ("xcart.shop.svcx", "checkout")]);
    }

    #[test]
    fn the_example_of_the_guide_is_sound() {
        let guide = include_str!("../../../docs/traffic.md");
        let example = guide.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
        let mapping = Mapping::read(&Input::from_bytes("mapping.toml", example.expect("it has an example")));
        let mapping = mapping.expect("it is sound");
        assert_eq!(mapping.name("cart.shop.svc"), "cart");
        assert_eq!(mapping.apply(vec![edge("a", "jaeger-query")]), []);
    }

    #[test]
    fn all_that_is_wrong_with_a_mapping_is_said() {
        let text = "[[rename]]\npattern = \"(\"\nto = \"a\"\n[[rename]]\nto = \"b\"\n[[ignore]]\nname = \"a\"\npattern = \"a\"\n";
        let faults = Mapping::read(&Input::from_bytes("mapping.toml", text)).expect_err("three faults");
        let codes: Vec<FaultCode> = faults.0.iter().map(|fault| fault.code).collect();
        assert_eq!(codes, [FaultCode::Syntax, FaultCode::Contradiction, FaultCode::Contradiction]);
    }

    #[test]
    fn unmatched_names_are_listed_with_what_may_be_meant() {
        let mut edges = vec![
            edge("web", "cart"),
            edge("web", "crat"),
            edge("zebra", "cart-svc.shop"),
            edge("web", "zebra"),
        ];
        let mut findings = Findings::new(Document::Traffic);
        let unmatched = leave_out_unmatched(&mut edges, &BTreeSet::from(["cart", "web"]), &mut findings);
        assert_eq!(names(&edges), [("web", "cart")]);
        let shown: Vec<_> = unmatched
            .iter()
            .map(|unmatched| (unmatched.name.as_str(), unmatched.edges, unmatched.suggestion.as_deref()))
            .collect();
        assert_eq!(
            shown,
            [("cart-svc.shop", 1, Some("cart")), ("crat", 1, Some("cart")), ("zebra", 2, None)]
        );
    }
}
