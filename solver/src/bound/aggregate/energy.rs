//! Power x price.

use colocate_model::{HostId, Problem, Ratio, UNLIMITED};

use super::{Totals, room, rounded_by, start_demand};

/// Costs of a unit of demand are counted in parts of this, rounded down.
const FRACTION: i128 = 1 << 32;

/// A host as a place for demand: fractions of it may be switched on.
struct Offer {
    /// mW x [`FRACTION`] per unit of demand.
    unit: i128,
    room: Option<i128>,
}

/// The least energy of any placement: idle power of the hosts that are never off, and demand on the cheapest of them,
/// where a host that may be off costs the share of its idle power that is the share of it in use.
pub(super) fn least(totals: &Totals<'_>) -> i128 {
    let problem = totals.problem;
    let powered = problem.hosts.iter().filter(|host| host.power.is_some()).count();
    if powered == 0 {
        return 0;
    }
    let idle = |host: HostId| {
        let power = problem.host(host).power.filter(|power| is_on(totals, host, power.power_managed));
        power.map_or(0, |power| i128::from(power.idle_mw))
    };
    let always = problem.host_ids().map(idle).sum::<i128>() * i128::from(problem.total_step_weight());
    let start = start_demand(problem);
    let used = match problem.policy.prices.energy_resource {
        Some(resource) => totals.weighted(|step| cheapest(totals, &start, resource.index(), step)) / FRACTION,
        None => 0,
    };
    let rate = problem.policy.prices.energy_rate;
    let horizon = Ratio::new(1, problem.total_step_weight().into());
    // A host's quotient need not be whole even where the price is.
    let Some(factor) = rate.checked_mul(horizon) else { return 0 };
    rounded_by(factor, always + used, powered)
}

fn is_on(totals: &Totals<'_>, host: HostId, power_managed: bool) -> bool {
    !power_managed || totals.occupied[host.index()]
}

/// The least power of all demand of `step`, in mW x [`FRACTION`].
fn cheapest(totals: &Totals<'_>, start: &[i64], resource: usize, step: usize) -> i128 {
    let problem: &Problem = totals.problem;
    let offer = |host: HostId| {
        let at = problem.host(host);
        let room = room(problem, start, host, resource, step).map(|room| room.max(0));
        let Some(power) = at.power else { return Offer { unit: 0, room } };
        let mut unit = 0;
        if at.capacity[resource] != UNLIMITED && at.capacity[resource] > 0 {
            unit += i128::from(power.slope_mw) * FRACTION / i128::from(at.capacity[resource]);
        }
        if let Some(room) = room.filter(|&room| room > 0 && !is_on(totals, host, power.power_managed)) {
            unit += i128::from(power.idle_mw) * FRACTION / room;
        }
        Offer { unit, room }
    };
    let mut offers: Vec<Offer> = problem.host_ids().map(offer).collect();
    offers.sort_unstable_by_key(|offer| offer.unit);
    let (mut left, mut cost) = (totals.demand(resource, step), 0);
    for offer in offers {
        let taken = offer.room.map_or(left, |room| room.min(left));
        cost += taken * offer.unit;
        left -= taken;
    }
    cost
}
