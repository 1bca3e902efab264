//! The policy: goals, weights, prices and budgets as integers.

use crate::fault::{Document, FaultCode, Faults};
use crate::host::Host;
use crate::ids::{PartitionId, ResourceId};
use crate::policy::{Budgets, Execution, Policy, Prices, WaveCaps};
use crate::quantity::{Amount, NanoDollars, PPM, Ratio, UNLIMITED};
use crate::score::{Goal, Term, Terms, Tolerance};
use crate::topology::Partition;

use super::names::Registry;
use super::{Draft, PolicyDraft, PricesDraft};

/// Decimal digits of money where the input does not say: 1e-9 $.
const USUAL_DIGITS: u32 = 9;
/// Most digits a weight may have after the point.
const WEIGHT_DIGITS: u32 = 6;

/// Sets the soft limits that the cluster leaves open from `max_utilization`.
pub(super) fn fill_soft_limits(
    draft: &Draft,
    registry: &Registry<'_>,
    hosts: &mut [Host],
    partitions: &mut [Partition],
    faults: &mut Faults,
) {
    let usual = PolicyDraft::default().max_utilization;
    for (name, &limit) in &draft.policy.max_utilization {
        let place = || format!("max_utilization.{name}");
        if !(0.0..=1000.0).contains(&limit) {
            let cause = format!("{limit} is no fraction of capacity");
            faults.add(
                Document::Policy,
                place(),
                FaultCode::OutOfRange,
                cause,
                "use a fraction such as 0.85",
            );
            continue;
        }
        // The usual limits name resources that a cluster need not have.
        let k = match registry.resources.get(name) {
            None if usual.get(name) == Some(&limit) => continue,
            None => registry.resources.find(name, Document::Policy, place, faults),
            found => found,
        };
        let Some(k) = k else { continue };
        let fill = |capacity: &[Amount], soft_limit: &mut [Amount]| {
            if soft_limit[k] == UNLIMITED && capacity[k] != UNLIMITED {
                soft_limit[k] = (capacity[k] as f64 * limit).round() as Amount;
            }
        };
        hosts.iter_mut().for_each(|host| fill(&host.capacity, &mut host.soft_limit));
        let domains = partitions.iter_mut().flat_map(|partition| &mut partition.domains);
        domains.for_each(|domain| fill(&domain.capacity, &mut domain.soft_limit));
    }
}

/// The resolved policy.
pub(super) fn policy(draft: &Draft, registry: &Registry<'_>, hosts: &[Host], faults: &mut Faults) -> Policy {
    let policy = &draft.policy;
    if policy.goals.is_empty() {
        faults.add(Document::Policy, "goals", FaultCode::Missing, "no goal", "give at least one");
    }
    if policy.payback_s.is_some_and(|seconds| !(1..=315_360_000).contains(&seconds)) {
        let action = "use a second to ten years, or \"none\"";
        faults.add(Document::Policy, "payback", FaultCode::OutOfRange, "out of range", action);
    }
    let q = match policy.demand {
        super::DemandKind::Mean => 0.5,
        super::DemandKind::Quantile(q) | super::DemandKind::WindowMax(q) => q,
    };
    if !(0.0..=1.0).contains(&q) {
        faults.add(Document::Policy, "demand.q", FaultCode::OutOfRange, format!("{q}"), "use 0 to 1");
    }
    let max_migration_latency = policy.max_migration_latency_us.map(|us| {
        in_range("max_migration_latency_us", us, 1e9, faults);
        (us * 1e3).round() as i64
    });
    in_range("execution.copy_bytes_per_s", policy.copy_bytes_per_s as f64, 1e15, faults);
    in_range("execution.start_s", policy.start_s as f64, 1e6, faults);
    let resources = draft.resources.iter();
    let max_utilisation_ppm = resources.map(|resource| {
        policy.max_utilization.get(&resource.name).map(|limit| (limit * PPM as f64).round() as i64)
    });
    Policy {
        goals: goals(policy, faults),
        payback: policy.payback_s.is_some(),
        routing: policy.routing,
        max_migration_latency,
        overload_weight: overload_weights(draft, registry, hosts, faults),
        peak_utilisation: policy.peak_utilisation,
        max_utilisation_ppm: max_utilisation_ppm.collect(),
        prices: prices(draft, registry, faults),
        budgets: budgets(policy, registry, faults),
        execution: Execution {
            copy_bytes_per_s: policy.copy_bytes_per_s.max(1),
            start_s: policy.start_s,
            caps: wave_caps(policy, registry, faults),
        },
    }
}

/// The goal that precedes a preset's when the start violates something.
pub(super) fn violation_goal() -> Goal {
    let mut factors = Terms::ZERO;
    factors.add(Term::Violation, 1);
    Goal { factors, tolerance: Tolerance::default() }
}

