//! What cannot be completed, and why.

use super::{Input, MOST_DOMAINS};

/// Largest round trip, in µs: 1,000 s.
const LARGEST_US: f64 = 1e9;

/// A fault of one part of the input.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InputFault {
    /// More domains than a matrix is kept for.
    #[error("{domains} domains, at most {MOST_DOMAINS} can be completed: measure between larger domains")]
    TooManyDomains {
        /// How many there are.
        domains: usize,
    },
    /// A pair names a domain that does not exist.
    #[error("observation {index} is of domain {domain} of {domains}: number domains from 0")]
    NoSuchDomain {
        /// Which observation.
        index: usize,
        /// What it names.
        domain: usize,
        /// How many there are.
        domains: usize,
    },
    /// A round trip that is none.
    #[error("observation {index} has a round trip of {rtt_us} µs: leave out what was not measured")]
    RoundTrip {
        /// Which observation.
        index: usize,
        /// Its round trip.
        rtt_us: f64,
    },
    /// A confidence that is none.
    #[error("observation {index} has a relative error of {relative_error}: use 0 to 100")]
    RelativeError {
        /// Which observation.
        index: usize,
        /// Its error.
        relative_error: f64,
    },
    /// A pair is observed twice.
    #[error("observation {index} repeats {from} to {to} of observation {first}: combine them")]
    Duplicate {
        /// Which observation.
        index: usize,
        /// The one it repeats.
        first: usize,
        /// From.
        from: usize,
        /// To.
        to: usize,
    },
    /// Coordinates that do not go with the domains.
    #[error("{priors} prior coordinates for {domains} domains: give one for each, or none at all")]
    PriorLength {
        /// How many coordinates there are.
        priors: usize,
        /// How many domains.
        domains: usize,
    },
    /// A coordinate that is none.
    #[error("the prior coordinate of domain {domain} is no coordinate: leave it out")]
    Prior {
        /// Whose.
        domain: usize,
    },
}

/// All that keeps a matrix from being completed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{} faults, the first: {}", faults.len(), faults.first().map(ToString::to_string).unwrap_or_default())]
pub struct CompletionError {
    /// Every fault, in the order of the input.
    pub faults: Vec<InputFault>,
}

/// Every fault of the input.
pub(super) fn faults(input: &Input<'_>) -> Vec<InputFault> {
    let domains = input.domains;
    if domains > MOST_DOMAINS {
        return vec![InputFault::TooManyDomains { domains }];
    }
    let mut faults = Vec::new();
    let mut first_of = vec![None; domains * domains];
    for (index, observation) in input.observations.iter().enumerate() {
        let (from, to, rtt_us) = (observation.from, observation.to, observation.rtt_us);
        for domain in [from, to].into_iter().filter(|&domain| domain >= domains) {
            faults.push(InputFault::NoSuchDomain { index, domain, domains });
        }
        if !(rtt_us > 0.0 && rtt_us <= LARGEST_US) {
            faults.push(InputFault::RoundTrip { index, rtt_us });
        }
        let relative_error = observation.relative_error;
        if !(0.0..=100.0).contains(&relative_error) {
            faults.push(InputFault::RelativeError { index, relative_error });
        }
        if from < domains && to < domains {
            match first_of[from * domains + to] {
                Some(first) => faults.push(InputFault::Duplicate { index, first, from, to }),
                None => first_of[from * domains + to] = Some(index),
            }
        }
    }
    if !input.prior.is_empty() && input.prior.len() != domains {
        faults.push(InputFault::PriorLength { priors: input.prior.len(), domains });
    }
    let unsound = input
        .prior
        .iter()
        .enumerate()
        .filter(|(_, prior)| prior.as_ref().is_some_and(|coordinate| !coordinate.is_sound()));
    faults.extend(unsound.map(|(domain, _)| InputFault::Prior { domain }));
    faults
}
