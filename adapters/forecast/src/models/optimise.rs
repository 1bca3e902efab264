//! Minimisation of smooth functions of a few parameters, by argmin.

use argmin::core::{CostFunction, Error, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::neldermead::NelderMead;
use argmin::solver::quasinewton::LBFGS;

/// Step of the differences that stand for derivatives, for parameters and functions of the order of 1.
const DIFFERENCE: f64 = 1e-7;
/// Changes of the function below this are no progress.
const TOLERANCE: f64 = 1e-8;
/// Pairs of steps L-BFGS remembers: more than there are parameters in most models.
const MEMORY: usize = 7;

/// A function of some parameters; where it is not finite it counts as very large.
struct Objective<F>(F);

impl<F: Fn(&[f64]) -> f64> Objective<F> {
    fn at(&self, parameters: &[f64]) -> f64 {
        let cost = (self.0)(parameters);
        if cost.is_finite() { cost } else { 1e10 }
    }
}

impl<F: Fn(&[f64]) -> f64> CostFunction for Objective<F> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, parameters: &Vec<f64>) -> Result<f64, Error> {
        Ok(self.at(parameters))
    }
}

impl<F: Fn(&[f64]) -> f64> Gradient for Objective<F> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, parameters: &Vec<f64>) -> Result<Vec<f64>, Error> {
        let here = self.at(parameters);
        let mut there = parameters.clone();
        let slope = |i: usize| {
            there[i] = parameters[i] + DIFFERENCE;
            let slope = (self.at(&there) - here) / DIFFERENCE;
            there[i] = parameters[i];
            slope
        };
        Ok((0..parameters.len()).map(slope).collect())
    }
}

/// Nelder and Mead's simplex from `start` and `start` + `size` along each axis. None where argmin gives up.
pub(super) fn nelder_mead(function: impl Fn(&[f64]) -> f64, start: Vec<f64>, size: f64) -> Option<Vec<f64>> {
    let mut simplex = vec![start.clone()];
    for i in 0..start.len() {
        let mut corner = start.clone();
        corner[i] += size;
        simplex.push(corner);
    }
    let iterations = 100 * start.len() as u64;
    let solver = NelderMead::new(simplex).with_sd_tolerance(TOLERANCE).ok()?;
    let executor = Executor::new(Objective(function), solver)
        .configure(|state| state.max_iters(iterations))
        .timer(false);
    executor.run().ok()?.state().get_best_param().cloned()
}

/// L-BFGS with Moré and Thuente's line search and gradients by forward differences. None where the line search fails.
pub(super) fn quasi_newton(function: impl Fn(&[f64]) -> f64, start: Vec<f64>) -> Option<Vec<f64>> {
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY)
        .with_tolerance_cost(TOLERANCE)
        .ok()?
        .with_tolerance_grad(1e-6)
        .ok()?;
    let executor = Executor::new(Objective(function), solver)
        .configure(|state| state.param(start).max_iters(50))
        .timer(false);
    executor.run().ok()?.state().get_best_param().cloned()
}
