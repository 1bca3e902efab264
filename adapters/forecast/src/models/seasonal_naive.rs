//! The seasonal naive forecast: the last period again. Without a season the last value goes on.

use crate::model::{FitError, Fitted, Model};

/// The seasonal naive forecast, by the shortest season (Hyndman & Athanasopoulos 2021, §5.2).
#[derive(Debug)]
pub struct SeasonalNaive;

#[derive(Debug)]
struct State {
    /// The last period, oldest first.
    last: Vec<f64>,
    /// The standard deviation of changes from period to period.
    deviation: f64,
}

impl Model for SeasonalNaive {
    fn name(&self) -> &'static str {
        "seasonal-naive"
    }

    fn fit(&self, history: &[f64], seasons: &[usize]) -> Result<Box<dyn Fitted>, FitError> {
        if history.is_empty() {
            return Err(FitError::TooShort { needed: 1, found: 0 });
        }
        let period = seasons.iter().copied().find(|&season| season <= history.len()).unwrap_or(1).max(1);
        let changes = history.iter().zip(&history[period..]).map(|(before, after)| (after - before).powi(2));
        let deviation = (changes.sum::<f64>() / (history.len() - period).max(1) as f64).sqrt();
        Ok(Box::new(State { last: history[history.len() - period..].to_vec(), deviation }))
    }
}

impl Fitted for State {
    fn predict(&self, horizon: usize) -> Vec<f64> {
        self.last.iter().copied().cycle().take(horizon).collect()
    }

    fn spread(&self, horizon: usize) -> Vec<f64> {
        let periods = |step: usize| (step / self.last.len() + 1) as f64;
        // Squares of the largest numbers have no sum.
        (0..horizon).map(|step| (self.deviation * periods(step).sqrt()).min(f64::MAX)).collect()
    }

    fn observe(&mut self, values: &[f64]) {
        for &value in values {
            // What is missing is as it was a period ago.
            let known = if value.is_finite() { value } else { self.last[0] };
            self.last.rotate_left(1);
            if let Some(newest) = self.last.last_mut() {
                *newest = known;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_period_comes_again() {
        let mut fitted =
            SeasonalNaive.fit(&[1.0, 2.0, 3.0, 1.0, 2.0, 6.0], &[3]).expect("there are two periods");
        assert_eq!(fitted.predict(4), [1.0, 2.0, 6.0, 1.0]);
        assert_eq!(fitted.spread(4), [1.0f64, 1.0, 1.0, 2.0].map(|periods| 3f64.sqrt() * periods.sqrt()));
        fitted.observe(&[5.0, f64::NAN]);
        assert_eq!(fitted.predict(3), [6.0, 5.0, 2.0]);
    }
}
