//! Between `policy.toml` and a draft.

use std::collections::BTreeMap;

use colocate_model::Faults;
use colocate_model::draft::{BudgetsDraft, DemandKind, GoalDraft, PolicyDraft, PricesDraft, WaveCapsDraft};

use super::{
    Budgets, Demand, DemandWord, Execution, Goal, Header, MigrationPrices, PER_SOURCE, PER_TARGET, PER_WAVE,
    Prices, Terms, Tolerance,
};
use crate::native::rules;
use crate::values::{Amount, Period, Version};

/// The policy of a file; what it does not say is as usual.
pub(crate) fn draft(header: Header, faults: &mut Faults) -> PolicyDraft {
    let usual = PolicyDraft::default();
    let execution = header.execution.unwrap_or_default();
    PolicyDraft {
        demand: header.demand.map_or(usual.demand, |demand| demand_kind(&demand, faults)),
        max_utilization: header.max_utilization.unwrap_or(usual.max_utilization),
        max_migration_latency_us: header.max_migration_latency_us.or(usual.max_migration_latency_us),
        payback_s: header.payback.map_or(usual.payback_s, |period| period.0),
        routing: header.routing.map_or(usual.routing, Into::into),
        rtt_quantile: header.rtt_quantile.unwrap_or(usual.rtt_quantile),
        ceiling_quantile: header.ceiling_quantile.unwrap_or(usual.ceiling_quantile),
        overload_weights: header.overload_weights.unwrap_or(usual.overload_weights),
        peak_utilisation: header.peak_utilisation.unwrap_or(usual.peak_utilisation),
        goals: header.goals.map_or(usual.goals, |goals| goals.into_iter().map(goal).collect()),
        violation_first_if_needed: header
            .violation_first_if_needed
            .unwrap_or(usual.violation_first_if_needed),
        prices: header.prices.map_or(usual.prices, prices),
        budgets: header.budgets.map_or(usual.budgets, budgets),
        copy_bytes_per_s: execution.copy_bytes_per_s.map_or(usual.copy_bytes_per_s, |amount| amount.0),
        start_s: execution.start_s.map_or(usual.start_s, |amount| amount.0),
        wave_caps: wave_caps(&execution),
    }
}

fn wave_caps(execution: &Execution) -> WaveCapsDraft {
    let amount = |amount: Option<Amount>| amount.map(|amount| amount.0);
    let per_domain = execution.per_domain.iter();
    let per_domain =
        per_domain.filter_map(|(key, most)| Some((key.strip_prefix(PER_WAVE)?.to_owned(), most.0)));
    WaveCapsDraft {
        directives: amount(execution.max_per_wave),
        bytes: amount(execution.max_bytes_per_wave),
        per_domain: per_domain.collect(),
    }
}

fn demand_kind(demand: &Demand, faults: &mut Faults) -> DemandKind {
    match demand.kind {
        DemandWord::Mean => DemandKind::Mean,
        DemandWord::Quantile => DemandKind::Quantile(rules::demand_quantile(demand.q, faults)),
        DemandWord::WindowMax => DemandKind::WindowMax(rules::demand_quantile(demand.q, faults)),
    }
}

fn goal(mut goal: Goal) -> GoalDraft {
    let terms = goal.terms.each().into_iter();
    let tolerance = goal.tolerance.unwrap_or_default();
    GoalDraft {
        terms: terms.filter_map(|(term, weight)| Some((term.to_owned(), (*weight)?))).collect(),
        absolute: tolerance.absolute.0,
        relative: tolerance.relative,
    }
}

fn prices(prices: Prices) -> PricesDraft {
    let usual = PricesDraft::default();
    let migration = prices.migration.unwrap_or_default();
    let per_call = prices.latency_usd_per_million_call_ms;
    PricesDraft {
        latency_usd_per_million_call_ms: per_call.unwrap_or(usual.latency_usd_per_million_call_ms),
        jitter_weight: prices.jitter_weight.unwrap_or(usual.jitter_weight),
        retransmit_timeout_us: prices.retransmit_timeout_us.unwrap_or(usual.retransmit_timeout_us),
        network_usd_per_gb: prices.network_usd_per_gb.or(usual.network_usd_per_gb),
        energy_usd_per_kwh: prices.energy_usd_per_kwh.unwrap_or(usual.energy_usd_per_kwh),
        carbon_g_per_kwh: prices.carbon_g_per_kwh.unwrap_or(usual.carbon_g_per_kwh),
        carbon_usd_per_tonne: prices.carbon_usd_per_tonne.unwrap_or(usual.carbon_usd_per_tonne),
        usd_per_move: migration.usd_per_move.unwrap_or(usual.usd_per_move),
        usd_per_gb: migration.usd_per_gb.unwrap_or(usual.usd_per_gb),
        usd_per_downtime_s: migration.usd_per_downtime_s.unwrap_or(usual.usd_per_downtime_s),
        digits: prices.digits.or(usual.digits),
    }
}

