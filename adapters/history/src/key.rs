//! What a series is the history of.

use std::fmt;

/// What a series is the history of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// The use of a resource by a component, in the unit of the resource: mCPU, bytes, bytes/s.
    Resource {
        /// The component.
        component: String,
        /// The resource, such as `cpu`, `memory`, `disk_io` or `network`.
        resource: String,
    },
    /// What goes over a traffic edge.
    Edge {
        /// The service or component that calls.
        from: String,
        /// The service or component that is called.
        to: String,
        /// Calls or bytes.
        quantity: EdgeQuantity,
    },
    /// Requests per second, which help to forecast what they cause.
    Requests(Subject),
}

impl Key {
    /// The use of `resource` by `component`.
    #[must_use]
    pub fn resource(component: impl Into<String>, resource: impl Into<String>) -> Self {
        Self::Resource { component: component.into(), resource: resource.into() }
    }

    /// What goes from `from` to `to`.
    #[must_use]
    pub fn edge(from: impl Into<String>, to: impl Into<String>, quantity: EdgeQuantity) -> Self {
        Self::Edge { from: from.into(), to: to.into(), quantity }
    }

    /// The component whose history it is, if it is that of one.
    #[must_use]
    pub fn component(&self) -> Option<&str> {
        match self {
            Self::Resource { component, .. } | Self::Requests(Subject::Component(component)) => {
                Some(component)
            }
            Self::Edge { .. } | Self::Requests(Subject::Service(_)) => None,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resource { component, resource } => write!(f, "{component} {resource}"),
            Self::Edge { from, to, quantity } => write!(f, "{from} -> {to} {}", quantity.name()),
            Self::Requests(Subject::Component(component)) => write!(f, "{component} {REQUESTS}"),
            Self::Requests(Subject::Service(service)) => write!(f, "service {service} {REQUESTS}"),
        }
    }
}

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A component.
    Component(String),
    /// A service, over all its components.
    Service(String),
}

/// What is counted on a traffic edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeQuantity {
    /// Calls per second.
    CallsPerSecond,
    /// Bytes per second, both ways.
    BytesPerSecond,
}

impl EdgeQuantity {
    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CallsPerSecond => CALLS,
            Self::BytesPerSecond => BYTES,
        }
    }
}

const REQUESTS: &str = "requests";
const CALLS: &str = "calls_per_s";
const BYTES: &str = "bytes_per_s";
/// What the name of a counter ends in, by Prometheus' convention.
const COUNTER: &str = "_total";

/// The names in a row or of a query; empty where there is none.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Named<'a> {
    pub(crate) component: &'a str,
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    pub(crate) service: &'a str,
    pub(crate) metric: &'a str,
}

/// Why names make no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameFault {
    /// No component, edge or service.
    Nobody,
    /// No metric.
    NoMetric,
    /// `from` without `to`, or the other way round.
    HalfAnEdge,
    /// An edge has calls and bytes only.
    EdgeMetric,
    /// A service has requests only.
    ServiceMetric,
}

impl Named<'_> {
    /// The key, and whether the name of the metric is that of a counter (`network_total`, `calls_total`).
    pub(crate) fn key(self) -> Result<(Key, bool), NameFault> {
        let base = self.metric.strip_suffix(COUNTER).filter(|base| !base.is_empty());
        let metric = base.unwrap_or(self.metric);
        if metric.is_empty() {
            return Err(NameFault::NoMetric);
        }
        let key = match (self.from.is_empty(), self.to.is_empty(), self.component.is_empty()) {
            (false, false, _) => {
                let quantity = match metric {
                    CALLS | "calls" => EdgeQuantity::CallsPerSecond,
                    BYTES | "bytes" => EdgeQuantity::BytesPerSecond,
                    _ => return Err(NameFault::EdgeMetric),
                };
                Key::edge(self.from, self.to, quantity)
            }
            (true, true, false) if metric == REQUESTS => {
                Key::Requests(Subject::Component(self.component.into()))
            }
            (true, true, false) => Key::resource(self.component, metric),
            (true, true, true) if self.service.is_empty() => return Err(NameFault::Nobody),
            (true, true, true) if metric == REQUESTS => Key::Requests(Subject::Service(self.service.into())),
            (true, true, true) => return Err(NameFault::ServiceMetric),
            _ => return Err(NameFault::HalfAnEdge),
        };
        Ok((key, base.is_some()))
    }
}

impl NameFault {
    /// What is wrong, and what to do.
    pub(crate) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Nobody => {
                ("there is no component, edge or service", "name a component, `from` and `to`, or a service")
            }
            Self::NoMetric => {
                ("there is no metric", "name one, such as cpu, memory, disk_io, network or requests")
            }
            Self::HalfAnEdge => ("an edge has one end only", "name both `from` and `to`, or neither"),
            Self::EdgeMetric => {
                ("an edge has no such metric", "use calls_per_s, bytes_per_s, calls_total or bytes_total")
            }
            Self::ServiceMetric => {
                ("a service has no metric but `requests`", "name the component that uses the resource")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_whose_history_it_is() {
        let web = Named { component: "web.0", service: "web", ..Named::default() };
        let edge = Named { from: "web", to: "db", ..Named::default() };
        let requests = |subject| Ok((Key::Requests(subject), false));
        for (named, expected) in [
            (Named { metric: "cpu", ..web }, Ok((Key::resource("web.0", "cpu"), false))),
            (Named { metric: "network_total", ..web }, Ok((Key::resource("web.0", "network"), true))),
            (Named { metric: "requests", ..web }, requests(Subject::Component("web.0".into()))),
            (Named { metric: "requests", component: "", ..web }, requests(Subject::Service("web".into()))),
            (
                Named { metric: "calls_total", ..edge },
                Ok((Key::edge("web", "db", EdgeQuantity::CallsPerSecond), true)),
            ),
            (
                Named { metric: "bytes_per_s", ..edge },
                Ok((Key::edge("web", "db", EdgeQuantity::BytesPerSecond), false)),
            ),
            (Named { metric: "cpu", ..edge }, Err(NameFault::EdgeMetric)),
            (Named { metric: "cpu", to: "", ..edge }, Err(NameFault::HalfAnEdge)),
            (Named { metric: "cpu", component: "", ..web }, Err(NameFault::ServiceMetric)),
            (Named { metric: "cpu", ..Named::default() }, Err(NameFault::Nobody)),
            (web, Err(NameFault::NoMetric)),
        ] {
            assert_eq!(named.key(), expected, "{named:?}");
        }
    }
}
