//! What the moves cost, once.

use std::collections::BTreeMap;

use crate::check::Tally;
use crate::host::HostState;
use crate::ids::{ComponentId, HostId, ServiceId};
use crate::quantity::{Cost, Ratio};

/// Sum over the moves of their own cost and of their pair of hosts', and the cost of the largest number of
/// components moved of one service.
pub(super) fn value(tally: &Tally) -> Cost {
    let problem = tally.problem;
    let mut per_service: BTreeMap<ServiceId, Cost> = BTreeMap::new();
    let mut cost = 0;
    for (component, source, target) in tally.moves() {
        *per_service.entry(problem.component(component).service).or_default() += 1;
        cost += move_cost(tally, component, source, target);
        let pair = problem.move_costs.pairs.get(source.index() * problem.hosts.len() + target.index());
        cost += problem.move_costs.pair_weight * pair.map_or(0, |&pair| Cost::from(pair));
    }
    cost + problem.move_costs.per_service_max * per_service.into_values().max().unwrap_or(0)
}

/// round(fixed x usd_per_move + bytes x (usd_per_gb + tier) + downtime x usd_per_downtime_s); nothing is copied
/// from a source that is down.
fn move_cost(tally: &Tally, component: ComponentId, source: HostId, target: HostId) -> Cost {
    let problem = tally.problem;
    let (c, prices) = (problem.component(component), &problem.policy.prices);
    let bytes = if problem.host(source).state == HostState::Down { 0 } else { c.bytes };
    let per_gb = prices.per_gb_moved + problem.network_price(source, target);
    // In 1e-18 $: prices are in 1e-9 $, multiples of a move in 1e-6, bytes in 1e-9 GB, downtime in 1e-3 s.
    let dollars = i128::from(c.fixed_ppm) * i128::from(prices.per_move) * 1_000
        + i128::from(bytes) * i128::from(per_gb)
        + i128::from(c.downtime_ms) * i128::from(prices.per_downtime_s) * 1_000_000;
    Ratio::new(10_i128.pow(prices.digits), 10_i128.pow(18)).times(dollars)
}

#[cfg(test)]
mod tests {
    use crate::check::fixture::{draft, serve, value};
    use crate::host::HostState;
    use crate::score::Term;
    use crate::service::MigrationStrategy;

    #[test]
    fn a_move_pays_for_itself_its_bytes_and_its_downtime() {
        let mut draft = draft(4);
        serve(&mut draft, "web", &[Some(0), None]);
        draft.components[0].bytes = 1_000_000_000;
        draft.components[0].downtime_ms.insert(MigrationStrategy::StartFirst, 2000);
        let prices = [("same_rack".to_owned(), 0.0), ("other_rack".to_owned(), 0.01)];
        draft.policy.prices.network_usd_per_gb = Some(prices.into());
        let problem = draft.build().unwrap();
        assert_eq!(value(&problem, Term::Migration, &[(1, 3)]), 0);
        // 0.001 $ + 1 GB x 0.01 $ + 2 s x 0.01 $, and 0.01 $ for the path to the other rack.
        assert_eq!(value(&problem, Term::Migration, &[(0, 1)]), 31_000_000);
        assert_eq!(value(&problem, Term::Migration, &[(0, 2)]), 41_000_000);
        draft.hosts[0].state = HostState::Down;
        assert_eq!(value(&draft.build().unwrap(), Term::Migration, &[(0, 2)]), 1_000_000);
    }

    #[test]
    fn the_service_that_moves_most_and_pairs_of_hosts_cost_apart() {
        let mut draft = draft(2);
        serve(&mut draft, "a", &[Some(0), Some(0)]);
        serve(&mut draft, "b", &[Some(0)]);
        draft.components.iter_mut().for_each(|component| component.fixed_cost = 0.0);
        draft.move_costs.per_service_max = 100;
        draft.move_costs.pair_weight = 10;
        draft.move_costs.pairs = vec![0, 3, 2, 0];
        let problem = draft.build().unwrap();
        assert_eq!(value(&problem, Term::Migration, &[(0, 1), (1, 1), (2, 1)]), 200 + 90);
        assert_eq!(value(&problem, Term::Migration, &[(0, 1), (2, 1)]), 100 + 60);
    }
}
