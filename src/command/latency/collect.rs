//! `colocate latency collect`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use colocate_files::{Inputs, LatencyFile, load};
use colocate_latency::{Coordinate, HOST, consul};
use jiff::Timestamp;

use crate::access::Access;
use crate::cli::LatencyCollect;
use crate::config::LatencyConfig;
use crate::exit::{Failure, Outcome};
use crate::input::print;
use crate::latency::Collected;
use crate::signals::Signals;

/// Collects once, or until a signal ends it.
pub(crate) fn run(args: &LatencyCollect) -> Result<Outcome, Failure> {
    let config = config(args)?;
    let prior = prior(args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(Failure::Runtime)?;
    let _entered = runtime.enter();
    let nobody = || Failure::Usage("there are no agents to ask; name some".to_owned());
    let mut collected = Collected::new(&config, prior)?.ok_or_else(nobody)?;
    if !args.follow {
        give(&collected.matrix(args.now.unwrap_or_else(Timestamp::now))?, args.out.as_deref())?;
        return Ok(Outcome::Done);
    }
    let mut signals = Signals::new().map_err(Failure::Runtime)?;
    loop {
        // A look that fails changes nothing: the file stays, and says how old it is.
        match collected.matrix(Timestamp::now()) {
            Ok(file) => give(&file, args.out.as_deref())?,
            Err(failure) => tracing::warn!("{}", failure.report().trim_end()),
        }
        let ended = runtime.block_on(async { tokio::time::timeout(args.every, signals.end()).await });
        if ended.is_ok() {
            return Ok(Outcome::Done);
        }
    }
}

fn config(args: &LatencyCollect) -> Result<LatencyConfig, Failure> {
    let seconds =
        |duration: std::time::Duration| u32::try_from(duration.as_secs().max(1)).unwrap_or(u32::MAX);
    Ok(LatencyConfig {
        agents: addresses(&args.measurers.agents)?,
        prometheus: args.measurers.prometheus.clone(),
        level: args.level.clone(),
        window_s: seconds(args.window),
        keep_s: seconds(args.keep),
        same_host_us: args.same_host_us,
        complete: !args.measured_only,
        focus: args.focus,
        access: Access {
            ca: args.ca.clone(),
            certificate: args.certificate.clone(),
            key: args.key.clone(),
            name: args.name.clone(),
            token_file: args.token_file.clone(),
        },
        ..LatencyConfig::default()
    })
}

/// Addresses as they are, and those of files.
fn addresses(given: &[String]) -> Result<Vec<String>, Failure> {
    let mut addresses = Vec::new();
    for one in given {
        if one.contains("://") {
            addresses.push(one.clone());
            continue;
        }
        let text = fs::read_to_string(one).map_err(|error| {
            Failure::Usage(format!("{one} is no address, and no file that can be read: {error}"))
        })?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        addresses.extend(lines.map(str::to_owned));
    }
    Ok(addresses)
}

/// Coordinates of the domains, by those of their hosts; Consul's nodes are the cluster's hosts.
fn prior(args: &LatencyCollect) -> Result<BTreeMap<String, Coordinate>, Failure> {
    let (Some(path), Some(cluster)) = (&args.consul, &args.cluster) else { return Ok(BTreeMap::new()) };
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| Failure::Consul(path.clone(), error);
    let text = fs::read_to_string(path).map_err(|error| failed(error.into()))?;
    let (nodes, faults) = consul::coordinates(&text).map_err(|error| failed(error.into()))?;
    for fault in faults {
        tracing::warn!("coordinate {} of Consul is left out: {}", fault.index, fault.cause);
    }
    let draft = load(&Inputs::new(cluster.as_path()))?.draft;
    let domain = |host: &colocate_model::draft::HostDraft| match args.level.as_str() {
        HOST => Some(host.name.clone()),
        level => host.within.get(level).cloned(),
    };
    let by_host: BTreeMap<String, String> =
        draft.hosts.iter().filter_map(|host| Some((host.name.clone(), domain(host)?))).collect();
    let mut names: Vec<&String> = by_host.values().collect();
    names.sort_unstable();
    names.dedup();
    let place = |node: &str| by_host.get(node).and_then(|name| names.binary_search(&name).ok());
    let priors = consul::priors(&nodes, names.len(), place);
    Ok(names.into_iter().cloned().zip(priors).filter_map(|(name, prior)| Some((name, prior?))).collect())
}

/// Writes a matrix, or prints it.
pub(super) fn give(file: &LatencyFile, out: Option<&Path>) -> Result<(), Failure> {
    match out {
        Some(path) => Ok(file.write(path)?),
        None => {
            let mut text = Vec::new();
            file.write_to(&mut text).map_err(Failure::Print)?;
            print(&String::from_utf8_lossy(&text))
        }
    }
}
