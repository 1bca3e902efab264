//! The ranking: which components would hurt most if they stayed where they are, by the overload of their racks and by the
//! growth of their traffic.

/// A component as the ranking sees it.
#[derive(Debug, Clone)]
pub struct Resident {
    /// Its rack, by position among the limits; none where it runs nowhere.
    pub rack: Option<usize>,
    /// Per resource the demand of every step; empty where none is forecast.
    pub demand: Vec<Vec<f64>>,
}

/// An edge as the ranking sees it.
#[derive(Debug, Clone)]
pub struct Flow {
    /// The components that call, by position.
    pub from: Vec<usize>,
    /// The components that are called.
    pub to: Vec<usize>,
    /// Calls/s more than now, mean over the horizon.
    pub growth: f64,
}

/// The rank of a component.
#[derive(Debug, Clone, PartialEq)]
pub struct Rank {
    /// The component, by position.
    pub component: usize,
    /// By how much the latency term grows by its edges, in ms of latency a second, which is calls/s x ms.
    pub latency_impact: f64,
    /// The worst overload it takes part in.
    pub overload: Option<Overload>,
}

/// An overload to come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overload {
    /// The rack, by position.
    pub rack: usize,
    /// The resource, by position.
    pub resource: usize,
    /// The first step over the limit.
    pub step: usize,
    /// The largest excess, as a share of the limit.
    pub by: f64,
    /// How much of it this component could take away, as a share of the limit.
    relief: f64,
}

/// Ranks components: first those that could take away most of an overload, then those whose traffic grows most. Who
/// neither is overloaded nor has growing traffic is left out. `limits` gives per rack and resource what is allowed;
/// `latency_ms` the latency between two racks, none where it is unknown.
#[must_use]
pub fn rank(
    residents: &[Resident],
    limits: &[Vec<Option<f64>>],
    flows: &[Flow],
    latency_ms: impl Fn(usize, usize) -> Option<f64>,
) -> Vec<Rank> {
    let overloads = overloads(residents, limits);
    let impacts = latency_impacts(residents, flows, latency_ms);
    let mut ranks: Vec<Rank> = residents
        .iter()
        .enumerate()
        .map(|(component, resident)| Rank {
            component,
            latency_impact: impacts[component],
            overload: worst(resident, limits, &overloads),
        })
        .filter(|rank| rank.overload.is_some() || rank.latency_impact > 0.0)
        .collect();
    let relief = |rank: &Rank| rank.overload.map_or(0.0, |overload| overload.relief);
    ranks.sort_by(|a, b| {
        relief(b)
            .total_cmp(&relief(a))
            .then(b.latency_impact.total_cmp(&a.latency_impact))
            .then(a.component.cmp(&b.component))
    });
    ranks
}

/// Per rack and resource the excess over the limit, step by step.
fn overloads(residents: &[Resident], limits: &[Vec<Option<f64>>]) -> Vec<Vec<Vec<f64>>> {
    let mut loads: Vec<Vec<Vec<f64>>> = limits.iter().map(|limits| vec![Vec::new(); limits.len()]).collect();
    for resident in residents {
        let Some(rack) = resident.rack else { continue };
        for (load, demand) in loads[rack].iter_mut().zip(&resident.demand) {
            load.resize(load.len().max(demand.len()), 0.0);
            load.iter_mut().zip(demand).for_each(|(load, demand)| *load += demand);
        }
    }
    for (loads, limits) in loads.iter_mut().zip(limits) {
        for (load, limit) in loads.iter_mut().zip(limits) {
            load.iter_mut().for_each(|load| *load -= limit.unwrap_or(f64::INFINITY));
        }
    }
    loads
}

/// The overload of which a component could take away most.
fn worst(resident: &Resident, limits: &[Vec<Option<f64>>], overloads: &[Vec<Vec<f64>>]) -> Option<Overload> {
    let rack = resident.rack?;
    let of = |(resource, excess): (usize, &Vec<f64>)| {
        let limit = limits[rack][resource].filter(|&limit| limit > 0.0)?;
        let step = excess.iter().position(|&excess| excess > 0.0)?;
        let most = excess.iter().copied().fold(0.0, f64::max);
        let demand = resident.demand.get(resource)?;
        let relief =
            excess.iter().zip(demand).map(|(excess, demand)| excess.min(*demand)).fold(0.0, f64::max);
        (relief > 0.0).then_some(Overload { rack, resource, step, by: most / limit, relief: relief / limit })
    };
    overloads[rack].iter().enumerate().filter_map(of).max_by(|a, b| a.relief.total_cmp(&b.relief))
}

/// Per component the growth of calls times their latency, where calls spread evenly over instances.
fn latency_impacts(
    residents: &[Resident],
    flows: &[Flow],
    latency_ms: impl Fn(usize, usize) -> Option<f64>,
) -> Vec<f64> {
    let mut impacts = vec![0.0; residents.len()];
    for Flow { from, to, growth } in flows {
        let share = growth / (from.len() * to.len()).max(1) as f64;
        for &caller in from {
            for &called in to {
                let racks = residents[caller].rack.zip(residents[called].rack);
                let impact = racks.and_then(|(a, b)| latency_ms(a, b)).map_or(0.0, |latency| share * latency);
                impacts[caller] += impact;
                impacts[called] += impact;
            }
        }
    }
    impacts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resident(rack: usize, demand: &[f64]) -> Resident {
        Resident { rack: Some(rack), demand: vec![demand.to_vec()] }
    }

    #[test]
    fn who_relieves_most_of_an_overload_comes_first_then_who_talks_more() {
        let residents = [
            resident(0, &[1.0, 2.0]),
            resident(0, &[7.0, 9.0]),
            resident(1, &[1.0, 1.0]),
            resident(1, &[1.0, 1.0]),
        ];
        let limits = [vec![Some(10.0)], vec![Some(10.0)]];
        let flows = [
            Flow { from: vec![2], to: vec![1], growth: 4.0 },
            Flow { from: vec![3], to: vec![2], growth: -1.0 },
        ];
        let ranks = rank(&residents, &limits, &flows, |a, b| Some(if a == b { 0.1 } else { 2.0 }));
        let order: Vec<usize> = ranks.iter().map(|rank| rank.component).collect();
        assert_eq!(order, [1, 0, 2], "both of rack 0 relieve one unit, but 1 also talks more; 3 talks less");
        let overload = ranks[0].overload.expect("rack 0 is over its limit");
        assert_eq!((overload.rack, overload.step), (0, 1));
        assert!((overload.by - 0.1).abs() < 1e-12);
        assert!((ranks[0].latency_impact - 8.0).abs() < 1e-12);
    }

    #[test]
    fn a_component_without_a_host_has_no_overload() {
        let nowhere = Resident { rack: None, demand: vec![vec![50.0]] };
        assert_eq!(rank(&[nowhere], &[vec![Some(1.0)]], &[], |_, _| None), []);
    }
}
