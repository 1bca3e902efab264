//! The policy. Places are dotted, as in its file.

use std::collections::BTreeMap;
use std::fmt::Display;

use colocate_files::native::rules;
use colocate_model::draft::{BudgetsDraft, DemandKind, GoalDraft, PolicyDraft, PricesDraft, WaveCapsDraft};
use colocate_model::{Document, FaultCode, Faults};

use super::checks::Checks;
use super::words::Word;
use crate::v1;

/// The policy, and how old each input may be, in seconds; what it does not say is as usual.
pub(super) fn from_wire(policy: v1::Policy, faults: &mut Faults) -> (PolicyDraft, BTreeMap<Document, i64>) {
    let mut checks = Checks::new(Document::Policy, faults);
    let checks = &mut checks;
    let usual = PolicyDraft::default();
    let max_age = max_age(policy.max_age, checks);
    let execution = policy.execution.unwrap_or_default();
    let goals = policy.goals.into_iter().enumerate();
    let goals: Vec<GoalDraft> = goals.map(|(index, value)| goal(value, index, checks)).collect();
    let draft = PolicyDraft {
        demand: policy.demand.map_or(usual.demand, |demand| demand_kind(&demand, checks)),
        max_utilization: per_resource(policy.max_utilization, "max_utilization", checks)
            .unwrap_or(usual.max_utilization),
        max_migration_latency_us: policy
            .max_migration_latency_us
            .map(|us| checks.finite(us, "max_migration_latency_us"))
            .or(usual.max_migration_latency_us),
        payback_s: policy.payback.map_or(usual.payback_s, |period| self::period(period, "payback", checks)),
        routing: checks.word(policy.routing, "routing").unwrap_or(usual.routing),
        rtt_quantile: policy.rtt_quantile.unwrap_or(usual.rtt_quantile),
        ceiling_quantile: policy.ceiling_quantile.unwrap_or(usual.ceiling_quantile),
        overload_weights: per_resource(policy.overload_weights, "overload_weights", checks)
            .unwrap_or(usual.overload_weights),
        peak_utilisation: policy.peak_utilisation.unwrap_or(usual.peak_utilisation),
        goals: if goals.is_empty() { usual.goals } else { goals },
        violation_first_if_needed: policy
            .violation_first_if_needed
            .unwrap_or(usual.violation_first_if_needed),
        prices: policy.prices.map_or(usual.prices, |prices| self::prices(prices, checks)),
        budgets: policy.budgets.map_or(usual.budgets, |budgets| self::budgets(budgets, checks)),
        copy_bytes_per_s: amount(execution.copy_bytes_per_s, "execution.copy_bytes_per_s", checks)
            .unwrap_or(usual.copy_bytes_per_s),
        start_s: amount(execution.start_s, "execution.start_s", checks).unwrap_or(usual.start_s),
        wave_caps: WaveCapsDraft {
            directives: amount(execution.max_per_wave, "execution.max_per_wave", checks),
            bytes: amount(execution.max_bytes_per_wave, "execution.max_bytes_per_wave", checks),
            per_domain: per_domain(execution.max_per_wave_per, "execution.max_per_wave_per_", checks),
        },
    };
    (draft, max_age)
}

fn amount(amount: Option<i64>, place: &str, checks: &mut Checks<'_>) -> Option<i64> {
    amount.map(|amount| checks.amount(amount, place))
}

fn per_domain(
    mut map: BTreeMap<String, i64>,
    prefix: &str,
    checks: &mut Checks<'_>,
) -> BTreeMap<String, i64> {
    for (partition, amount) in &mut map {
        *amount = checks.amount(*amount, format_args!("{prefix}{partition}"));
    }
    map
}

fn per_resource(
    map: Option<v1::PerResource>,
    place: &str,
    checks: &mut Checks<'_>,
) -> Option<BTreeMap<String, f64>> {
    map.map(|map| checks.numbers(map.resources, ".", place))
}

fn demand_kind(demand: &v1::Demand, checks: &mut Checks<'_>) -> DemandKind {
    let q = demand.q.map(|q| checks.finite(q, "demand.q"));
    match v1::DemandKind::try_from(demand.kind) {
        Ok(v1::DemandKind::Mean) => DemandKind::Mean,
        Ok(v1::DemandKind::Quantile) => DemandKind::Quantile(rules::demand_quantile(q, checks.faults)),
        Ok(v1::DemandKind::WindowMax) => DemandKind::WindowMax(rules::demand_quantile(q, checks.faults)),
        Ok(v1::DemandKind::Unspecified) => {
            checks.missing("demand.kind", "kind");
            DemandKind::Mean
        }
        Err(_) => {
            let cause = format!("{} stands for none of the words allowed", demand.kind);
            let action = "use a value of this version of the protocol";
            checks.add("demand.kind", FaultCode::UnknownWord, cause, action);
            DemandKind::Mean
        }
    }
}

