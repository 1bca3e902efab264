//! Where an agent knows the other hosts from.

mod nomad;

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use colocate_files::{Input, read_toml};
use colocate_latency::{Agent, Member, Members};
use colocate_model::{Document, FaultCode, Faults};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::nomad::Cluster;
use crate::config::agent::{PORT, PeersConfig};
use crate::exit::chain;

/// The file of hosts.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct PeersFile {
    /// The hosts.
    peers: Vec<Peer>,
}

/// A host.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Peer {
    /// Its id, as the cluster has it.
    host: String,
    /// Its addresses: probes go to the first.
    addresses: Vec<String>,
    /// The port that it echoes on.
    #[serde(default = "port")]
    port: u16,
    /// A port whose connections are timed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tcp_port: Option<u16>,
    /// The domains it is in, by partition.
    #[serde(default, rename = "in")]
    domains: BTreeMap<String, String>,
}

fn port() -> u16 {
    PORT
}

/// Why the hosts are not known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PeersError {
    /// The file is faulty.
    #[error(transparent)]
    File(#[from] Faults),
    /// The name has no addresses.
    #[error("cannot look {0} up")]
    Lookup(String, #[source] io::Error),
    /// Nomad does not answer, or refuses to.
    #[error("cannot ask Nomad for its nodes")]
    Nomad(#[from] colocate_nomad::Error),
}

/// The hosts as they are now.
///
/// # Errors
/// [`PeersError`].
pub(crate) async fn look(config: &PeersConfig, level: &str) -> Result<Members, PeersError> {
    Peers::default().look(config, level).await
}

/// What is kept from one look to the next.
#[derive(Default)]
struct Peers {
    cluster: Option<Cluster>,
}

impl Peers {
    async fn look(&mut self, config: &PeersConfig, level: &str) -> Result<Members, PeersError> {
        if let Some(file) = &config.file {
            return Ok(parse(&file.as_path().into())?);
        }
        if let Some(name) = &config.dns {
            return look_up(name, config.dns_prefix, level).await;
        }
        let Some(nomad) = &config.nomad else { return Ok(Members::default()) };
        let cluster = match self.cluster.take() {
            Some(cluster) => cluster,
            None => Cluster::new(nomad)?,
        };
        Ok(self.cluster.insert(cluster).look(nomad).await?)
    }
}

/// Tells the agent of the hosts as they come and go. A look that fails changes nothing.
pub(crate) async fn follow(config: PeersConfig, level: String, agent: Arc<Agent>, mut known: Members) {
    let mut peers = Peers::default();
    loop {
        tokio::time::sleep(Duration::from_secs(config.refresh_s.into())).await;
        match peers.look(&config, &level).await {
            Ok(members) if members != known => {
                tracing::info!(hosts = members.len(), before = known.len(), "the hosts have changed");
                known = members.clone();
                agent.know(Arc::new(members));
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(error = chain(&error), "the hosts stay as they were");
            }
        }
    }
}

fn parse(input: &Input) -> Result<Members, Faults> {
    let settings = read_toml::<PeersFile>(input, Document::Config)?;
    let mut faults = Faults::default();
    let mut members = Vec::new();
    for (place, peer) in settings.value.peers.iter().enumerate() {
        let mut addresses = Vec::new();
        for text in &peer.addresses {
            match text.parse::<IpAddr>() {
                Ok(address) => addresses.push(address.to_canonical()),
                Err(_) => {
                    let place = settings.place(&format!("peers[{place}].addresses"));
                    let cause = format!("`{text}` is no address");
                    faults.add(
                        Document::Config,
                        place,
                        FaultCode::Syntax,
                        cause,
                        "write one such as 10.0.0.1",
                    );
                }
            }
        }
        members.push(Member {
            host: peer.host.clone(),
            addresses,
            port: peer.port,
            tcp_port: peer.tcp_port,
            domains: peer.domains.clone(),
        });
    }
    let listed = Members::new(members).map_err(|found| {
        for fault in found {
            let cause = fault.to_string();
            faults.add(
                Document::Config,
                settings.place("peers"),
                FaultCode::Contradiction,
                cause,
                "see there",
            );
        }
    });
    match listed {
        Ok(members) if faults.0.is_empty() => Ok(members),
        _ => Err(faults),
    }
}

async fn look_up(name: &str, prefix: u8, level: &str) -> Result<Members, PeersError> {
    let failed = |source| PeersError::Lookup(name.to_owned(), source);
    let target = if name.contains(':') { name.to_owned() } else { format!("{name}:{PORT}") };
    let found = tokio::net::lookup_host(target).await.map_err(failed)?;
    let member = |address: std::net::SocketAddr| {
        let ip = address.ip().to_canonical();
        let domains = BTreeMap::from([(level.to_owned(), network(ip, prefix))]);
        Member { host: ip.to_string(), addresses: vec![ip], port: address.port(), tcp_port: None, domains }
    };
    let mut members: Vec<Member> = found.map(member).collect();
    members.sort_by(|a, b| a.host.cmp(&b.host));
    members.dedup_by(|a, b| a.host == b.host);
    Members::new(members).map_err(|faults| failed(io::Error::other(faults[0].to_string())))
}

/// The network that an address is in, such as `10.0.1.0/24`.
fn network(address: IpAddr, prefix: u8) -> String {
    let (network, length): (IpAddr, u8) = match address {
        IpAddr::V4(address) => {
            let length = prefix.min(32);
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            (IpAddr::from((u32::from(address) & mask).to_be_bytes()), length)
        }
        IpAddr::V6(address) => {
            let length = prefix.min(128);
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            (IpAddr::from((u128::from(address) & mask).to_be_bytes()), length)
        }
    };
    format!("{network}/{length}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_a_file_are_read_and_every_fault_is_told() {
        let good = "[[peers]]\nhost = \"a\"\naddresses = [\"10.0.0.1\", \"::ffff:10.0.0.2\"]\nin = { rack = \"r1\" }\n";
        let members = parse(&Input::from_bytes("peers.toml", good)).unwrap();
        let (_, member) = members.iter().next().unwrap();
        assert_eq!((member.port, member.domain("rack")), (PORT, Some("r1")));
        assert_eq!(member.addresses[1], IpAddr::from([10, 0, 0, 2]), "IPv4 in disguise is IPv4");
        let bad = format!("{good}{good}[[peers]]\nhost = \"b\"\naddresses = [\"nowhere\"]\n");
        let faults = parse(&Input::from_bytes("peers.toml", bad)).unwrap_err();
        assert_eq!(faults.0.len(), 3, "{faults:#?}");
    }

    #[test]
    fn a_network_is_what_addresses_share() {
        assert_eq!(network(IpAddr::from([10, 1, 2, 3]), 24), "10.1.2.0/24");
        assert_eq!(network(IpAddr::from([10, 1, 2, 3]), 0), "0.0.0.0/0");
        assert_eq!(network("2001:db8::1".parse().unwrap(), 32), "2001:db8::/32");
        assert_eq!(network(IpAddr::from([10, 1, 2, 3]), 200), "10.1.2.3/32");
    }
}