fn budgets(budgets: Budgets) -> BudgetsDraft {
    let amount = |amount: Option<Amount>| amount.map(|amount| amount.0);
    let per_domain = |prefix: &str| {
        let entries = budgets.per_domain.iter();
        entries.filter_map(|(key, moves)| Some((key.strip_prefix(prefix)?.to_owned(), moves.0))).collect()
    };
    BudgetsDraft {
        moves: amount(budgets.moves),
        bytes: amount(budgets.bytes),
        moves_per_service: amount(budgets.moves_per_service),
        moves_per_source: per_domain(PER_SOURCE),
        moves_per_target: per_domain(PER_TARGET),
    }
}

/// The file of a policy, with everything said.
pub(crate) fn from_draft(policy: &PolicyDraft) -> Header {
    Header {
        version: Version,
        kind: Some("policy".into()),
        demand: Some(to_demand(policy.demand)),
        max_utilization: Some(policy.max_utilization.clone()),
        max_migration_latency_us: policy.max_migration_latency_us,
        payback: Some(Period(policy.payback_s)),
        routing: Some(policy.routing.into()),
        rtt_quantile: Some(policy.rtt_quantile.clone()),
        ceiling_quantile: Some(policy.ceiling_quantile.clone()),
        overload_weights: Some(policy.overload_weights.clone()),
        peak_utilisation: Some(policy.peak_utilisation),
        violation_first_if_needed: Some(policy.violation_first_if_needed),
        goals: Some(policy.goals.iter().map(to_goal).collect()),
        prices: Some(to_prices(&policy.prices)),
        execution: Some(to_execution(policy)),
        budgets: Some(to_budgets(&policy.budgets)),
        max_age: None,
    }
}

fn to_execution(policy: &PolicyDraft) -> Execution {
    let caps = &policy.wave_caps;
    let per_domain = caps.per_domain.iter().map(|(name, &most)| (format!("{PER_WAVE}{name}"), Amount(most)));
    Execution {
        copy_bytes_per_s: Some(Amount(policy.copy_bytes_per_s)),
        start_s: Some(Amount(policy.start_s)),
        max_per_wave: caps.directives.map(Amount),
        max_bytes_per_wave: caps.bytes.map(Amount),
        per_domain: per_domain.collect(),
    }
}

fn to_demand(kind: DemandKind) -> Demand {
    match kind {
        DemandKind::Mean => Demand { kind: DemandWord::Mean, q: None },
        DemandKind::Quantile(q) => Demand { kind: DemandWord::Quantile, q: Some(q) },
        DemandKind::WindowMax(q) => Demand { kind: DemandWord::WindowMax, q: Some(q) },
    }
}

fn to_goal(goal: &GoalDraft) -> Goal {
    let mut terms = Terms::default();
    for (term, weight) in terms.each() {
        *weight = goal.terms.get(term).copied();
    }
    let exact = goal.absolute == 0 && goal.relative == 0.0;
    let tolerance = Tolerance { absolute: Amount(goal.absolute), relative: goal.relative };
    Goal { terms, tolerance: (!exact).then_some(tolerance) }
}

fn to_prices(prices: &PricesDraft) -> Prices {
    Prices {
        latency_usd_per_million_call_ms: Some(prices.latency_usd_per_million_call_ms),
        jitter_weight: Some(prices.jitter_weight),
        retransmit_timeout_us: Some(prices.retransmit_timeout_us),
        network_usd_per_gb: prices.network_usd_per_gb.clone(),
        energy_usd_per_kwh: Some(prices.energy_usd_per_kwh),
        carbon_g_per_kwh: Some(prices.carbon_g_per_kwh),
        carbon_usd_per_tonne: Some(prices.carbon_usd_per_tonne),
        digits: prices.digits,
        migration: Some(MigrationPrices {
            usd_per_move: Some(prices.usd_per_move),
            usd_per_gb: Some(prices.usd_per_gb),
            usd_per_downtime_s: Some(prices.usd_per_downtime_s),
        }),
    }
}

fn to_budgets(budgets: &BudgetsDraft) -> Budgets {
    let mut per_domain = BTreeMap::new();
    for (prefix, moves) in [(PER_SOURCE, &budgets.moves_per_source), (PER_TARGET, &budgets.moves_per_target)]
    {
        per_domain
            .extend(moves.iter().map(|(partition, &moves)| (format!("{prefix}{partition}"), Amount(moves))));
    }
    Budgets {
        moves: budgets.moves.map(Amount),
        bytes: budgets.bytes.map(Amount),
        moves_per_service: budgets.moves_per_service.map(Amount),
        per_domain,
    }
}