fn in_range(place: &str, value: f64, largest: f64, faults: &mut Faults) {
    if !(0.0..=largest).contains(&value) {
        let action = format!("use 0 to {largest:e}");
        faults.add(
            Document::Policy,
            place,
            FaultCode::OutOfRange,
            format!("{value} is out of range"),
            action,
        );
    }
}

fn goals(policy: &PolicyDraft, faults: &mut Faults) -> Vec<Goal> {
    // The payback in hours as a fraction: numerator for running terms, denominator for those paid once.
    let hours = policy.payback_s.map_or(Ratio::ONE, |seconds| Ratio::new(i128::from(seconds.max(1)), 3600));
    let mut goals = Vec::new();
    for (index, goal) in policy.goals.iter().enumerate() {
        let mut factors = Terms::ZERO;
        if goal.terms.is_empty() {
            let place = format!("goals[{index}].terms");
            faults.add(
                Document::Policy,
                place,
                FaultCode::Missing,
                "a goal without terms",
                "name at least one",
            );
        }
        let scale = weight_scale(goal.terms.values().copied());
        for (name, &weight) in &goal.terms {
            let place = || format!("goals[{index}].terms.{name}");
            let Some(term) = Term::from_name(name) else {
                let action = format!("use one of {}", Term::ALL.map(Term::name).join(", "));
                let cause = format!("there is no term `{name}`");
                faults.add(Document::Policy, place(), FaultCode::UnknownWord, cause, action);
                continue;
            };
            let finite = (0.0..=1e9).contains(&weight);
            in_range(&place(), weight, 1e9, faults);
            let factor = if term.is_running() { hours.numerator } else { hours.denominator };
            if finite {
                factors.add(term, (weight * scale).round() as i64 * factor as i64);
            }
        }
        in_range(&format!("goals[{index}].tolerance.relative"), goal.relative, 1e3, faults);
        in_range(&format!("goals[{index}].tolerance.absolute"), goal.absolute as f64, 1e15, faults);
        let relative_ppm = (goal.relative * PPM as f64).round() as i64;
        goals.push(Goal { factors, tolerance: Tolerance { absolute: goal.absolute, relative_ppm } });
    }
    goals
}

/// The least power of ten that makes every weight an integer, at most 10^`WEIGHT_DIGITS`.
fn weight_scale(weights: impl Iterator<Item = f64> + Clone) -> f64 {
    let scales = (0..=WEIGHT_DIGITS).map(|digits| 10_f64.powi(digits as i32));
    let whole = |scale: &f64| weights.clone().all(|weight| (weight * scale).fract().abs() < 1e-9);
    scales.clone().find(whole).unwrap_or(10_f64.powi(WEIGHT_DIGITS as i32))
}

fn overload_weights(
    draft: &Draft,
    registry: &Registry<'_>,
    hosts: &[Host],
    faults: &mut Faults,
) -> Vec<Ratio> {
    let mean = |k: usize| {
        let limits = |of: fn(&Host) -> &Vec<Amount>| {
            let limits: Vec<i128> =
                hosts.iter().map(|host| of(host)[k]).filter(|&l| l != UNLIMITED).map(i128::from).collect();
            (limits.len() as i128, limits.iter().sum::<i128>())
        };
        let (count, sum) = match limits(|host| &host.capacity) {
            (0, _) => limits(|host| &host.soft_limit),
            capacities => capacities,
        };
        if sum == 0 { Ratio::ONE } else { Ratio::new(i128::from(PPM) * count, sum) }
    };
    let mut weights: Vec<Ratio> = (0..draft.resources.len()).map(mean).collect();
    for (name, &weight) in &draft.policy.overload_weights {
        let place = || format!("overload_weights.{name}");
        in_range(&place(), weight, 1e12, faults);
        if let Some(k) = registry.resources.find(name, Document::Policy, place, faults) {
            weights[k] = Ratio::new((weight.clamp(0.0, 1e12) * 1e9).round() as i128, 1_000_000_000);
        }
    }
    weights
}

