//! Past matrices on a regular grid, kept in bounded memory.

use std::collections::VecDeque;

use colocate_forecast::Series;

/// Largest time, in Unix s: some 30,000 years.
const LARGEST_TIME: i64 = 1_000_000_000_000;

/// What is kept of a path in a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Median round trip, in µs.
    pub p50_us: f64,
    /// 95th percentile, in µs.
    pub p95_us: f64,
    /// Jitter, in µs.
    pub jitter_us: f64,
    /// Share of packets lost.
    pub loss: f64,
}

/// A quantity of a [`Reading`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Median round trip.
    P50,
    /// 95th percentile.
    P95,
    /// Jitter.
    Jitter,
    /// Share of packets lost.
    Loss,
}

impl Quantity {
    /// All of them, in the order in which they are kept.
    pub(crate) const ALL: [Self; 4] = [Self::P50, Self::P95, Self::Jitter, Self::Loss];
}

/// What a history is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Domains, 1 to 2,000.
    pub domains: usize,
    /// Length of a step, in s, at least 1.
    pub step_s: u32,
    /// Most steps that are kept.
    pub steps: usize,
}

/// A matrix that does not go with the history.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// A history that cannot be.
    #[error("{0:?}: use 1 to 2,000 domains, a step of at least 1 s, and at least 1 step")]
    Shape(Shape),
    /// A matrix of another size.
    #[error("{paths} paths for {domains} domains: give one from each to each")]
    Size {
        /// Paths of the matrix.
        paths: usize,
        /// Domains of the history.
        domains: usize,
    },
    /// A time that is none.
    #[error("a matrix of {time}: times are Unix seconds")]
    Time {
        /// What it says.
        time: i64,
    },
    /// A matrix of a step long gone.
    #[error("a matrix of {time}, but the oldest step kept begins at {oldest}")]
    Gone {
        /// When it was measured, in Unix s.
        time: i64,
        /// When the oldest step begins.
        oldest: i64,
    },
}

/// Past matrices. A number takes 4 bytes, so that 62,500 paths take 1 MB a step.
#[derive(Debug, Clone)]
pub struct History {
    shape: Shape,
    /// Number of the first step kept, in steps since 1970.
    first: i64,
    /// Per step the quantities of every path, from row to column; NaN where one is missing, empty where all are.
    steps: VecDeque<Box<[[f32; 4]]>>,
}

impl History {
    /// No matrices yet.
    ///
    /// # Errors
    /// [`HistoryError::Shape`].
    pub fn new(shape: Shape) -> Result<Self, HistoryError> {
        let sound = (1..=crate::completion::MOST_DOMAINS).contains(&shape.domains);
        if !(sound && shape.step_s > 0 && shape.steps > 0) {
            return Err(HistoryError::Shape(shape));
        }
        Ok(Self { shape, first: 0, steps: VecDeque::new() })
    }

    /// Keeps a matrix, from row to column, in the step of its time, in Unix s; what is in the step already gives way
    /// path by path. Numbers that are none, or below 0, are missing. Steps left out are missing, and the oldest ones
    /// are forgotten beyond the most that are kept.
    ///
    /// # Errors
    /// [`HistoryError::Size`], [`HistoryError::Time`] and [`HistoryError::Gone`]; then nothing is kept.
    pub fn push(&mut self, time: i64, paths: &[Option<Reading>]) -> Result<(), HistoryError> {
        let domains = self.shape.domains;
        if paths.len() != domains * domains {
            return Err(HistoryError::Size { paths: paths.len(), domains });
        }
        if !(-LARGEST_TIME..=LARGEST_TIME).contains(&time) {
            return Err(HistoryError::Time { time });
        }
        let step = time.div_euclid(self.step_s());
        if self.steps.is_empty() {
            self.first = step;
        }
        if step < self.first {
            return Err(HistoryError::Gone { time, oldest: self.first * self.step_s() });
        }
        if step - self.end_step() >= self.shape.steps as i64 {
            self.steps.clear();
            self.first = step;
        }
        while self.end_step() <= step {
            self.steps.push_back(Box::default());
        }
        let kept = &mut self.steps[(step - self.first) as usize];
        if kept.is_empty() {
            *kept = vec![[f32::NAN; 4]; paths.len()].into();
        }
        for (kept, reading) in kept.iter_mut().zip(paths) {
            if let Some(reading) = reading {
                let all = [reading.p50_us, reading.p95_us, reading.jitter_us, reading.loss];
                *kept = all.map(|value| if (0.0..=1e9).contains(&value) { value as f32 } else { f32::NAN });
            }
        }
        let excess = self.steps.len().saturating_sub(self.shape.steps);
        self.forget(excess);
        Ok(())
    }

