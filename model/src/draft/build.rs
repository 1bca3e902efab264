//! From a draft to a problem: every name resolved, every number checked, all faults at once.

use crate::check::check;
use crate::fault::{Document, FaultCode, Faults};
use crate::ids::{ComponentId, ResourceId};
use crate::problem::{Balance, MoveCosts, Problem};
use crate::resource::Resource;
use crate::score::Term;

use super::demand::Horizon;
use super::names::Registry;
use super::{Draft, components, demand, latency, policy, topology, traffic};

/// The largest total a goal may reach, so that sums and differences of costs stay in range.
const LARGEST_TOTAL: f64 = 2e18;

impl Draft {
    /// The validated problem.
    ///
    /// # Errors
    /// Every fault of the draft, in the order of the documents.
    pub fn build(&self) -> Result<Problem, Faults> {
        let mut faults = Faults::default();
        let registry = Registry::new(self, &mut faults);
        if self.resources.is_empty() {
            faults.add(
                Document::Cluster,
                "/resources",
                FaultCode::Missing,
                "no resource",
                "declare at least one",
            );
        }
        if self.hosts.is_empty() {
            faults.add(Document::Cluster, "/hosts", FaultCode::Missing, "no host", "declare at least one");
        }
        let horizon = Horizon::new(self, &mut faults);
        let mut partitions = topology::partitions(self, &registry, &mut faults);
        let mut hosts = topology::hosts(self, &registry, horizon.steps(), &mut faults);
        policy::fill_soft_limits(self, &registry, &mut hosts, &mut partitions, &mut faults);
        let mut services = components::services(self, &registry, &mut faults);
        let mut parts = components::components(self, &registry, &services, &hosts, &mut faults);
        for (index, component) in parts.components.iter().enumerate() {
            // An unknown service is a fault already; its position means nothing.
            if let Some(service) = services.get_mut(component.service.index()) {
                service.components.push(ComponentId::new(index));
            }
        }
        let demands = demand::demands(self, &registry, &horizon, &mut faults);
        let latency = latency::latency(self, &registry, &partitions, &horizon, &mut faults);
        let mut policy = policy::policy(self, &registry, &hosts, &mut faults);
        let balances = balances(self, &registry, &mut faults);
        let move_costs = move_costs(self, &mut faults);
        let edges = traffic::edges(self, &registry, &services, &horizon, &mut faults);
        // Beyond here positions are only meaningful when every name was found.
        faults.0.sort_by_key(|fault| fault.document);
        let (Some(latency), true) = (latency, faults.0.is_empty()) else { return Err(faults) };

        components::hold_moving(&parts.components, &demands, horizon.steps(), &mut hosts);
        let traffic =
            traffic::assemble(self, edges, &services, &horizon, &latency, &mut policy, &mut parts.components);
        let traffic = traffic.map_err(|cause| {
            let mut faults = Faults::default();
            let action = "use smaller prices, or a smaller `prices.digits`";
            faults.add(Document::Policy, "prices", FaultCode::TooLarge, cause, action);
            faults
        })?;
        let mut problem = Problem {
            resources: self.resources.iter().map(resource).collect(),
            step_weights: horizon.weights.clone(),
            horizon_s: horizon.length_s,
            partitions,
            hosts,
            exclusions: components::exclusions(self, &registry, &services),
            services,
            classes: Vec::new(),
            move_groups: parts.move_groups,
            host_sets: parts.host_sets,
            components: parts.components,
            demands,
            traffic,
            latency,
            balances,
            move_costs,
            policy,
        };
        components::classify(&mut problem);
        if self.policy.violation_first_if_needed {
            let start = check(&problem, &problem.initial_placement());
            if start.terms.get(Term::Violation) > 0 {
                problem.policy.goals.insert(0, policy::violation_goal());
            }
        }
        within_range(&problem)?;
        Ok(problem)
    }
}

fn resource(draft: &super::ResourceDraft) -> Resource {
    Resource {
        name: draft.name.clone(),
        unit: draft.unit.clone(),
        basis: draft.basis,
        transient: draft.transient,
    }
}

fn balances(draft: &Draft, registry: &Registry<'_>, faults: &mut Faults) -> Vec<Balance> {
    let mut balances = Vec::new();
    for (index, balance) in draft.balances.iter().enumerate() {
        let mut resource = |name: &str, field: &str| {
            let place = || format!("/balances/{index}/{field}");
            registry.resources.find(name, Document::Cluster, place, faults).map(ResourceId::new)
        };
        let (first, second) = (resource(&balance.first, "k1"), resource(&balance.second, "k2"));
        for (field, value) in [("target", balance.target), ("weight", balance.weight)] {
            if !(0..=1_000_000_000).contains(&value) {
                let place = format!("/balances/{index}/{field}");
                faults.add(
                    Document::Cluster,
                    place,
                    FaultCode::OutOfRange,
                    format!("{value}"),
                    "use 0 to 10^9",
                );
            }
        }
        if let (Some(first), Some(second)) = (first, second) {
            balances.push(Balance { first, second, target: balance.target, weight: balance.weight });
        }
    }
    balances
}

fn move_costs(draft: &Draft, faults: &mut Faults) -> MoveCosts {
    let costs = &draft.move_costs;
    for (field, value) in [("per_service_max", costs.per_service_max), ("pairs/weight", costs.pair_weight)] {
        if value < 0 {
            let place = format!("/move_costs/{field}");
            faults.add(Document::Cluster, place, FaultCode::OutOfRange, format!("{value}"), "use 0 or more");
        }
    }
    let (found, wanted) = (costs.pairs.len(), draft.hosts.len() * draft.hosts.len());
    if found != 0 && found != wanted {
        let cause = format!("{found} costs for {wanted} pairs of hosts");
        let action = "give one row and one column a host";
        faults.add(Document::Cluster, "/move_costs/pairs/matrix", FaultCode::WrongLength, cause, action);
    }
    MoveCosts {
        per_service_max: costs.per_service_max,
        pair_weight: costs.pair_weight,
        pairs: costs.pairs.clone(),
    }
}

/// Refuses problems whose goals could overflow: a coarse upper bound on every term, in floating point with ample room.
fn within_range(problem: &Problem) -> Result<(), Faults> {
    let mut faults = Faults::default();
    let bounds = Term::ALL.map(|term| traffic::upper_bound(problem, term));
    for (index, goal) in problem.policy.goals.iter().enumerate() {
        let total: f64 = goal.terms().map(|term| goal.factors.get(term) as f64 * bounds[term as usize]).sum();
        if total > LARGEST_TOTAL {
            let cause = format!("its total could reach {total:.1e}, over {LARGEST_TOTAL:.0e}");
            let action = "use smaller weights or prices, or fewer `prices.digits`";
            faults.add(Document::Policy, format!("goals[{index}]"), FaultCode::TooLarge, cause, action);
        }
    }
    faults.into_result(())
}