fn prices(draft: &Draft, registry: &Registry<'_>, faults: &mut Faults) -> Prices {
    let prices = &draft.policy.prices;
    let mut nano = |field: &str, usd: f64| -> NanoDollars {
        in_range(&format!("prices.{field}"), usd, 1e9, faults);
        (usd.clamp(0.0, 1e9) * 1e9).round() as i64
    };
    let per_move = nano("migration.usd_per_move", prices.usd_per_move);
    let per_gb_moved = nano("migration.usd_per_gb", prices.usd_per_gb);
    let per_downtime_s = nano("migration.usd_per_downtime_s", prices.usd_per_downtime_s);
    nano("latency_usd_per_million_call_ms", prices.latency_usd_per_million_call_ms);
    let carbon = prices.carbon_g_per_kwh * prices.carbon_usd_per_tonne / 1e6;
    let kwh = nano("energy_usd_per_kwh", prices.energy_usd_per_kwh + carbon);
    in_range("prices.jitter_weight", prices.jitter_weight, 1e6, faults);
    in_range("prices.retransmit_timeout_us", prices.retransmit_timeout_us, 1e9, faults);
    if prices.digits.is_some_and(|digits| digits > 18) {
        faults.add(Document::Policy, "prices.digits", FaultCode::OutOfRange, "over 18", "use 0 to 18");
    }
    let digits = prices.digits.unwrap_or(USUAL_DIGITS).min(18);
    let cpu = registry.resources.get("cpu").or((!draft.resources.is_empty()).then_some(0));
    let (network_tiers, network_beyond) = tiers(prices, registry, faults);
    Prices {
        digits,
        network_tiers,
        network_beyond,
        // 1 mW for an hour is 1e-6 kWh; prices are 1e-9 $.
        energy_rate: Ratio::new(i128::from(kwh) * 10_i128.pow(digits), 10_i128.pow(15)),
        energy_resource: cpu.map(ResourceId::new),
        per_move,
        per_gb_moved,
        per_downtime_s,
    }
}

/// `same_<partition>` innermost first, and `other_<outermost>`.
fn tiers(
    prices: &PricesDraft,
    registry: &Registry<'_>,
    faults: &mut Faults,
) -> (Vec<(PartitionId, NanoDollars)>, NanoDollars) {
    let Some(given) = &prices.network_usd_per_gb else {
        let tier = |name: &str| registry.partitions.get(name).map(|p| (PartitionId::new(p), 0));
        let beyond = if registry.partitions.get("zone").is_some() { 10_000_000 } else { 0 };
        return (["rack", "zone"].into_iter().filter_map(tier).collect(), beyond);
    };
    let (mut tiers, mut beyond) = (Vec::new(), None);
    for (key, &usd) in given {
        let place = || format!("prices.network_usd_per_gb.{key}");
        in_range(&place(), usd, 1e6, faults);
        let nano = (usd.clamp(0.0, 1e6) * 1e9).round() as i64;
        if let Some(name) = key.strip_prefix("same_") {
            let partition = registry.partition(name, Document::Policy, place, faults);
            tiers.extend(partition.map(|partition| (partition, nano)));
        } else if let (Some(_), None) = (key.strip_prefix("other_"), beyond) {
            beyond = Some(nano);
        } else {
            let action = "use same_<partition>, and one other_<outermost partition>";
            faults.add(Document::Policy, place(), FaultCode::UnknownWord, format!("`{key}`"), action);
        }
    }
    tiers.sort_unstable();
    (tiers, beyond.unwrap_or(0))
}

fn budgets(policy: &PolicyDraft, registry: &Registry<'_>, faults: &mut Faults) -> Budgets {
    let draft = &policy.budgets;
    let all =
        [("moves", draft.moves), ("bytes", draft.bytes), ("moves_per_service", draft.moves_per_service)];
    for (field, value) in all {
        in_range(&format!("budgets.{field}"), value.unwrap_or(0) as f64, 9e15, faults);
    }
    let mut per_domain = |side: &str, map: &std::collections::BTreeMap<String, i64>| {
        let mut budgets = Vec::new();
        for (name, &moves) in map {
            let place = || format!("budgets.moves_per_{side}_{name}");
            in_range(&place(), moves as f64, 9e15, faults);
            let partition = registry.partition(name, Document::Policy, place, faults);
            budgets.extend(partition.map(|partition| (partition, moves)));
        }
        budgets
    };
    let moves_per_source = per_domain("source", &draft.moves_per_source);
    let moves_per_target = per_domain("target", &draft.moves_per_target);
    Budgets {
        moves: draft.moves,
        bytes: draft.bytes,
        moves_per_service: draft.moves_per_service,
        moves_per_source,
        moves_per_target,
    }
}

fn wave_caps(policy: &PolicyDraft, registry: &Registry<'_>, faults: &mut Faults) -> WaveCaps {
    let draft = &policy.wave_caps;
    let mut cap = |field: &str, value: i64| {
        if value < 1 {
            let (cause, action) = (format!("a wave of {value} moves nothing"), "use 1 or more");
            faults.add(Document::Policy, format!("execution.{field}"), FaultCode::OutOfRange, cause, action);
        }
    };
    draft.directives.into_iter().for_each(|value| cap("max_per_wave", value));
    draft.bytes.into_iter().for_each(|value| cap("max_bytes_per_wave", value));
    draft.per_domain.iter().for_each(|(name, &value)| cap(&format!("max_per_wave_per_{name}"), value));
    let per_domain = draft.per_domain.iter().filter_map(|(name, &most)| {
        let place = || format!("execution.max_per_wave_per_{name}");
        Some((registry.partition(name, Document::Policy, place, faults)?, most))
    });
    WaveCaps { directives: draft.directives, bytes: draft.bytes, per_domain: per_domain.collect() }
}