    /// Forgets the steps that ended by `time`, in Unix s.
    pub fn prune(&mut self, time: i64) {
        let gone = time.div_euclid(self.step_s()).saturating_sub(self.first).max(0);
        self.forget(usize::try_from(gone).unwrap_or(usize::MAX).min(self.steps.len()));
    }

    fn forget(&mut self, count: usize) {
        self.steps.drain(..count);
        self.first += count as i64;
    }

    fn step_s(&self) -> i64 {
        i64::from(self.shape.step_s)
    }

    fn end_step(&self) -> i64 {
        self.first + self.steps.len() as i64
    }

    /// What it is like.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// How many steps are kept.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// Unix time, in s, at which the step after the last one begins.
    #[must_use]
    pub fn end(&self) -> i64 {
        self.end_step() * self.step_s()
    }

    /// The values of a quantity of a path; `None` where there are none, nor such a path.
    #[must_use]
    pub fn series(&self, from: usize, to: usize, quantity: Quantity) -> Option<Series> {
        let domains = self.shape.domains;
        if from >= domains || to >= domains {
            return None;
        }
        let at = |step: &[[f32; 4]]| {
            step.get(from * domains + to).map_or(f64::NAN, |all| f64::from(all[quantity as usize]))
        };
        let values: Vec<f64> = self.steps.iter().map(|step| at(step)).collect();
        let known = values.iter().any(|value| !value.is_nan());
        known.then(|| Series { start: self.first * self.step_s(), step_s: self.shape.step_s, values })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(us: f64) -> Option<Reading> {
        Some(Reading { p50_us: us, p95_us: 2.0 * us, jitter_us: 1.0, loss: 0.0 })
    }

    fn history(steps: usize) -> History {
        History::new(Shape { domains: 2, step_s: 60, steps }).unwrap()
    }

    fn medians(history: &History) -> Vec<f64> {
        history.series(0, 1, Quantity::P50).map(|series| series.values).unwrap_or_default()
    }

    #[test]
    fn gaps_are_missing_and_the_oldest_is_forgotten() {
        let mut history = history(3);
        for (time, us) in [(600, 1.0), (665, 2.0), (790, 3.0)] {
            history.push(time, &[None, reading(us), None, None]).unwrap();
        }
        let series = history.series(0, 1, Quantity::P50).unwrap();
        assert_eq!((series.start, series.end()), (660, 840));
        assert_eq!((series.values[0], series.values[2]), (2.0, 3.0));
        assert!(series.values[1].is_nan());
        assert_eq!(history.series(1, 0, Quantity::P50), None);
        assert_eq!(history.series(0, 2, Quantity::P50), None);
    }

    #[test]
    fn a_later_matrix_of_the_step_gives_way_path_by_path() {
        let mut history = history(3);
        history.push(600, &[reading(5.0), reading(1.0), None, None]).unwrap();
        history.push(610, &[None, reading(2.0), None, None]).unwrap();
        assert_eq!(medians(&history), [2.0]);
        assert_eq!(history.series(0, 0, Quantity::P95).unwrap().values, [10.0]);
    }

    #[test]
    fn a_long_silence_forgets_all_that_was() {
        let mut history = history(3);
        history.push(600, &[None, reading(1.0), None, None]).unwrap();
        history.push(LARGEST_TIME, &[None, reading(2.0), None, None]).unwrap();
        assert_eq!(medians(&history), [2.0]);
    }

    #[test]
    fn what_ended_is_pruned() {
        let mut history = history(9);
        (0..5).for_each(|i| history.push(60 * i, &[None, reading(i as f64), None, None]).unwrap());
        history.prune(150);
        assert_eq!(medians(&history), [2.0, 3.0, 4.0]);
        history.prune(i64::MAX);
        assert_eq!(history.steps(), 0);
    }

    #[test]
    fn odd_matrices_are_told() {
        let mut history = history(2);
        assert_eq!(history.push(0, &[None]), Err(HistoryError::Size { paths: 1, domains: 2 }));
        history.push(600, &[reading(-1.0), reading(f64::NAN), None, None]).unwrap();
        assert_eq!(medians(&history), Vec::<f64>::new());
        let never = HistoryError::Time { time: i64::MIN };
        assert_eq!(history.push(i64::MIN, &[None; 4]), Err(never));
        let gone = HistoryError::Gone { time: 5, oldest: 600 };
        assert_eq!(history.push(5, &[None; 4]), Err(gone));
        assert!(History::new(Shape { domains: 0, step_s: 60, steps: 1 }).is_err());
    }
}
