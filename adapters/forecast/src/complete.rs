//! Missing values filled in, so that models see evenly spaced numbers.

/// Nothing that is larger was measured, and sums of squares of smaller numbers are finite.
const LARGEST: f64 = 1e100;

/// The values without the missing ones at the start and with the others filled: between neighbours by a straight line,
/// and where more than `short` steps are missing by the value a period earlier. How many were cut, and the values; none
/// where nothing is known.
pub(crate) fn complete(values: &[f64], period: Option<usize>, short: usize) -> (usize, Vec<f64>) {
    let known = |value: &f64| value.abs() <= LARGEST;
    let Some(first) = values.iter().position(known) else {
        return (values.len(), Vec::new());
    };
    let mut filled = values[first..].to_vec();
    let mut at = 0;
    while at < filled.len() {
        if known(&filled[at]) {
            at += 1;
            continue;
        }
        let end = (at..filled.len()).find(|&next| known(&filled[next])).unwrap_or(filled.len());
        fill(&mut filled, at, end, period.filter(|_| end - at > short));
        at = end;
    }
    (first, filled)
}

/// Fills the values from `at` to before `end`; the one before `at` is known.
fn fill(values: &mut [f64], at: usize, end: usize, period: Option<usize>) {
    let before = values[at - 1];
    let after = values.get(end).copied().unwrap_or(before);
    for gap in at..end {
        let earlier = period.and_then(|period| gap.checked_sub(period)).map(|earlier| values[earlier]);
        let share = (gap - at + 1) as f64 / (end - at + 1) as f64;
        values[gap] = earlier.unwrap_or(before + share * (after - before));
    }
}

#[cfg(test)]
mod tests {
    use super::complete;

    const NAN: f64 = f64::NAN;

    #[test]
    fn short_gaps_are_bridged_and_long_ones_repeat_the_period() {
        assert_eq!(complete(&[NAN, 1.0, NAN, 3.0, NAN], Some(2), 5), (1, vec![1.0, 2.0, 3.0, 3.0]));
        assert_eq!(complete(&[1.0, 5.0, NAN, NAN, 1.0], Some(2), 1), (0, vec![1.0, 5.0, 1.0, 5.0, 1.0]));
        assert_eq!(complete(&[NAN, NAN], None, 1), (2, vec![]));
    }
}
