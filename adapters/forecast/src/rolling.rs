//! Rolling origins: past moments from which a model forecasts what is known by now (Tashman 2000).

/// Most origins of a backtest.
const MOST: usize = 120;
/// Origins a horizon: windows overlap, which adds less than new ones would, but more than nothing.
const PER_HORIZON: usize = 2;
/// The share of the history that stays before every origin.
const BEFORE: f64 = 0.3;
/// Horizons after which an origin counts half.
const HALF_LIFE: f64 = 12.0;

/// Past origins, newest first.
#[derive(Debug, Clone)]
pub(crate) struct Origins {
    /// Index of the first forecast step.
    pub(crate) at: Vec<usize>,
    /// What each counts where models are compared: the newest most.
    pub(crate) weights: Vec<f64>,
    /// Steps between origins.
    stride: usize,
    /// Steps a forecast.
    pub(crate) horizon: usize,
}

impl Origins {
    /// Those of a history of `length` values for forecasts of `horizon` steps, each after at least `least` values.
    pub(crate) fn new(length: usize, horizon: usize, least: usize) -> Self {
        let stride = horizon.div_ceil(PER_HORIZON).max(1);
        let first = least.max((length as f64 * BEFORE) as usize);
        let newest = length.checked_sub(horizon);
        let at: Vec<usize> = newest
            .into_iter()
            .flat_map(|newest| (0..MOST).map_while(move |back| newest.checked_sub(back * stride)))
            .take_while(|&origin| origin >= first)
            .collect();
        let half_life = HALF_LIFE * horizon as f64;
        let weights = at.iter().map(|&origin| (-((length - origin) as f64) / half_life).exp2()).collect();
        Self { at, weights, stride, horizon }
    }

    /// How many windows lie side by side, which is how many samples of a whole window there are.
    pub(crate) fn disjoint(&self) -> f64 {
        let covered = self.at.len().saturating_sub(1) * self.stride + self.horizon;
        (covered as f64 / self.horizon as f64).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Origins;

    #[test]
    fn origins_leave_room_for_a_horizon_and_for_history() {
        let origins = Origins::new(100, 10, 12);
        assert_eq!(origins.at, [90, 85, 80, 75, 70, 65, 60, 55, 50, 45, 40, 35, 30]);
        assert!(origins.weights.is_sorted_by(|newer, older| newer > older));
        // The windows cover steps 30 to 99.
        assert_eq!(origins.disjoint(), 7.0);
        assert!(Origins::new(9, 10, 12).at.is_empty());
    }
}
