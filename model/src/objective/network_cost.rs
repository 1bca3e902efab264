//! Bytes x price of their paths.

use crate::check::Tally;
use crate::quantity::Cost;

use super::weighted_sum;

/// Sum over the edges of round(sum over steps and pairs of hosts of weight x bytes x flow x tier x rate / (W n n')).
pub(super) fn value(tally: &Tally) -> Cost {
    let problem = tally.problem;
    let costs = tally.flows().map(|(edge, flow)| {
        let edge = &problem.traffic.edges[edge.index()];
        let bytes = weighted_sum(problem, |step| edge.bytes[step].into());
        let mut sum = 0;
        if bytes > 0 {
            flow.for_each(|a, b, units| sum += i128::from(units) * i128::from(problem.network_price(a, b)));
        }
        edge.byte_rate.times(bytes * sum)
    });
    costs.sum()
}

#[cfg(test)]
mod tests {
    use crate::check::fixture::{draft, serve, value};
    use crate::draft::EdgeDraft;
    use crate::score::Term;

    #[test]
    fn bytes_pay_the_innermost_tier_their_ends_share() {
        let mut draft = draft(4);
        serve(&mut draft, "a", &[Some(0)]);
        serve(&mut draft, "b", &[Some(0)]);
        let (from, to) = ("a".into(), "b".into());
        draft.edges.push(EdgeDraft { from, to, bytes_per_s: 1e6, ..EdgeDraft::default() });
        let prices = [("same_rack".to_owned(), 0.001), ("other_rack".to_owned(), 0.01)];
        draft.policy.prices.network_usd_per_gb = Some(prices.into());
        let problem = draft.build().unwrap();
        // 3.6 GB an hour.
        let values = [0, 1, 2].map(|host| value(&problem, Term::NetworkCost, &[(1, host)]));
        assert_eq!(values, [0, 3_600_000, 36_000_000]);
    }
}
