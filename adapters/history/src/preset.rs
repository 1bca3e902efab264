//! Queries for what many already collect.

use crate::query::{Names, Query};
use crate::template::{Template, TemplateError};

/// A collection of queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Preset {
    /// The allocations of Nomad, from its clients with `publish_allocation_metrics`. They have no network and disk.
    Nomad,
    /// Containers, from cAdvisor alone or in a kubelet.
    Cadvisor,
    /// Hosts, from node_exporter: each is a component of its own.
    Node,
}

/// A query of a preset.
#[derive(Debug)]
pub struct Entry {
    /// The resource.
    pub resource: &'static str,
    /// PromQL with placeholders; [`FILTER`] stands for more label matchers.
    pub query: &'static str,
    /// From its unit to ours.
    pub scale: f64,
}

/// Stands in the queries of presets for label matchers such as `namespace="prod"`.
pub const FILTER: &str = "$__filter";

/// Nomad counts CPU in percent of one core and in MHz, which is a resource of its own; memory in bytes.
const NOMAD: &[Entry] = &[
    Entry {
        resource: "cpu",
        query: "sum by ($__by) ($__over_time(nomad_client_allocs_cpu_total_percent{alloc_id!=\"\",$__filter}[$__interval]))",
        scale: 10.0,
    },
    Entry {
        resource: "cpu_mhz",
        query: "sum by ($__by) ($__over_time(nomad_client_allocs_cpu_total_ticks{alloc_id!=\"\",$__filter}[$__interval]))",
        scale: 1.0,
    },
    Entry {
        resource: "memory",
        query: "sum by ($__by) ($__over_time(nomad_client_allocs_memory_usage{alloc_id!=\"\",$__filter}[$__interval]))",
        scale: 1.0,
    },
];

/// cAdvisor counts CPU in seconds. What has no image is a cgroup above the containers.
const CADVISOR: &[Entry] = &[
    Entry {
        resource: "cpu",
        query: "sum by ($__by) (rate(container_cpu_usage_seconds_total{image!=\"\",$__filter}[$__rate_interval]))",
        scale: 1000.0,
    },
    Entry {
        resource: "memory",
        query: "sum by ($__by) ($__over_time(container_memory_working_set_bytes{image!=\"\",$__filter}[$__interval]))",
        scale: 1.0,
    },
    Entry {
        resource: "disk_io",
        query: "sum by ($__by) (rate(container_fs_reads_bytes_total{image!=\"\",$__filter}[$__rate_interval])) + \
                sum by ($__by) (rate(container_fs_writes_bytes_total{image!=\"\",$__filter}[$__rate_interval]))",
        scale: 1.0,
    },
    Entry {
        resource: "network",
        query: "sum by ($__by) (rate(container_network_receive_bytes_total{image!=\"\",$__filter}[$__rate_interval])) + \
                sum by ($__by) (rate(container_network_transmit_bytes_total{image!=\"\",$__filter}[$__rate_interval]))",
        scale: 1.0,
    },
];

/// Idle and waiting is no use, and guests are counted as user already. Virtual devices would count twice.
const NODE: &[Entry] = &[
    Entry {
        resource: "cpu",
        query: "sum by ($__by) (rate(node_cpu_seconds_total{mode!~\"idle|iowait|steal|guest.*\",$__filter}[$__rate_interval]))",
        scale: 1000.0,
    },
    Entry {
        resource: "memory",
        query: "sum by ($__by) ($__over_time(node_memory_MemTotal_bytes{job!=\"\",$__filter}[$__interval])) - \
                sum by ($__by) ($__over_time(node_memory_MemAvailable_bytes{job!=\"\",$__filter}[$__interval]))",
        scale: 1.0,
    },
    Entry {
        resource: "disk_io",
        query: "sum by ($__by) (rate(node_disk_read_bytes_total{device!~\"dm-.*|md.*|loop.*|sr.*\",$__filter}[$__rate_interval])) + \
                sum by ($__by) (rate(node_disk_written_bytes_total{device!~\"dm-.*|md.*|loop.*|sr.*\",$__filter}[$__rate_interval]))",
        scale: 1.0,
    },
    Entry {
        resource: "network",
        query: "sum by ($__by) (rate(node_network_receive_bytes_total{device!~\"lo|veth.*|docker.*|br-.*|cni.*|nomad.*\",$__filter}[$__rate_interval])) + \
                sum by ($__by) (rate(node_network_transmit_bytes_total{device!~\"lo|veth.*|docker.*|br-.*|cni.*|nomad.*\",$__filter}[$__rate_interval]))",
        scale: 1.0,
    },
];

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 3] = [Self::Nomad, Self::Cadvisor, Self::Node];

    /// Its name on the command line and in `history.toml`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nomad => "nomad",
            Self::Cadvisor => "cadvisor",
            Self::Node => "node",
        }
    }

    /// The preset of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// Its queries.
    #[must_use]
    pub const fn entries(self) -> &'static [Entry] {
        match self {
            Self::Nomad => NOMAD,
            Self::Cadvisor => CADVISOR,
            Self::Node => NODE,
        }
    }

    /// The template of the component. Nomad's Docker driver gives containers the label `com.hashicorp.nomad.alloc_id`.
    #[must_use]
    pub const fn component(self) -> &'static str {
        match self {
            Self::Nomad => "{alloc_id}",
            Self::Cadvisor => "{container_label_com_hashicorp_nomad_alloc_id|pod|name}",
            Self::Node => "{instance}",
        }
    }

    /// The template of the service. Prometheus calls Nomad's label `job` `exported_job`, unless it honours labels.
    #[must_use]
    pub const fn service(self) -> Option<&'static str> {
        match self {
            Self::Nomad => Some("{exported_job|job}.{task_group}"),
            Self::Cadvisor => Some(
                "{container_label_com_hashicorp_nomad_task_group_name|container_label_com_docker_compose_service|container|name}",
            ),
            Self::Node => None,
        }
    }

    /// What is asked, with more label matchers if any, and other templates than its own if any.
    ///
    /// # Errors
    /// Where a template is none.
    pub fn queries(
        self,
        filter: Option<&str>,
        component: Option<&str>,
        service: Option<&str>,
    ) -> Result<Vec<Query>, TemplateError> {
        let component: Template = component.unwrap_or(self.component()).parse()?;
        let service: Option<Template> = service.or(self.service()).map(str::parse).transpose()?;
        let query = |entry: &Entry| Query {
            metric: entry.resource.into(),
            query: entry.query.replace(FILTER, filter.unwrap_or_default()),
            names: Names::Component { component: component.clone(), service: service.clone() },
            scale: entry.scale,
            counter: false,
        };
        Ok(self.entries().iter().map(query).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Aggregate;

    #[test]
    fn every_preset_has_sound_queries() {
        for preset in Preset::ALL {
            assert_eq!(Preset::from_name(preset.name()), Some(preset));
            let queries = preset.queries(Some("env=\"prod\""), None, None).expect("its templates are sound");
            for query in queries {
                assert_eq!(query.unknown_placeholder(), None, "{}", query.query);
                let text = query.text(300, Aggregate::Mean, 60);
                assert!(!text.contains('$') && text.contains("env=\"prod\"}"), "{text}");
            }
        }
    }
}
