//! What a server offers.

use std::sync::Arc;

use crate::agents::Agent;
use crate::backend::Backend;
use crate::feed::{ForecastFeed, LatencyFeed};
use crate::status::Refusal;

/// What a server offers. Calls of what is left out are answered with why.
#[derive(Clone, Default)]
pub struct Services {
    /// Who solves, for `colocate.v1.Solver`.
    pub backend: Option<Arc<dyn Backend>>,
    /// Where the forecasts of `colocate.v1.Forecasts` come from.
    pub forecasts: Option<ForecastFeed>,
    /// Where the matrices of `colocate.v1.Latency` come from.
    pub latency: Option<LatencyFeed>,
    /// Who measures, for `colocate.v1.Agents`.
    pub agent: Option<Arc<dyn Agent>>,
}

impl Services {
    /// A server that solves, and nothing else.
    #[must_use]
    pub fn solver(backend: Arc<dyn Backend>) -> Self {
        Self { backend: Some(backend), ..Self::default() }
    }

    /// The agent of a host, and nothing else.
    #[must_use]
    pub fn agent(agent: Arc<dyn Agent>) -> Self {
        Self { agent: Some(agent), ..Self::default() }
    }

    pub(crate) fn offer(&self, service: Service) -> bool {
        match service {
            Service::Solver => self.backend.is_some(),
            Service::Forecasts => self.forecasts.is_some(),
            Service::Latency => self.latency.is_some(),
            Service::Agents => self.agent.is_some(),
        }
    }
}

/// A service of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Solver,
    Forecasts,
    Latency,
    Agents,
}

impl Service {
    pub(crate) const ALL: [Self; 4] = [Self::Solver, Self::Forecasts, Self::Latency, Self::Agents];

    /// What is offered.
    ///
    /// # Errors
    /// [`Refusal::NotConfigured`] where it is not.
    pub(crate) fn offered<T>(self, what: Option<T>) -> Result<T, Refusal> {
        what.ok_or(Refusal::NotConfigured(self))
    }

    /// The name that health knows it by.
    pub(crate) const fn full_name(self) -> &'static str {
        match self {
            Self::Solver => "colocate.v1.Solver",
            Self::Forecasts => "colocate.v1.Forecasts",
            Self::Latency => "colocate.v1.Latency",
            Self::Agents => "colocate.v1.Agents",
        }
    }

    /// Why a server does not offer it, and what to do.
    pub(crate) const fn not_offered(self) -> &'static str {
        match self {
            Self::Solver => "this server does not solve: ask one that `colocate serve` runs",
            Self::Forecasts => {
                "this server makes no forecasts: whoever runs it has to set forecasts.history in its configuration"
            }
            Self::Latency => {
                "this server measures no latency: whoever runs it has to set a source in [latency] of its configuration"
            }
            Self::Agents => "this server is no agent: ask one that `colocate agent` runs",
        }
    }

    /// The reason of a server that does not offer it.
    pub(crate) const fn not_configured(self) -> &'static str {
        match self {
            Self::Solver => "SOLVER_NOT_CONFIGURED",
            Self::Forecasts => "FORECASTS_NOT_CONFIGURED",
            Self::Latency => "LATENCY_NOT_CONFIGURED",
            Self::Agents => "AGENT_NOT_CONFIGURED",
        }
    }

    /// What it hands out, and how that came about.
    pub(crate) const fn product(self) -> (&'static str, &'static str) {
        match self {
            Self::Forecasts => ("forecast", "made"),
            Self::Latency => ("matrix", "measured"),
            Self::Solver => ("solution", "found"),
            Self::Agents => ("slot", "measured"),
        }
    }

    /// The reason of a server that has nothing to hand out yet.
    pub(crate) const fn none_yet(self) -> &'static str {
        match self {
            Self::Forecasts => "NO_FORECAST",
            Self::Latency => "NO_LATENCY",
            Self::Solver | Self::Agents => "NOTHING_YET",
        }
    }

    /// The reason of a server whose newest is too old for the caller.
    pub(crate) const fn too_old(self) -> &'static str {
        match self {
            Self::Forecasts => "FORECAST_TOO_OLD",
            Self::Latency => "LATENCY_TOO_OLD",
            Self::Solver | Self::Agents => "TOO_OLD",
        }
    }
}
