//! Which pairs a probe would tell most of.

use super::Completed;

/// The pairs whose measurement would tell most, at most `limit`: those nothing is known of, then those that were not
/// measured, then the measured ones, each by the margin they are priced with, `rtt_us` x `relative_error`, the largest
/// first. What is measured exactly is left out.
#[must_use]
pub fn uncertain(completed: &Completed, limit: usize) -> Vec<(usize, usize)> {
    let margin =
        |at: usize| completed.estimates[at].map(|one| (one.measured, one.rtt_us * one.relative_error));
    let mut order: Vec<(bool, bool, f64, usize)> = (0..completed.estimates.len())
        .filter_map(|at| match margin(at) {
            None => Some((false, false, 0.0, at)),
            Some((true, margin)) if margin <= 0.0 => None,
            Some((measured, margin)) => Some((true, measured, margin, at)),
        })
        .collect();
    let compare = |a: &(bool, bool, f64, usize), b: &(bool, bool, f64, usize)| {
        (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.total_cmp(&a.2)).then(a.3.cmp(&b.3))
    };
    if limit < order.len() {
        order.select_nth_unstable_by(limit, compare);
        order.truncate(limit);
    }
    order.sort_unstable_by(compare);
    order.into_iter().map(|(.., at)| (at / completed.domains, at % completed.domains)).collect()
}
