//! What is asked of Prometheus.

use crate::key::{NameFault, Named};
use crate::template::Template;

/// What is asked of Prometheus.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The metric, as in files: a resource, `requests`, `calls_per_s` or `bytes_per_s`.
    pub metric: String,
    /// PromQL with [`PLACEHOLDERS`]. Of a counter a selector, whose samples are fetched as they were scraped.
    pub query: String,
    /// Whose history it is.
    pub names: Names,
    /// What values are multiplied by to be in our unit.
    pub scale: f64,
    /// Whether the samples count since a start, and are turned into rates here.
    pub counter: bool,
}

/// Whose history a query gives, from the labels of its series.
#[derive(Debug, Clone, PartialEq)]
pub enum Names {
    /// Components, and their services where those are known.
    Component {
        /// The component.
        component: Template,
        /// Its service.
        service: Option<Template>,
    },
    /// Traffic edges.
    Edge {
        /// Who calls.
        from: Template,
        /// Who is called.
        to: Template,
    },
    /// Services as a whole.
    Service {
        /// The service.
        service: Template,
    },
}

/// What stands for a part of a query that depends on the options; the first two as in Grafana.
pub const PLACEHOLDERS: [&str; 4] = [INTERVAL, RATE_INTERVAL, OVER_TIME, BY];
/// The step.
const INTERVAL: &str = "$__interval";
/// A time in which `rate` sees at least two samples at either end.
const RATE_INTERVAL: &str = "$__rate_interval";
/// `avg_over_time`, `last_over_time` or `max_over_time`.
const OVER_TIME: &str = "$__over_time";
/// The labels that name whose history it is, with commas between them.
const BY: &str = "$__by";

impl Query {
    /// The query as it is sent. `scrape_s` is the time between scrapes.
    ///
    /// `$__rate_interval` is max(step + scrape, 4 x scrape).
    ///
    /// # Source
    /// Grafana, "Using $__rate_interval", <https://grafana.com/blog/2020/09/28/new-in-grafana-7.2-__rate_interval-for-prometheus-rate-queries-that-just-work/>.
    pub(crate) fn text(&self, step_s: u32, aggregate: crate::Aggregate, scrape_s: u32) -> String {
        let rate_s = step_s.saturating_add(scrape_s).max(scrape_s.saturating_mul(4));
        let over_time = match aggregate {
            crate::Aggregate::Mean => "avg_over_time",
            crate::Aggregate::Last => "last_over_time",
            crate::Aggregate::Max => "max_over_time",
        };
        let query = self.query.replace(RATE_INTERVAL, &format!("{rate_s}s"));
        let query = query.replace(INTERVAL, &format!("{step_s}s")).replace(OVER_TIME, over_time);
        query.replace(BY, &self.names.labels())
    }

    /// Whether the metric is one that a component, an edge or a service has.
    pub(crate) fn key_of_anybody(&self) -> Result<(), NameFault> {
        let (component, from, to, service) = match self.names {
            Names::Component { .. } => ("x", "", "", ""),
            Names::Edge { .. } => ("", "x", "x", ""),
            Names::Service { .. } => ("", "", "", "x"),
        };
        Named { component, from, to, service, metric: &self.metric }.key().map(|_| ())
    }

    /// A placeholder in the query that nobody knows.
    pub(crate) fn unknown_placeholder(&self) -> Option<&str> {
        self.query.match_indices("$__").find_map(|(start, _)| {
            let rest = &self.query[start..];
            let end = rest.find(|c: char| !(c == '$' || c == '_' || c.is_ascii_alphanumeric()));
            let word = &rest[..end.unwrap_or(rest.len())];
            (!PLACEHOLDERS.contains(&word)).then_some(word)
        })
    }
}

impl Names {
    /// The labels that it looks at, with commas between them.
    fn labels(&self) -> String {
        let mut labels = std::collections::BTreeSet::new();
        for template in match self {
            Self::Component { component, service } => [Some(component), service.as_ref()],
            Self::Edge { from, to } => [Some(from), Some(to)],
            Self::Service { service } => [Some(service), None],
        } {
            labels.extend(template.into_iter().flat_map(Template::labels));
        }
        labels.into_iter().collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Aggregate;

    #[test]
    fn placeholders_are_filled_in() {
        let query = Query {
            metric: "cpu".into(),
            query: "sum by ($__by) ($__over_time(a[$__interval]) + rate(b[$__rate_interval]))".into(),
            names: Names::Component {
                component: "{alloc_id}".parse().expect("it is sound"),
                service: Some("{exported_job|job}.{task_group}".parse().expect("it is sound")),
            },
            scale: 1.0,
            counter: false,
        };
        assert_eq!(
            query.text(300, Aggregate::Max, 15),
            "sum by (alloc_id, exported_job, job, task_group) (max_over_time(a[300s]) + rate(b[315s]))"
        );
        assert!(query.text(15, Aggregate::Mean, 60).contains("rate(b[240s])"));
        assert_eq!(query.unknown_placeholder(), None);
        let query = Query { query: "rate(a[$__range])".into(), ..query };
        assert_eq!(query.unknown_placeholder(), Some("$__range"));
    }
}