fn period(period: v1::Period, place: impl Display, checks: &mut Checks<'_>) -> Option<i64> {
    period.seconds.map(|seconds| checks.amount(seconds, place))
}

fn max_age(max_age: Option<v1::MaxAge>, checks: &mut Checks<'_>) -> BTreeMap<Document, i64> {
    let mut seconds = rules::usual_max_age();
    let max_age = max_age.unwrap_or_default();
    let given = [
        (Document::Cluster, max_age.cluster),
        (Document::Latency, max_age.latency),
        (Document::Traffic, max_age.traffic),
        (Document::Forecast, max_age.forecast),
        (Document::Utilisation, max_age.utilisation),
    ];
    for (document, limit) in given {
        let Some(limit) = limit else { continue };
        match period(limit, format_args!("max_age.{}", document.name()), checks) {
            Some(limit) => _ = seconds.insert(document, limit),
            None => _ = seconds.remove(&document),
        }
    }
    seconds
}

fn goal(goal: v1::Goal, index: usize, checks: &mut Checks<'_>) -> GoalDraft {
    if goal.terms.is_none() {
        checks.missing(format_args!("goals[{index}].terms"), "terms");
    }
    let terms = goal.terms.unwrap_or_default();
    let mut weights = BTreeMap::new();
    for (term, weight) in each(terms) {
        let Some(weight) = weight else { continue };
        weights.insert(term.to_owned(), checks.finite(weight, format_args!("goals[{index}].terms.{term}")));
    }
    let tolerance = goal.tolerance.unwrap_or_default();
    GoalDraft {
        terms: weights,
        absolute: checks.amount(tolerance.absolute, format_args!("goals[{index}].tolerance.absolute")),
        relative: checks.finite(tolerance.relative, format_args!("goals[{index}].tolerance.relative")),
    }
}

