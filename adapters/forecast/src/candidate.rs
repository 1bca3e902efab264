//! The cheap pool: forecasts that are a few sums over the history, so that hundreds of them can be judged at hundreds of
//! past origins.
//!
//! Two families. A *level* repeats the mean or median of the last values. A *profile* repeats the mean or median of the
//! same time in the last periods, smoothed over its neighbours, and adds how far the last values were off it, an error
//! that decays step by step.

/// How values are averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Average {
    Mean,
    Median,
}

/// A forecast of the pool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Candidate {
    /// The average of the last `length` values.
    Level { average: Average, length: usize },
    /// The profile, and the mean error of the last `length` values, which shrinks by `decay` a step.
    Profile { profile: Profile, length: usize, decay: f64 },
}

/// The usual value at a time of the period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Profile {
    /// Steps a period.
    period: usize,
    /// How many periods are averaged.
    periods: usize,
    average: Average,
    /// How many neighbours on either side are averaged too.
    smooth: usize,
}

/// The longest stretch of last values an error is taken over.
const LONGEST_ERROR: usize = 12;
const DECAYS: [f64; 4] = [0.5, 0.8, 0.95, 1.0];

/// The pool for a history with these periods, in steps.
pub(crate) fn pool(periods: &[usize]) -> Vec<Candidate> {
    let level = |average, length| Candidate::Level { average, length };
    let mut pool: Vec<_> = [1, 3, 6, 12, 36].map(|length| level(Average::Mean, length)).into();
    pool.extend([3, 7, 13, 37, 145].map(|length| level(Average::Median, length)));
    for &period in periods {
        let plain = [1, 3, 6].map(|periods| (periods, Average::Mean, 0));
        let smooth = [(3, 2), (6, 2), (12, 2), (3, 6), (6, 6), (12, 6)]
            .map(|(periods, smooth)| (periods, Average::Mean, smooth));
        let robust = [7].map(|periods| (periods, Average::Median, 0));
        for (periods, average, smooth) in plain.into_iter().chain(smooth).chain(robust) {
            let profile = Profile { period, periods, average, smooth };
            pool.push(Candidate::Profile { profile, length: 1, decay: 0.0 });
            for length in [1, 4, LONGEST_ERROR] {
                pool.extend(DECAYS.map(|decay| Candidate::Profile { profile, length, decay }));
            }
        }
    }
    pool
}

/// A history with its running sums.
#[derive(Debug)]
pub(crate) struct History<'a> {
    pub(crate) values: &'a [f64],
    /// `sums[t]` is the sum of the first t values.
    sums: Vec<f64>,
}

impl<'a> History<'a> {
    pub(crate) fn new(values: &'a [f64]) -> Self {
        let mut sums = Vec::with_capacity(values.len() + 1);
        sums.push(0.0);
        let mut sum = 0.0;
        sums.extend(values.iter().map(|value| {
            sum += value;
            sum
        }));
        Self { values, sums }
    }

    /// The mean of the values from `from` to before `to`.
    pub(crate) fn mean(&self, from: usize, to: usize) -> f64 {
        (self.sums[to] - self.sums[from]) / (to - from) as f64
    }
}

/// What every candidate of a pool forecasts from the first `origin` values, for `horizon` steps; `forecasts` holds one
/// row a candidate.
pub(crate) fn forecast(
    pool: &[Candidate],
    history: &History<'_>,
    origin: usize,
    horizon: usize,
    forecasts: &mut [f64],
) {
    let mut usual = Vec::new();
    let mut profiled = None;
    for (candidate, forecast) in pool.iter().zip(forecasts.chunks_exact_mut(horizon)) {
        match *candidate {
            Candidate::Level { average, length } => forecast.fill(level(history, origin, average, length)),
            Candidate::Profile { profile, length, decay } => {
                if profiled != Some(profile) {
                    profile.usual(history, origin, horizon, &mut usual);
                    profiled = Some(profile);
                }
                let (past, coming) = usual.split_at(LONGEST_ERROR);
                let recent = &history.values[origin - LONGEST_ERROR..origin];
                let skip = LONGEST_ERROR - length;
                let errors = recent[skip..].iter().zip(&past[skip..]).map(|(value, usual)| value - usual);
                let mut error = errors.sum::<f64>() / length as f64;
                for (forecast, usual) in forecast.iter_mut().zip(coming) {
                    error *= decay;
                    *forecast = usual + error;
                }
            }
        }
    }
}

/// The least history from which a pool forecasts.
pub(crate) const LEAST_HISTORY: usize = LONGEST_ERROR;

fn level(history: &History<'_>, origin: usize, average: Average, length: usize) -> f64 {
    let from = origin.saturating_sub(length);
    match average {
        Average::Mean => history.mean(from, origin),
        Average::Median => median(&mut history.values[from..origin].to_vec()),
    }
}

impl Profile {
    /// The usual values of the last [`LONGEST_ERROR`] steps before `origin` and of the `horizon` after it. Of periods
    /// that are not there the profile does without.
    fn usual(self, history: &History<'_>, origin: usize, horizon: usize, usual: &mut Vec<f64>) {
        usual.clear();
        let first = origin - LONGEST_ERROR;
        let mut same = Vec::with_capacity(self.periods);
        for step in first..origin + horizon {
            same.clear();
            // Beyond a period ahead the newest period known is the one that is repeated.
            let ahead = (step + self.smooth + 1).saturating_sub(origin).div_ceil(self.period).max(1);
            for back in ahead..ahead + self.periods {
                let Some(centre) = step.checked_sub(back * self.period) else { break };
                let (from, to) = (centre.saturating_sub(self.smooth), (centre + self.smooth + 1).min(origin));
                if from < to {
                    same.push(history.mean(from, to));
                }
            }
            usual.push(match self.average {
                _ if same.is_empty() => history.values[origin - 1],
                Average::Mean => trimmed_mean(&same),
                Average::Median => median(&mut same),
            });
        }
    }
}

/// The mean without the least and the largest value, where there are three or more: one odd day does not come back.
fn trimmed_mean(values: &[f64]) -> f64 {
    let (mut sum, mut least, mut most) = (0.0, f64::INFINITY, f64::NEG_INFINITY);
    for &value in values {
        sum += value;
        least = least.min(value);
        most = most.max(value);
    }
    if values.len() < 3 {
        sum / values.len() as f64
    } else {
        (sum - least - most) / (values.len() - 2) as f64
    }
}

/// The middle value, of an even number the mean of the two.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    let odd = values.len() % 2 == 1;
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if odd {
        upper
    } else {
        below.iter().copied().max_by(f64::total_cmp).map_or(upper, |lower| f64::midpoint(lower, upper))
    }
}
