//! Matrices whose truth is known are completed; hostile input is told.

use colocate_latency::Coordinate;
use colocate_latency::completion::{Basis, Completed, Input, InputFault, Observation, complete, uncertain};
use proptest::prelude::*;

/// A number within 0..1 that follows from two others.
fn draw(seed: usize, position: usize) -> f64 {
    let mut x = ((seed as u64) << 32) ^ position as u64 ^ 0x2545_f491_4f6c_dd1d;
    for _ in 0..3 {
        x = (x ^ (x >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    (x >> 11) as f64 / (1u64 << 53) as f64
}

/// The share of pairs for which `seen` that `truth` gives, measured exactly.
fn observe(domains: usize, truth: &dyn Fn(usize, usize) -> f64, seen: f64) -> Vec<Observation> {
    let all = (0..domains * domains).filter(|at| at / domains != at % domains);
    all.filter(|&at| draw(1, at) < seen)
        .map(|at| observation(at / domains, at % domains, truth(at / domains, at % domains)))
        .collect()
}

fn observation(from: usize, to: usize, rtt_us: f64) -> Observation {
    Observation { from, to, rtt_us, relative_error: 0.0 }
}

fn completed(domains: usize, observations: &[Observation], prior: &[Option<Coordinate>]) -> Completed {
    complete(&Input { domains, observations, prior, seed: 0 }).expect("the input is sound")
}

/// Relative errors of what was not measured, the least first.
fn errors(completed: &Completed, truth: &dyn Fn(usize, usize) -> f64) -> Vec<f64> {
    let n = completed.domains;
    let different = (0..n * n).map(|at| (at / n, at % n)).filter(|(from, to)| from != to);
    let estimates = different.filter_map(|(from, to)| Some((from, to, completed.get(from, to)?)));
    let unmeasured = estimates.filter(|(.., estimate)| !estimate.measured);
    let mut errors: Vec<f64> =
        unmeasured.map(|(from, to, estimate)| (estimate.rtt_us / truth(from, to) - 1.0).abs()).collect();
    errors.sort_by(f64::total_cmp);
    errors
}

/// Points in a plane, with heights.
fn plane(from: usize, to: usize) -> f64 {
    let at = |domain| [draw(2, domain), draw(3, domain)].map(|x| 1000.0 * x);
    let ([x, y], [u, v]) = (at(from), at(to));
    (x - u).hypot(y - v) + 30.0 + 50.0 * (draw(4, from) + draw(4, to))
}

/// Rank 1 and biases, in logarithms; the way back is another.
fn product(from: usize, to: usize) -> f64 {
    (5.0 + draw(5, from) + draw(6, to) + 3.0 * (draw(7, from) - 0.5) * (draw(8, to) - 0.5)).exp()
}

#[test]
fn points_in_a_plane_are_recovered() {
    let completed = completed(60, &observe(60, &plane, 0.4), &[]);
    let errors = errors(&completed, &plane);
    assert!(errors[errors.len() / 2] < 0.01 && errors[errors.len() * 9 / 10] < 0.05, "{:?}", completed.basis);
    assert!(matches!(completed.basis, Basis::Model { space_share, .. } if space_share > 0.5));
}

#[test]
fn low_rank_is_recovered_where_no_space_fits() {
    let completed = completed(60, &observe(60, &product, 0.5), &[]);
    let errors = errors(&completed, &product);
    assert!(errors[errors.len() / 2] < 0.05, "{} {:?}", errors[errors.len() / 2], completed.basis);
    assert!(matches!(completed.basis, Basis::Model { space_share, .. } if space_share < 0.5));
}

#[test]
fn intervals_cover_what_they_claim() {
    let noisy = |from: usize, to: usize| plane(from, to) * (0.4 * (draw(9, from * 100 + to) - 0.5)).exp();
    let completed = completed(80, &observe(80, &noisy, 0.3), &[]);
    let n = completed.domains;
    let within = |at: usize| {
        let estimate = completed.get(at / n, at % n).filter(|estimate| !estimate.measured)?;
        (at / n != at % n)
            .then(|| (noisy(at / n, at % n) / estimate.rtt_us - 1.0).abs() <= estimate.relative_error)
    };
    let within: Vec<bool> = (0..n * n).filter_map(within).collect();
    let share = within.iter().filter(|within| **within).count() as f64 / within.len() as f64;
    assert!((0.85..=0.95).contains(&share), "{share}");
}

#[test]
fn a_prior_places_a_domain_that_nobody_measured() {
    let coordinate = |domain| Coordinate {
        vector: vec![draw(2, domain) * 1e-3, draw(3, domain) * 1e-3],
        height: 15e-6 + 50e-6 * draw(4, domain),
        adjustment: 0.0,
        error: 0.1,
    };
    let mut observations = observe(40, &plane, 0.4);
    observations.retain(|observation| observation.from != 7 && observation.to != 7);
    let without = completed(40, &observations, &[]);
    assert_eq!(without.get(7, 3), None);
    let prior: Vec<Option<Coordinate>> = (0..40).map(|domain| Some(coordinate(domain))).collect();
    let with = completed(40, &observations, &prior);
    for to in (0..40).filter(|&to| to != 7) {
        let estimate = with.get(7, to).expect("the prior places it");
        assert!((estimate.rtt_us / plane(7, to) - 1.0).abs() < 0.2, "{to}: {estimate:?}");
        assert!(estimate.relative_error >= 0.5, "{estimate:?}");
    }
    let alone = completed(40, &[], &prior);
    let estimate = alone.get(1, 2).expect("the prior places both");
    assert!((estimate.rtt_us / plane(1, 2) - 1.0).abs() < 0.02, "{estimate:?}");
    assert_eq!(alone.basis, Basis::Guess);
}

#[test]
fn few_pairs_make_a_guess_and_islands_are_no_model() {
    let few = completed(5, &[observation(0, 1, 100.0), observation(1, 2, 400.0)], &[]);
    assert_eq!(few.basis, Basis::Guess);
    let guess = few.get(0, 2).expect("both are observed");
    assert!((100.0..=400.0).contains(&guess.rtt_us) && guess.relative_error >= 1.0, "{guess:?}");
    assert_eq!(few.get(1, 0).map(|back| back.rtt_us), Some(100.0));
    assert_eq!((few.get(0, 3), few.get(0, 0), few.get(9, 0)), (None, None, None));
    let mut islands = observe(20, &plane, 0.9);
    islands.retain(|observation| (observation.from < 10) == (observation.to < 10));
    let islands = completed(20, &islands, &[]);
    assert!(matches!(islands.basis, Basis::Model { .. }));
    assert!(islands.get(3, 14).is_some_and(|across| across.relative_error >= 1.0));
}

#[test]
fn the_way_back_tells_most_of_the_way_there() {
    // Detours that no space knows, alike both ways.
    let detour = |from: usize, to: usize| {
        plane(from, to) * if draw(10, from.min(to) * 100 + from.max(to)) < 0.3 { 4.0 } else { 1.0 }
    };
    let mut observations = observe(40, &detour, 0.6);
    observations.retain(|one| (one.from, one.to) != (4, 9));
    observations.retain(|one| (one.from, one.to) != (9, 4));
    observations.push(observation(9, 4, detour(9, 4)));
    let completed = completed(40, &observations, &[]);
    let there = completed.get(4, 9).expect("both are observed");
    assert!((there.rtt_us / detour(4, 9) - 1.0).abs() < 0.01, "{there:?}");
    assert!(there.relative_error < 0.05, "{there:?}");
}

#[test]
fn the_way_inside_a_domain_is_that_of_the_others() {
    let own: Vec<Observation> =
        (0..20).map(|domain| observation(domain, domain, 90.0 + domain as f64)).collect();
    let inside = completed(21, &own, &[]).get(20, 20).expect("others are known");
    assert!((99.0..=100.0).contains(&inside.rtt_us) && (0.05..0.2).contains(&inside.relative_error));
}

#[test]
fn the_same_input_gives_the_same_matrix_in_any_order() {
    let mut observations = observe(40, &product, 0.4);
    let first = completed(40, &observations, &[]);
    assert_eq!(first, completed(40, &observations, &[]));
    observations.reverse();
    let reversed = completed(40, &observations, &[]);
    let close = first.estimates.iter().zip(&reversed.estimates).all(|(a, b)| match (a, b) {
        (Some(a), Some(b)) => (a.rtt_us / b.rtt_us - 1.0).abs() < 0.2,
        _ => a.is_none() && b.is_none(),
    });
    assert!(close);
}

#[test]
fn what_would_tell_most_is_asked_for_first() {
    let observations = [
        Observation { relative_error: 0.5, ..observation(0, 1, 100.0) },
        Observation { relative_error: 0.5, ..observation(1, 0, 300.0) },
        observation(0, 0, 10.0),
        observation(1, 1, 10.0),
        observation(1, 2, 100.0),
    ];
    let order = uncertain(&completed(4, &observations, &[]), 100);
    let at = |pair| order.iter().position(|&found| found == pair);
    // Domain 3 is unknown, 0 to 2 is guessed, 1 to 0 is the wider of the measured, 0 to 0 is exact.
    assert!(at((3, 0)) < at((0, 2)) && at((0, 2)) < at((1, 0)) && at((1, 0)) < at((0, 1)));
    assert_eq!((at((0, 0)), order.len()), (None, 13));
    assert_eq!(uncertain(&completed(4, &observations, &[]), 3), order[..3]);
}

#[test]
fn all_faults_are_told_at_once() {
    let observations = [
        observation(0, 1, 0.0),
        observation(0, 1, f64::INFINITY),
        observation(5, 0, -1.0),
        Observation { relative_error: f64::NAN, ..observation(1, 0, 5.0) },
    ];
    let prior = [Some(Coordinate { vector: vec![f64::NAN], height: 0.0, adjustment: 0.0, error: 0.0 })];
    let error =
        complete(&Input { domains: 2, observations: &observations, prior: &prior, seed: 0 }).unwrap_err();
    let duplicate = InputFault::Duplicate { index: 1, first: 0, from: 0, to: 1 };
    assert_eq!(
        error.faults[..5],
        [
            InputFault::RoundTrip { index: 0, rtt_us: 0.0 },
            InputFault::RoundTrip { index: 1, rtt_us: f64::INFINITY },
            duplicate,
            InputFault::NoSuchDomain { index: 2, domain: 5, domains: 2 },
            InputFault::RoundTrip { index: 2, rtt_us: -1.0 },
        ]
    );
    assert!(matches!(error.faults[5], InputFault::RelativeError { index: 3, .. }));
    assert_eq!(
        error.faults[6..],
        [InputFault::PriorLength { priors: 1, domains: 2 }, InputFault::Prior { domain: 0 }]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn estimates_are_numbers_whatever_was_measured(
        domains in 0usize..14,
        numbers in proptest::collection::vec((0usize..14, 0usize..14, -6.0..9.0f64, 0.0..100.0f64), 0..150),
        seed in any::<u64>(),
        placed in any::<bool>(),
    ) {
        let mut observations: Vec<Observation> = numbers
            .into_iter()
            .filter(|(from, to, ..)| *from < domains && *to < domains)
            .map(|(from, to, power, error)| Observation { from, to, rtt_us: 10f64.powf(power), relative_error: error })
            .collect();
        observations.sort_by_key(|observation| (observation.from, observation.to));
        observations.dedup_by_key(|observation| (observation.from, observation.to));
        let odd = Coordinate { vector: vec![1e3, -1e3], height: 0.0, adjustment: -1e3, error: 1e3 };
        let prior = if placed { vec![Some(odd); domains] } else { Vec::new() };
        let completed = complete(&Input { domains, observations: &observations, prior: &prior, seed }).unwrap();
        prop_assert_eq!(completed.estimates.len(), domains * domains);
        for estimate in completed.estimates.iter().flatten() {
            prop_assert!(estimate.rtt_us > 0.0 && estimate.rtt_us.is_finite(), "{:?}", estimate);
            prop_assert!((0.0..=100.0).contains(&estimate.relative_error), "{:?}", estimate);
        }
    }
}