fn each(terms: v1::GoalTerms) -> [(&'static str, Option<f64>); 7] {
    [
        ("violation", terms.violation),
        ("overload", terms.overload),
        ("latency", terms.latency),
        ("network_cost", terms.network_cost),
        ("energy", terms.energy),
        ("migration", terms.migration),
        ("balance", terms.balance),
    ]
}

fn prices(prices: v1::Prices, checks: &mut Checks<'_>) -> PricesDraft {
    let usual = PricesDraft::default();
    let migration = prices.migration.unwrap_or_default();
    let network = prices.network_usd_per_gb;
    let network = network.map(|prices_| checks.numbers(prices_.paths, ".", "prices.network_usd_per_gb"));
    let mut number = |value: Option<f64>, field: &str, usual: f64| {
        value.map_or(usual, |value| checks.finite(value, format_args!("prices.{field}")))
    };
    PricesDraft {
        latency_usd_per_million_call_ms: number(
            prices.latency_usd_per_million_call_ms,
            "latency_usd_per_million_call_ms",
            usual.latency_usd_per_million_call_ms,
        ),
        jitter_weight: number(prices.jitter_weight, "jitter_weight", usual.jitter_weight),
        retransmit_timeout_us: number(
            prices.retransmit_timeout_us,
            "retransmit_timeout_us",
            usual.retransmit_timeout_us,
        ),
        network_usd_per_gb: network.or(usual.network_usd_per_gb),
        energy_usd_per_kwh: number(prices.energy_usd_per_kwh, "energy_usd_per_kwh", usual.energy_usd_per_kwh),
        carbon_g_per_kwh: number(prices.carbon_g_per_kwh, "carbon_g_per_kwh", usual.carbon_g_per_kwh),
        carbon_usd_per_tonne: number(
            prices.carbon_usd_per_tonne,
            "carbon_usd_per_tonne",
            usual.carbon_usd_per_tonne,
        ),
        usd_per_move: number(migration.usd_per_move, "migration.usd_per_move", usual.usd_per_move),
        usd_per_gb: number(migration.usd_per_gb, "migration.usd_per_gb", usual.usd_per_gb),
        usd_per_downtime_s: number(
            migration.usd_per_downtime_s,
            "migration.usd_per_downtime_s",
            usual.usd_per_downtime_s,
        ),
        digits: prices.digits.or(usual.digits),
    }
}

fn budgets(budgets: v1::Budgets, checks: &mut Checks<'_>) -> BudgetsDraft {
    BudgetsDraft {
        moves: amount(budgets.moves, "budgets.moves", checks),
        bytes: amount(budgets.bytes, "budgets.bytes", checks),
        moves_per_service: amount(budgets.moves_per_service, "budgets.moves_per_service", checks),
        moves_per_source: per_domain(budgets.moves_per_source, "budgets.moves_per_source_", checks),
        moves_per_target: per_domain(budgets.moves_per_target, "budgets.moves_per_target_", checks),
    }
}

/// The message of a policy, with everything said; ages where they are given.
pub(super) fn to_wire(policy: &PolicyDraft, max_age: Option<&BTreeMap<Document, i64>>) -> v1::Policy {
    let map = |map: &BTreeMap<String, f64>| Some(v1::PerResource { resources: map.clone() });
    let caps = &policy.wave_caps;
    v1::Policy {
        demand: Some(to_demand(policy.demand)),
        max_utilization: map(&policy.max_utilization),
        max_migration_latency_us: policy.max_migration_latency_us,
        payback: Some(v1::Period { seconds: policy.payback_s }),
        routing: policy.routing.number(),
        rtt_quantile: Some(policy.rtt_quantile.clone()),
        ceiling_quantile: Some(policy.ceiling_quantile.clone()),
        overload_weights: map(&policy.overload_weights),
        peak_utilisation: Some(policy.peak_utilisation),
        violation_first_if_needed: Some(policy.violation_first_if_needed),
        goals: policy.goals.iter().map(to_goal).collect(),
        prices: Some(to_prices(&policy.prices)),
        execution: Some(v1::Execution {
            copy_bytes_per_s: Some(policy.copy_bytes_per_s),
            start_s: Some(policy.start_s),
            max_per_wave: caps.directives,
            max_bytes_per_wave: caps.bytes,
            max_per_wave_per: caps.per_domain.clone(),
        }),
        budgets: Some(v1::Budgets {
            moves: policy.budgets.moves,
            bytes: policy.budgets.bytes,
            moves_per_service: policy.budgets.moves_per_service,
            moves_per_source: policy.budgets.moves_per_source.clone(),
            moves_per_target: policy.budgets.moves_per_target.clone(),
        }),
        max_age: max_age.map(|seconds| {
            let limit = |document: Document| Some(v1::Period { seconds: seconds.get(&document).copied() });
            v1::MaxAge {
                cluster: limit(Document::Cluster),
                latency: limit(Document::Latency),
                traffic: limit(Document::Traffic),
                forecast: limit(Document::Forecast),
                utilisation: limit(Document::Utilisation),
            }
        }),
    }
}

fn to_demand(kind: DemandKind) -> v1::Demand {
    let (kind, q) = match kind {
        DemandKind::Mean => (v1::DemandKind::Mean, None),
        DemandKind::Quantile(q) => (v1::DemandKind::Quantile, Some(q)),
        DemandKind::WindowMax(q) => (v1::DemandKind::WindowMax, Some(q)),
    };
    v1::Demand { kind: kind.into(), q }
}

fn to_goal(goal: &GoalDraft) -> v1::Goal {
    let weight = |term: &str| goal.terms.get(term).copied();
    let exact = goal.absolute == 0 && goal.relative == 0.0;
    v1::Goal {
        terms: Some(v1::GoalTerms {
            violation: weight("violation"),
            overload: weight("overload"),
            latency: weight("latency"),
            network_cost: weight("network_cost"),
            energy: weight("energy"),
            migration: weight("migration"),
            balance: weight("balance"),
        }),
        tolerance: (!exact).then_some(v1::Tolerance { absolute: goal.absolute, relative: goal.relative }),
    }
}

fn to_prices(prices: &PricesDraft) -> v1::Prices {
    v1::Prices {
        latency_usd_per_million_call_ms: Some(prices.latency_usd_per_million_call_ms),
        jitter_weight: Some(prices.jitter_weight),
        retransmit_timeout_us: Some(prices.retransmit_timeout_us),
        network_usd_per_gb: prices.network_usd_per_gb.clone().map(|paths| v1::NetworkPrices { paths }),
        energy_usd_per_kwh: Some(prices.energy_usd_per_kwh),
        carbon_g_per_kwh: Some(prices.carbon_g_per_kwh),
        carbon_usd_per_tonne: Some(prices.carbon_usd_per_tonne),
        digits: prices.digits,
        migration: Some(v1::MigrationPrices {
            usd_per_move: Some(prices.usd_per_move),
            usd_per_gb: Some(prices.usd_per_gb),
            usd_per_downtime_s: Some(prices.usd_per_downtime_s),
        }),
    }
}
