//! From history to a forecast of a cluster: series by series, and with the cluster the reserve and the ranking.

mod document;
mod inputs;
mod ranking;
mod reserve;
pub(crate) mod sources;

use colocate_files::ForecastFile;
use colocate_forecast::{Basis, Demand, Forecast, Method, Settings};
use colocate_grpc::Job;
use colocate_history::{History, Key};
use colocate_model::Faults;
use colocate_model::draft::DemandKind;
use jiff::Timestamp;

pub(crate) use inputs::Inputs;

/// What is to be forecast.
#[derive(Debug)]
pub(crate) struct Order {
    /// Steps ahead, at least 1.
    pub(crate) horizon: usize,
    /// Quantiles, rising.
    pub(crate) quantiles: Vec<f64>,
    pub(crate) method: Method,
    /// What time it is.
    pub(crate) now: Timestamp,
}

/// A forecast, and what it was made from.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) file: ForecastFile,
    pub(crate) inputs: Inputs,
    /// One a key of the inputs.
    pub(crate) forecasts: Vec<Forecast>,
    /// What the reader of the forecast should know.
    pub(crate) warnings: Vec<String>,
}

/// Forecasts a history. With a `cluster`, only what runs in it, and its hosts get their reserve.
pub(crate) fn make(history: History, cluster: Option<&Job>, order: &Order, done: &(dyn Fn() + Sync)) -> Made {
    let (inputs, mut warnings) = Inputs::new(history, cluster);
    let demand = cluster.and_then(|job| demand(job, &order.quantiles));
    let settings = Settings {
        horizon: order.horizon,
        quantiles: order.quantiles.clone(),
        method: order.method,
        keep_past: demand,
    };
    let forecasts = colocate_forecast::forecast(&inputs.series, &settings, done);
    warnings.extend(uncertain(&forecasts));
    let mut file = document::file(&inputs, &forecasts, order);
    if let Some((job, demand)) = cluster.zip(demand) {
        file.draft.reserve = reserve::reserves(job, &inputs, &forecasts, demand, &order.quantiles);
    }
    Made { file, inputs, forecasts, warnings }
}

impl Made {
    /// Ranks the components of the cluster under this forecast.
    ///
    /// # Errors
    /// What the forecast says that the cluster does not know.
    pub(crate) fn rank(&mut self, cluster: &Job) -> Result<(), Faults> {
        let mut loaded = cluster.loaded.clone();
        loaded.draft.forecast = Some(self.file.draft.clone());
        let problem = loaded.build()?;
        self.file.ranking = ranking::ranking(&problem, &cluster.loaded.draft, &self.inputs, &self.file.draft);
        self.file.draft.ranking = self.file.ranking.iter().map(|ranked| ranked.component.clone()).collect();
        Ok(())
    }
}

/// The demand that the policy takes, if the quantile is among those that are forecast.
fn demand(job: &Job, quantiles: &[f64]) -> Option<Demand> {
    let place = |q: f64| quantiles.iter().position(|&other| (other - q).abs() < 1e-9);
    match job.loaded.draft.policy.demand {
        DemandKind::Mean => Some(Demand::Mean),
        DemandKind::Quantile(q) => place(q).map(Demand::Quantile),
        DemandKind::WindowMax(q) => place(q).map(Demand::WindowMax),
    }
}

/// How many series have too little history to be judged by.
fn uncertain(forecasts: &[Forecast]) -> Vec<String> {
    let count = |basis: Basis| forecasts.iter().filter(|forecast| forecast.basis == basis).count();
    let words = [
        (Basis::Siblings, "series have little history and are forecast as their siblings"),
        (Basis::FewValues, "series have too little history to calibrate by, and no siblings"),
        (Basis::Nothing, "series have no history and are forecast as nothing"),
    ];
    let counted = words.into_iter().map(|(basis, words)| (count(basis), words));
    counted.filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}")).collect()
}

/// Whether a key is the use of a resource, or traffic: what is forecast. Request rates only help.
fn is_forecast(key: &Key) -> bool {
    !matches!(key, Key::Requests(_))
}
