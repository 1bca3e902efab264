//! Which orders: differences by tests, the others step by step.

use stlrs::MstlParams;

use super::{Estimate, Order, Orders, estimate};

/// Critical value of the KPSS statistic around a mean at 5 % (Kwiatkowski et al. 1992, table 1).
const KPSS_5_PERCENT: f64 = 0.463;
/// Seasons stronger than this are differenced.
const STRONG_SEASON: f64 = 0.64;
/// Differences that are tried.
const DIFFERENCES: usize = 2;
/// The largest orders tried.
const LARGEST: Order = Order { p: 5, d: 0, q: 5 };
const LARGEST_SEASONAL: Order = Order { p: 1, d: 0, q: 1 };
/// Orders are chosen on no more than the last values, as that package's `truncate` does; parameters come from all.
/// Fewer with a season, whose states take longer.
const CHOOSING: usize = 2000;
const CHOOSING_SEASONAL: usize = 1000;
/// Models tried at most, as in the R package forecast.
const MODELS: usize = 94;
/// Roots nearer to the unit circle than this are a sign of too many terms.
const NEAREST_ROOT: f64 = 1.001;

/// The model with the least corrected AIC on the path from four simple ones. None where there are too few values.
///
/// # Source
///
/// Hyndman, Khandakar (2008), Automatic Time Series Forecasting: The forecast Package for R, 3.2,
/// <https://doi.org/10.18637/jss.v027.i03>; seasonal differences by the strength of the season (Wang, Smith, Hyndman
/// 2006), as that package has done since. Departures: the likelihood is exact throughout, since it costs no more here
/// than the conditional one; seasonal orders end at 1; roots may come nearer to the unit circle, since those of a season
/// of 24 steps, or of a level seen every five minutes, do; values that are not differenced always have a mean.
pub(super) fn choose(values: &[f64], season: usize) -> Option<Estimate> {
    let seasonal_d = usize::from(season > 1 && season_strength(values, season) > STRONG_SEASON);
    let mut differenced = values.to_vec();
    if seasonal_d > 0 {
        difference(&mut differenced, season);
    }
    let mut d = 0;
    while d + seasonal_d < DIFFERENCES && kpss(&differenced) > KPSS_5_PERCENT {
        difference(&mut differenced, 1);
        d += 1;
    }

    let drift = d + seasonal_d == 1;
    let seasonal_term = usize::from(season > 1);
    let orders = |p, q, seasonal_p, seasonal_q, drift| Orders {
        order: Order { p, d, q },
        seasonal: Order { p: seasonal_p * seasonal_term, d: seasonal_d, q: seasonal_q * seasonal_term },
        drift,
    };
    let choosing = if season > 1 { CHOOSING_SEASONAL } else { CHOOSING };
    let recent = &values[values.len().saturating_sub(choosing)..];
    let mut search = Search { values: recent, season, tried: Vec::new(), best: None };
    for orders in [
        orders(2, 2, 1, 1, drift),
        orders(0, 0, 0, 0, drift),
        orders(1, 0, 1, 0, drift),
        orders(0, 1, 0, 1, drift),
        orders(0, 0, 0, 0, false),
    ] {
        search.attempt(orders);
    }
    while let Some(best) = &search.best {
        let centre = best.orders;
        let neighbours = neighbours(centre, season > 1, drift);
        if search.tried.len() > MODELS || !neighbours.into_iter().any(|orders| search.attempt(orders)) {
            break;
        }
    }
    let best = search.best?;
    if recent.len() == values.len() { Some(best) } else { estimate(values, season, best.orders, Some(&best)) }
}

struct Search<'a> {
    values: &'a [f64],
    season: usize,
    tried: Vec<Orders>,
    best: Option<Estimate>,
}

impl Search<'_> {
    /// Whether this model is new and better than the best so far.
    fn attempt(&mut self, orders: Orders) -> bool {
        if self.tried.contains(&orders) {
            return false;
        }
        self.tried.push(orders);
        let Some(estimate) = estimate(self.values, self.season, orders, self.best.as_ref()) else {
            return false;
        };
        let better = self.best.as_ref().is_none_or(|best| estimate.aicc < best.aicc);
        let sound = estimate.roots_beyond(NEAREST_ROOT);
        if better && sound {
            self.best = Some(estimate);
        }
        better && sound
    }
}

/// The models one step away: an order, or both, up or down by one; the drift in or out.
fn neighbours(centre: Orders, seasonal: bool, drift: bool) -> Vec<Orders> {
    const STEPS: [(isize, isize); 8] = [(-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1)];
    let shifted = |order: Order, largest: Order, (p, q): (isize, isize)| {
        let p = order.p.checked_add_signed(p).filter(|&p| p <= largest.p)?;
        let q = order.q.checked_add_signed(q).filter(|&q| q <= largest.q)?;
        Some(Order { p, q, ..order })
    };
    let mut neighbours = Vec::new();
    if seasonal {
        let of = |step| shifted(centre.seasonal, LARGEST_SEASONAL, step);
        neighbours.extend(STEPS.into_iter().filter_map(of).map(|seasonal| Orders { seasonal, ..centre }));
    }
    let of = |step| shifted(centre.order, LARGEST, step);
    neighbours.extend(STEPS.into_iter().filter_map(of).map(|order| Orders { order, ..centre }));
    if drift {
        neighbours.push(Orders { drift: !centre.drift, ..centre });
    }
    neighbours
}

fn difference(values: &mut Vec<f64>, lag: usize) {
    *values = values.iter().skip(lag).zip(values.iter()).map(|(later, earlier)| later - earlier).collect();
}

/// 1 less the part of the variance of the detrended values that is not season; 0 where there are less than two seasons.
fn season_strength(values: &[f64], season: usize) -> f64 {
    let decomposition = MstlParams::new().fit(values, &[season]);
    decomposition.map_or(0.0, |decomposition| decomposition.seasonal_strength()[0])
}

/// The statistic of Kwiatkowski, Phillips, Schmidt, Shin (1992), <https://doi.org/10.1016/0304-4076(92)90104-Y>, eq. 13,
/// for stationarity around a mean.
fn kpss(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let residuals: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let bandwidth = (3.0 * n.sqrt() / 13.0) as usize;
    let covariance =
        |lag: usize| residuals.iter().skip(lag).zip(&residuals).map(|(a, b)| a * b).sum::<f64>() / n;
    let weighted = |lag: usize| 2.0 * (1.0 - lag as f64 / (bandwidth + 1) as f64) * covariance(lag);
    let variance = covariance(0) + (1..=bandwidth).map(weighted).sum::<f64>();
    let mut sum = 0.0;
    let squares: f64 = residuals
        .iter()
        .map(|residual| {
            sum += residual;
            sum * sum
        })
        .sum();
    if variance > f64::EPSILON { squares / (n * n * variance) } else { 0.0 }
}
