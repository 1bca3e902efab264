//! The reserve: a share of every host's capacity that makes sums right. A sum of 95 % quantiles is not the 95 % quantile
//! of the sum, so what must be added, or may be taken away, is measured on the host sums of past forecasts.

use std::collections::BTreeMap;

use crate::forecast::Demand;
use crate::quantile::of_sorted;

/// The share of host sums that must be covered where the demand is a mean, which has no share of its own.
const SHARE_OF_MEANS: f64 = 0.95;

/// Past forecasts of a component beside what came, at some of the origins it was judged at.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// Per origin the Unix time of its first step, in s.
    pub times: Vec<i64>,
    /// Per origin the values that came, step by step.
    pub actual: Vec<f32>,
    /// Per origin the demand that was forecast, step by step; of a window maximum the same in every step.
    pub demand: Vec<f32>,
}

/// The past of a component on a host.
#[derive(Debug, Clone, Copy)]
pub struct Tenant<'a> {
    /// Which host, any number.
    pub host: usize,
    /// Capacity of the host, in the unit of the series.
    pub capacity: f64,
    /// The past forecasts.
    pub past: &'a Past,
}

/// A host at an origin.
struct Sums {
    capacity: f64,
    /// Per step by how much what came was above what was forecast.
    missing: Vec<f64>,
}

/// The reserve of a resource, a fraction of host capacity: with it, sums on hosts were at most what `demand` said as often
/// as it promises. `demand` gives the quantile by its index in `quantiles`. None where no host has a past.
#[must_use]
pub fn reserve(tenants: &[Tenant<'_>], demand: Demand, quantiles: &[f64]) -> Option<f64> {
    let mut sums: BTreeMap<(usize, i64), Sums> = BTreeMap::new();
    for Tenant { host, capacity, past } in tenants.iter().filter(|tenant| tenant.capacity > 0.0) {
        let steps = (past.actual.len() / past.times.len().max(1)).max(1);
        let forecasts = past.actual.chunks_exact(steps).zip(past.demand.chunks_exact(steps));
        for (&time, (actual, demand)) in past.times.iter().zip(forecasts) {
            let none = || Sums { capacity: *capacity, missing: vec![0.0; steps] };
            let sums = sums.entry((*host, time)).or_insert_with(none);
            for (missing, (actual, demand)) in sums.missing.iter_mut().zip(actual.iter().zip(demand)) {
                *missing += f64::from(*actual) - f64::from(*demand);
            }
        }
    }
    let mut missing: Vec<f64> = Vec::new();
    for sums in sums.values() {
        let shares = sums.missing.iter().map(|missing| missing / sums.capacity);
        match demand {
            Demand::WindowMax(_) => missing.extend(shares.reduce(f64::max)),
            Demand::Mean | Demand::Quantile(_) => missing.extend(shares),
        }
    }
    missing.sort_unstable_by(f64::total_cmp);
    let share = match demand {
        Demand::Mean => SHARE_OF_MEANS,
        Demand::Quantile(index) | Demand::WindowMax(index) => *quantiles.get(index)?,
    };
    (!missing.is_empty()).then(|| of_sorted(&missing, share))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(actual: &[f32], demand: &[f32]) -> Past {
        Past { times: (0..actual.len() as i64 / 2).collect(), actual: actual.into(), demand: demand.into() }
    }

    #[test]
    fn components_that_peak_at_different_times_need_less_than_their_maxima() {
        let (first, second) = (past(&[10.0, 2.0], &[10.0, 10.0]), past(&[2.0, 10.0], &[10.0, 10.0]));
        let tenants = [&first, &second].map(|past| Tenant { host: 0, capacity: 100.0, past });
        assert_eq!(reserve(&tenants, Demand::WindowMax(0), &[0.95]), Some(-0.08));
    }

    #[test]
    fn a_forecast_that_was_too_low_is_made_up_for_host_by_host() {
        let low = past(&[5.0, 5.0], &[4.0, 4.0]);
        let alone = |host| Tenant { host, capacity: 10.0, past: &low };
        assert_eq!(reserve(&[alone(0), alone(1)], Demand::Quantile(0), &[0.95]), Some(0.1));
        assert_eq!(reserve(&[alone(0), alone(0)], Demand::Quantile(0), &[0.95]), Some(0.2));
        assert_eq!(reserve(&[], Demand::Mean, &[]), None);
    }
}
