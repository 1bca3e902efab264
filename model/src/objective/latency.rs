//! Calls x latency of their paths.

use crate::check::Tally;
use crate::quantity::Cost;
use crate::routing::{matrix_weights, weighted_price};

/// Sum over the edges of round(sum over steps and pairs of hosts of weight x calls x flow x price x rate / (W n n')).
pub(super) fn value(tally: &Tally) -> Cost {
    let problem = tally.problem;
    let costs = tally.flows().map(|(edge, flow)| {
        let edge = &problem.traffic.edges[edge.index()];
        let calls = |step: usize| i128::from(problem.step_weights[step]) * i128::from(edge.calls[step]);
        let weights = matrix_weights(problem, calls);
        let mut sum = 0;
        if weights.iter().any(|&weight| weight > 0) {
            flow.for_each(|a, b, units| sum += i128::from(units) * weighted_price(problem, &weights, a, b));
        }
        edge.call_rate.times(sum)
    });
    costs.sum()
}

#[cfg(test)]
mod tests {
    use crate::check::fixture::{draft, serve, value};
    use crate::draft::EdgeDraft;
    use crate::score::Term;
    use crate::traffic::Routing;

    #[test]
    fn calls_pay_for_the_latency_of_their_paths() {
        let mut draft = draft(4);
        serve(&mut draft, "a", &[Some(0), Some(2)]);
        serve(&mut draft, "b", &[Some(0), Some(2)]);
        let (from, to) = ("a".into(), "b".into());
        draft.edges.push(EdgeDraft { from, to, calls_per_s: 100.0, ..EdgeDraft::default() });
        let uniform = draft.build().unwrap();
        // 100 calls/s x 3600 s x 0.1 ms x 0.01 $ per million call ms = 360,000 nano$ where all cross.
        assert_eq!(value(&uniform, Term::Latency, &[]), 180_000);
        assert_eq!(value(&uniform, Term::Latency, &[(1, 0), (2, 2)]), 360_000);
        draft.edges[0].routing = Some(Routing::LocalFirst);
        let local_first = draft.build().unwrap();
        assert_eq!(value(&local_first, Term::Latency, &[]), 0);
        // Half stays in the rack, 10 µs; the other half stays on its host.
        assert_eq!(value(&local_first, Term::Latency, &[(0, 1)]), 18_000);
    }

    #[test]
    fn latency_counts_as_the_mean_over_the_horizon() {
        let mut draft = draft(2);
        serve(&mut draft, "a", &[Some(0)]);
        serve(&mut draft, "b", &[Some(1)]);
        let (from, to) = ("a".into(), "b".into());
        draft.edges.push(EdgeDraft { from, to, calls_per_s: 100.0, ..EdgeDraft::default() });
        let latency = draft.latency.as_mut().unwrap();
        latency.step_s = Some(300);
        latency.paths[0].2.percentiles.insert("p50".into(), vec![50.0, 150.0]);
        assert_eq!(value(&draft.build().unwrap(), Term::Latency, &[]), 360_000);
    }
}
