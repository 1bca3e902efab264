//! The reserve of every resource, from what hosts would have needed.

use std::collections::BTreeMap;

use colocate_forecast::{Demand, Forecast, Tenant, reserve};
use colocate_grpc::Job;
use colocate_history::Key;

use super::Inputs;

/// Per resource the share of a host's capacity to keep free, where there is a past to tell it from.
pub(super) fn reserves(
    job: &Job,
    inputs: &Inputs,
    forecasts: &[Forecast],
    demand: Demand,
    quantiles: &[f64],
) -> BTreeMap<String, f64> {
    let draft = &job.loaded.draft;
    let positions: BTreeMap<&str, usize> =
        draft.hosts.iter().enumerate().map(|(position, host)| (&*host.name, position)).collect();
    let homes: BTreeMap<&str, usize> = draft
        .components
        .iter()
        .filter_map(|component| Some((&*component.name, *positions.get(component.host.as_deref()?)?)))
        .collect();
    let mut tenants: BTreeMap<&str, Vec<Tenant<'_>>> = BTreeMap::new();
    for (key, forecast) in inputs.keys.iter().zip(forecasts) {
        let (Key::Resource { component, resource }, Some(past)) = (key, &forecast.past) else { continue };
        let Some(&host) = homes.get(&**component) else { continue };
        let capacity = draft.hosts[host].capacity.get(resource).map_or(0.0, |&capacity| capacity as f64);
        tenants.entry(resource).or_default().push(Tenant { host, capacity, past });
    }
    let of_resource = |(resource, tenants): (&str, Vec<Tenant<'_>>)| {
        let share = reserve(&tenants, demand, quantiles)?;
        // Beyond a part in ten thousand it is not known.
        Some((resource.to_owned(), (share * 1e4).round() / 1e4))
    };
    tenants.into_iter().filter_map(of_resource).collect()
}
