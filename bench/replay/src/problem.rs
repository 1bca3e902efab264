//! One replan as a problem: hosts, machines where they are, and the demand that an input expects.

use std::collections::BTreeMap;

use colocate_model::draft::{
    ComponentDraft, DemandKind, DomainDraft, ForecastDraft, GoalDraft, HostDraft, PolicyDraft, PowerDraft,
    PricesDraft, ResourceDraft, SeriesDraft, ServiceDraft,
};
use colocate_model::{Draft, Faults, Problem};

use crate::cluster::Cluster;
use crate::demand::Prediction;
use crate::settings::Settings;
use crate::trace::{STEP_S, Trace};

/// Power of a host, in W.
const POWER: PowerDraft = PowerDraft { idle_w: 120.0, max_w: 350.0, power_managed: true };
/// Copy rate of one move: 10 Gbit/s less overhead.
const COPY_BYTES_PER_S: i64 = 1_000_000_000;

/// The policy of every replan: no more violated than before, then the least overload, then the least energy that pays
/// for the moves. Copies stay inside the data centre and cost nothing a byte; a move has its usual price.
fn policy(settings: &Settings) -> PolicyDraft {
    let mut policy = PolicyDraft {
        demand: DemandKind::Mean,
        max_utilization: [("cpu".to_owned(), settings.max_utilization)].into(),
        goals: [&["violation"][..], &["overload"], &["energy", "migration"]].map(GoalDraft::of).into(),
        prices: PricesDraft { usd_per_gb: 0.0, ..PricesDraft::default() },
        copy_bytes_per_s: COPY_BYTES_PER_S,
        ..PolicyDraft::default()
    };
    policy.budgets.moves = Some(settings.moves);
    policy
}

/// The problem of the replan that finds machine i on host `host_of[i]`.
///
/// # Errors
/// What does not fit the model, such as a demand that is not finite.
pub(crate) fn problem(
    trace: &Trace,
    cluster: &Cluster,
    host_of: &[usize],
    prediction: &Prediction,
    settings: &Settings,
) -> Result<Problem, Faults> {
    let rack = |host: usize| format!("r{}", host / cluster.hosts_per_rack.max(1));
    let racks = (0..cluster.hosts).step_by(cluster.hosts_per_rack.max(1)).map(rack);
    let hosts = (0..cluster.hosts).map(|host| HostDraft {
        power: Some(PowerDraft { power_managed: settings.power_managed, ..POWER }),
        ..HostDraft::new(&format!("h{host}"))
            .in_domain("rack", &rack(host))
            .with_capacity("cpu", cluster.cpu.round() as i64)
            .with_capacity("memory", cluster.memory)
    });
    let components = trace.machines.iter().zip(host_of).map(|(machine, host)| ComponentDraft {
        bytes: machine.memory,
        ..ComponentDraft::new(&machine.name, &machine.name)
            .on(&format!("h{host}"))
            .with_demand("memory", machine.memory)
    });
    let steps = prediction.values.first().map_or(1, Vec::len);
    let expected = trace.machines.iter().zip(&prediction.values).map(|(machine, values)| {
        let series = SeriesDraft { mean: values.clone(), ..SeriesDraft::default() };
        (machine.name.clone(), BTreeMap::from([("cpu".to_owned(), series)]))
    });
    let step_s = if steps == 1 { settings.horizon * STEP_S } else { STEP_S };
    Draft {
        resources: vec![ResourceDraft::used("cpu", "mhz"), ResourceDraft::used("memory", "bytes")],
        partitions: vec!["rack".into()],
        domains: racks
            .map(|name| DomainDraft { partition: "rack".into(), name, ..DomainDraft::default() })
            .collect(),
        hosts: hosts.collect(),
        services: trace.machines.iter().map(|machine| ServiceDraft::new(&machine.name)).collect(),
        components: components.collect(),
        forecast: Some(ForecastDraft {
            step_s: step_s as i64,
            steps,
            components: expected.collect(),
            reserve: [("cpu".to_owned(), prediction.reserve)].into(),
            ..ForecastDraft::default()
        }),
        policy: policy(settings),
        ..Draft::default()
    }
    .build()
}
