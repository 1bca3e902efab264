//! Too few pairs for a model: what is usual of both domains.

use super::pairs::Pair;
use crate::coordinate::median;

/// The median logarithm of the pairs of every domain; `None` where there are none.
pub(super) fn medians(domains: usize, pairs: &[Pair]) -> Vec<Option<f64>> {
    let mut of = vec![Vec::new(); domains];
    for pair in pairs {
        of[pair.from].push(pair.log);
        of[pair.to].push(pair.log);
    }
    of.into_iter().map(|logs| (!logs.is_empty()).then(|| median(logs))).collect()
}
