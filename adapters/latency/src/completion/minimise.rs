//! Minimisation of a smooth function of many parameters whose gradient is known, by argmin.

use std::cell::RefCell;

use argmin::core::{CostFunction, Error, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;

/// Changes of the function below this are no progress.
const TOLERANCE: f64 = 1e-7;
/// Pairs of steps L-BFGS remembers.
const MEMORY: usize = 10;

/// A function of many parameters.
pub(super) trait Smooth {
    /// Its value; the gradient is written, not added.
    fn evaluate(&self, parameters: &[f64], gradient: &mut [f64]) -> f64;
}

/// Where the function was evaluated last, with its value and gradient.
type Last = (Vec<f64>, f64, Vec<f64>);

/// The function; argmin asks for value and gradient of a point one after the other, and both come at once.
struct Objective<'s, S> {
    function: &'s S,
    last: RefCell<Last>,
}

impl<'s, S: Smooth> Objective<'s, S> {
    fn new(function: &'s S) -> Self {
        Self { function, last: RefCell::default() }
    }

    fn at<T>(&self, parameters: &[f64], take: impl FnOnce(&Last) -> T) -> T {
        let mut last = self.last.borrow_mut();
        if last.0 != parameters {
            last.0.clear();
            last.0.extend_from_slice(parameters);
            last.2.resize(parameters.len(), 0.0);
            let (_, value, gradient) = &mut *last;
            *value = self.function.evaluate(parameters, gradient);
        }
        take(&last)
    }
}

impl<S: Smooth> CostFunction for Objective<'_, S> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, parameters: &Vec<f64>) -> Result<f64, Error> {
        Ok(self.at(parameters, |last| last.1))
    }
}

impl<S: Smooth> Gradient for Objective<'_, S> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, parameters: &Vec<f64>) -> Result<Vec<f64>, Error> {
        Ok(self.at(parameters, |last| last.2.clone()))
    }
}

/// L-BFGS with Moré and Thuente's line search. The start where argmin gives up.
pub(super) fn minimise(function: &impl Smooth, start: &[f64], iterations: u64) -> Vec<f64> {
    let run = || {
        let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY).with_tolerance_cost(TOLERANCE).ok()?;
        let executor = Executor::new(Objective::new(function), solver)
            .configure(|state| state.param(start.to_vec()).max_iters(iterations))
            .timer(false);
        executor.run().ok()?.state().get_best_param().cloned()
    };
    run().filter(|found: &Vec<f64>| found.iter().all(|x| x.is_finite())).unwrap_or_else(|| start.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bowl;

    impl Smooth for Bowl {
        fn evaluate(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
            let parts = x.iter().zip(gradient).enumerate().map(|(i, (x, slope))| {
                *slope = 2.0 * (i + 1) as f64 * (x - 3.0);
                (i + 1) as f64 * (x - 3.0).powi(2)
            });
            parts.sum()
        }
    }

    #[test]
    fn the_bottom_of_a_bowl_is_found() {
        assert!(minimise(&Bowl, &[0.0; 5], 100).iter().all(|x| (x - 3.0).abs() < 1e-3));
    }
}
