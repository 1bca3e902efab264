//! Long ranges in pages, and the pages in one again.

use std::collections::{BTreeMap, BTreeSet};

use crate::answer::{Labels, Matrix, Sample, TimeSeries};
use crate::error::Error;

/// The times `start`, `start + step`, ... up to `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first time, as Unix time in ms.
    pub start_ms: i64,
    /// The last time or a little more, as Unix time in ms.
    pub end_ms: i64,
    /// From one time to the next, in ms; at least 1.
    pub step_ms: i64,
}

/// The pages of a range that are still to come.
#[derive(Debug)]
pub(crate) struct Pages {
    rest: Range,
    points: i64,
}

impl Pages {
    /// Pages of at most `points` times each.
    pub(crate) fn new(range: Range, points: u32) -> Result<Self, Error> {
        if range.step_ms < 1 || range.end_ms < range.start_ms {
            return Err(Error::EmptyRange);
        }
        Ok(Self { rest: range, points: i64::from(points.max(1)) })
    }

    /// The next page; none at the end.
    pub(crate) fn page(&self) -> Option<Range> {
        let Range { start_ms, end_ms, step_ms } = self.rest;
        if start_ms > end_ms {
            return None;
        }
        let longest = step_ms.saturating_mul(self.points - 1);
        Some(Range { end_ms: start_ms.saturating_add(longest).min(end_ms), ..self.rest })
    }

    /// Goes on behind the page.
    pub(crate) fn advance(&mut self) {
        self.rest.start_ms = self.rest.start_ms.saturating_add(self.rest.step_ms.saturating_mul(self.points));
    }

    /// Makes pages half as long; false where they cannot be shorter.
    pub(crate) fn shorten(&mut self) -> bool {
        let shorter = self.points > 1;
        self.points = (self.points / 2).max(1);
        shorter
    }
}

/// The pages so far.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    series: BTreeMap<Labels, Vec<Sample>>,
    warnings: BTreeSet<String>,
    infos: BTreeSet<String>,
    samples: usize,
}

impl Merged {
    /// Adds a later page; samples that are not later than those of the pages before are the same again.
    pub(crate) fn add(&mut self, page: Matrix, limit: usize) -> Result<(), Error> {
        self.samples += page.samples();
        if self.samples > limit {
            return Err(Error::TooManySamples { limit });
        }
        for series in page.series {
            let merged = self.series.entry(series.labels).or_default();
            for sample in series.samples {
                if merged.last().is_none_or(|last| last.time_ms < sample.time_ms) {
                    merged.push(sample);
                }
            }
        }
        self.warnings.extend(page.warnings);
        self.infos.extend(page.infos);
        Ok(())
    }

    pub(crate) fn finish(self) -> Matrix {
        let series = self.series.into_iter().map(|(labels, samples)| TimeSeries { labels, samples });
        Matrix {
            series: series.collect(),
            warnings: self.warnings.into_iter().collect(),
            infos: self.infos.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn times(range: Range) -> Vec<i64> {
        (0..).map(|i| range.start_ms + i * range.step_ms).take_while(|&time| time <= range.end_ms).collect()
    }

    proptest! {
        #[test]
        fn pages_hold_every_time_once_and_no_more_than_allowed(
            start_ms in -1000_i64..1000, length in 0_i64..3000, step_ms in 1_i64..70, points in 1_u32..20,
            shortened in 0_usize..4,
        ) {
            let range = Range { start_ms, end_ms: start_ms + length, step_ms };
            let mut pages = Pages::new(range, points).expect("it holds something");
            let mut all = Vec::new();
            let mut number = 0;
            while let Some(page) = pages.page() {
                if number == shortened {
                    pages.shorten();
                    number += 1;
                    continue;
                }
                let of_page = times(page);
                prop_assert!(!of_page.is_empty() && of_page.len() <= points as usize);
                all.extend(of_page);
                pages.advance();
                number += 1;
            }
            prop_assert_eq!(all, times(range));
        }
    }

    #[test]
    fn ranges_without_a_time_are_refused() {
        for (end_ms, step_ms) in [(-1, 1), (10, 0), (10, -5)] {
            let range = Range { start_ms: 0, end_ms, step_ms };
            assert!(matches!(Pages::new(range, 10), Err(Error::EmptyRange)));
        }
    }

    #[test]
    fn pages_become_one_series_and_count_against_the_limit() {
        let page = |times: &[i64]| Matrix {
            series: vec![TimeSeries {
                labels: Labels::from([("job".into(), "a".into())]),
                samples: times.iter().map(|&time_ms| Sample { time_ms, value: time_ms as f64 }).collect(),
            }],
            warnings: vec!["slow".into()],
            infos: Vec::new(),
        };
        let mut merged = Merged::default();
        merged.add(page(&[1, 2, 3]), 6).expect("there is room");
        merged.add(page(&[3, 4]), 6).expect("there is room");
        assert!(matches!(merged.add(page(&[5, 6]), 6), Err(Error::TooManySamples { limit: 6 })));
        let matrix = merged.finish();
        assert_eq!(
            matrix.series[0].samples.iter().map(|sample| sample.time_ms).collect::<Vec<_>>(),
            [1, 2, 3, 4]
        );
        assert_eq!(matrix.warnings, ["slow"]);
    }
}
