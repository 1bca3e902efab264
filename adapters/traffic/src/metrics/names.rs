//! The ends of an edge, from labels.

use colocate_prometheus::Labels;

/// The ends of an edge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ends {
    pub(super) from: String,
    pub(super) to: String,
    /// Whether nobody waits.
    pub(super) is_message: bool,
}

/// The first of some labels that says anything.
fn first<'a>(labels: &'a Labels, names: &[&str]) -> Option<&'a str> {
    let values = names.iter().filter_map(|&name| labels.get(name));
    values.map(String::as_str).find(|value| !value.is_empty() && *value != "unknown")
}

fn ends(from: &str, to: &str, is_message: bool) -> Ends {
    Ends { from: from.to_owned(), to: to.to_owned(), is_message }
}

/// `client` and `server`. The `user` before the first service is a virtual node, and no part of a cluster.
pub(super) fn service_graph(labels: &Labels) -> Option<Ends> {
    let (from, to) = (first(labels, &["client"])?, first(labels, &["server"])?);
    let connection = labels.get("connection_type").map(String::as_str);
    let is_outside = connection == Some("virtual_node") && from == "user";
    (!is_outside).then(|| ends(from, to, connection == Some("messaging_system")))
}

/// The proxy's own service, and the service of the cluster that it calls.
pub(super) fn envoy(labels: &Labels) -> Option<Ends> {
    let from = first(labels, &["consul_source_service", "local_cluster"])?;
    let of_cluster = || labels.get("envoy_cluster_name").and_then(|name| service_of_cluster(name));
    let to = first(labels, &["consul_destination_service"]).or_else(of_cluster)?;
    Some(ends(from, to, false))
}

pub(super) fn istio(labels: &Labels) -> Option<Ends> {
    let to = first(labels, &["destination_workload", "destination_service_name"])?;
    Some(ends(first(labels, &["source_workload"])?, to, false))
}

/// The service of a cluster of Consul Connect: `SERVICE.NAMESPACE.DATACENTER.internal.TRUST-DOMAIN.consul`, with a subset in
/// front or a partition behind the namespace. None for the proxy's own, such as `local_app`.
///
/// # Source
/// Consul, `agent/connect/sni.go`.
fn service_of_cluster(name: &str) -> Option<&str> {
    let (_, name) = name.split_once('~').unwrap_or(("", name));
    let (front, _) = name.split_once(".internal").or_else(|| name.split_once(".external."))?;
    let parts: Vec<&str> = front.split('.').collect();
    let service = match parts[..] {
        // A subset, rather than a partition, where the namespace stands third.
        [_, service, "default", _] if service != "default" => service,
        [service, _, _] | [service, _, _, _] | [_, service, _, _, _] => service,
        _ => return None,
    };
    (!service.is_empty()).then_some(service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_of_connect_name_their_service() {
        for (name, service) in [
            ("cart.default.dc1.internal.1f0a.consul", Some("cart")),
            ("v2.cart.default.dc1.internal.1f0a.consul", Some("cart")),
            ("cart.team.ap1.dc1.internal-v1.1f0a.consul", Some("cart")),
            ("v2.cart.team.ap1.dc1.internal-v1.1f0a.consul", Some("cart")),
            ("9f~cart.default.dc1.internal.1f0a.consul", Some("cart")),
            ("local_app", None),
            ("self_admin", None),
            (".internal.", None),
        ] {
            assert_eq!(service_of_cluster(name), service, "{name}");
        }
    }

    #[test]
    fn users_are_outside_and_queues_hold_messages() {
        let labels = |client: &str, kind: &str| {
            let pairs = [("client", client), ("server", "web"), ("connection_type", kind)];
            pairs.map(|(label, value)| (label.to_owned(), value.to_owned())).into_iter().collect::<Labels>()
        };
        assert_eq!(service_graph(&labels("user", "virtual_node")), None);
        assert_eq!(service_graph(&labels("user", "")), Some(ends("user", "web", false)));
        assert_eq!(service_graph(&labels("shop", "messaging_system")), Some(ends("shop", "web", true)));
        assert_eq!(service_graph(&labels("", "")), None);
    }
}
