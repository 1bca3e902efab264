//! What a forecasting model is.

use thiserror::Error;

/// Why a model cannot be fitted.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum FitError {
    /// The history is shorter than the model needs.
    #[error("needs {needed} values, has {found}")]
    TooShort {
        /// How many values it needs.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// The optimiser found no parameters.
    #[error("did not converge")]
    NoConvergence,
}

/// A forecasting model.
pub trait Model: Sync {
    /// Its name on the command line.
    fn name(&self) -> &'static str;

    /// Fits it to a history without missing values. `seasons` are the periods found in it, in steps, shortest first;
    /// none where there is no season.
    ///
    /// # Errors
    ///
    /// Where the history is too short or the fit does not converge.
    fn fit(&self, history: &[f64], seasons: &[usize]) -> Result<Box<dyn Fitted>, FitError>;
}

/// A fitted model.
pub trait Fitted: Send {
    /// Point forecasts for the next `horizon` steps after the last value seen.
    fn predict(&self, horizon: usize) -> Vec<f64>;

    /// Standard deviations of the errors of [`Fitted::predict`] as the model sees them.
    fn spread(&self, horizon: usize) -> Vec<f64>;

    /// Takes the values that came next into its state; the parameters stay. Backtests roll forward with it.
    fn observe(&mut self, values: &[f64]);
}
