//! Goals, prices and budgets.

use std::collections::BTreeMap;

use colocate_model::Routing;
use colocate_model::draft::{BudgetsDraft, GoalDraft, PolicyDraft, PricesDraft, WaveCapsDraft};
use rand::RngExt;
use rand::seq::SliceRandom;

use crate::features::Features;
use crate::latency::Latencies;
use crate::params::{GeneratorParams, Goals};
use crate::rng::{Rng, Stream, between, decimals, stream};
use crate::topology::Topology;

/// The policy of an instance with so many components of `bytes` on average.
pub(crate) fn policy(
    params: &GeneratorParams,
    topology: &Topology,
    latencies: Option<&Latencies>,
    components: usize,
    bytes: i64,
) -> PolicyDraft {
    let features = &params.features;
    let mut rng = stream(params.seed, Stream::Policy);
    let (cpu, memory) =
        (decimals(between(&mut rng, 0.6, 0.85), 2), decimals(between(&mut rng, 0.65, 0.9), 2));
    let limits = [("cpu".to_owned(), cpu), ("memory".to_owned(), memory)];
    let weights = [("cpu".to_owned(), decimals(between(&mut rng, 0.1, 5.0), 2)), ("memory".to_owned(), 1e-6)];
    let max_migration_latency_us = latencies.filter(|_| features.migration_latency).and_then(|latencies| {
        let ceilings = latencies.ceilings_us();
        ceilings.get((ceilings.len() * 7 / 10).saturating_sub(1)).copied()
    });
    let mut policy = PolicyDraft {
        demand: params.demand,
        max_utilization: if features.soft_limits { limits.into() } else { BTreeMap::new() },
        max_migration_latency_us,
        payback_s: params.payback_s,
        routing: if features.local_first_default { Routing::LocalFirst } else { Routing::Uniform },
        overload_weights: if features.overload_weights { weights.into() } else { BTreeMap::new() },
        peak_utilisation: features.peak_utilisation,
        prices: prices(features, &mut rng),
        budgets: budgets(params, topology, components, bytes),
        wave_caps: if features.wave_caps {
            wave_caps(params, topology, bytes)
        } else {
            WaveCapsDraft::default()
        },
        ..PolicyDraft::default()
    };
    match params.goals {
        Goals::Default => {}
        Goals::OneGoal => one_goal(features, &mut policy, &mut rng),
        Goals::Tolerance => two_goals(features, &mut policy, &mut rng),
    }
    policy
}

/// The terms that can be other than zero.
fn terms_in_play(features: &Features) -> Vec<&'static str> {
    let migration = features.migration_costs || features.per_service_max || features.pair_costs;
    let terms = [
        ("overload", features.soft_limits || features.domain_soft_limits),
        ("latency", features.latency),
        ("network_cost", features.network_cost),
        ("energy", features.energy),
        ("migration", migration),
        ("balance", features.balance_triples || features.peak_utilisation),
    ];
    terms.into_iter().filter_map(|(name, on)| on.then_some(name)).collect()
}

/// Violation has a goal of its own where the start needs it, or a weight among the others.
fn one_goal(features: &Features, policy: &mut PolicyDraft, rng: &mut Rng) {
    let mut goal = GoalDraft::default();
    for term in terms_in_play(features) {
        goal.terms.insert(term.into(), f64::from(rng.random_range(1..=3_u8)));
    }
    let apart = rng.random_bool(0.5) && !goal.terms.is_empty();
    policy.violation_first_if_needed = apart;
    if !apart {
        goal.terms.insert("violation".into(), 10.0);
    }
    policy.goals = vec![goal];
}

/// The terms in random order, cut in two; the later goal may worsen the earlier within a tolerance.
fn two_goals(features: &Features, policy: &mut PolicyDraft, rng: &mut Rng) {
    let mut terms = terms_in_play(features);
    terms.shuffle(rng);
    let later = terms.split_off(terms.len() / 2);
    let mut first = GoalDraft::of(&terms);
    first.terms.insert("violation".into(), 1.0);
    if rng.random_bool(0.5) {
        first.relative = decimals(between(rng, 0.02, 0.3), 2);
    } else {
        first.absolute = 10_i64.pow(rng.random_range(2..=9));
    }
    policy.goals = vec![first];
    if !later.is_empty() {
        policy.goals.push(GoalDraft { relative: 0.01, ..GoalDraft::of(&later) });
    }
}

/// The price of what is switched off is 0.
fn prices(features: &Features, rng: &mut Rng) -> PricesDraft {
    let usual = PricesDraft::default();
    let when = |on: bool, price: f64| if on { price } else { 0.0 };
    let tiers = [("same_rack", 0.0), ("same_zone", 0.002), ("other_zone", 0.01)];
    let network = |on: bool| tiers.map(|(name, price)| (name.to_owned(), when(on, price))).into();
    let tiered = rng.random_bool(0.5);
    let network_usd_per_gb =
        if features.network_cost && !tiered { None } else { Some(network(features.network_cost)) };
    let with_carbon = features.energy && rng.random_bool(0.3);
    PricesDraft {
        latency_usd_per_million_call_ms: when(features.latency, usual.latency_usd_per_million_call_ms),
        network_usd_per_gb,
        energy_usd_per_kwh: when(features.energy, usual.energy_usd_per_kwh),
        carbon_g_per_kwh: when(with_carbon, 350.0),
        carbon_usd_per_tonne: when(with_carbon, 80.0),
        usd_per_move: when(features.migration_costs, usual.usd_per_move),
        usd_per_gb: when(features.migration_costs, usual.usd_per_gb),
        usd_per_downtime_s: when(features.migration_costs, usual.usd_per_downtime_s),
        ..usual
    }
}

fn budgets(params: &GeneratorParams, topology: &Topology, components: usize, bytes: i64) -> BudgetsDraft {
    let features = &params.features;
    let mut rng = stream(params.seed, Stream::Budgets);
    let mut level = || {
        let mut levels = topology.levels();
        levels.push(crate::topology::Level::Host);
        levels[rng.random_range(0..levels.len())].name().to_owned()
    };
    let (source, target) = (level(), level());
    let mut most = |share: usize| rng.random_range(1..=2 + (components / share) as i64);
    let (moves, some_bytes, per_service) = (most(4), bytes * most(5), most(20));
    let (per_source, per_target) = (most(15), most(15));
    BudgetsDraft {
        moves: features.move_budget.then_some(moves),
        bytes: features.byte_budget.then_some(some_bytes),
        moves_per_service: features.service_budget.then_some(per_service),
        moves_per_source: features.source_budget.then_some((source, per_source)).into_iter().collect(),
        moves_per_target: features.target_budget.then_some((target, per_target)).into_iter().collect(),
    }
}

/// Caps that bind in most plans.
fn wave_caps(params: &GeneratorParams, topology: &Topology, bytes: i64) -> WaveCapsDraft {
    let mut rng = stream(params.seed, Stream::WaveCaps);
    let mut levels = topology.levels();
    levels.push(crate::topology::Level::Host);
    let level = levels[rng.random_range(0..levels.len())].name().to_owned();
    let most = |rng: &mut Rng, least: i64| rng.random_range(least..=least + 4);
    WaveCapsDraft {
        directives: rng.random_bool(0.7).then(|| most(&mut rng, 2)),
        bytes: rng.random_bool(0.5).then(|| (bytes * most(&mut rng, 1)).max(1)),
        per_domain: [(level, most(&mut rng, 1))].into(),
    }
}
