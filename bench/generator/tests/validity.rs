//! Generated drafts are valid, and staying put is feasible.

use colocate_generator::{
    Features, Generator, GeneratorParams, Goals, large_params, medium_params, small, small_params,
    tiny_params,
};
use colocate_model::{Draft, Problem, check};

fn build(draft: &Draft, what: &str) -> Problem {
    draft.build().unwrap_or_else(|faults| panic!("{what}: {:#?}", faults.0))
}

/// Builds, and checks that what is not pending may stay.
fn assert_valid(params: &GeneratorParams) {
    let what = format!("seed {}, {:?}, {:?}", params.seed, params.goals, params.features.enabled());
    let problem = build(&Generator::new(params.clone()).draft(), &what);
    let pending = problem.components.iter().filter(|component| component.initial.is_none()).count();
    let verdict = check(&problem, &problem.initial_placement());
    assert_eq!(verdict.broken.len(), pending, "{what}: {:?}", verdict.broken);
    assert!(pending == 0 || params.features.pending, "{what}");
}

#[test]
fn any_tiny_seed_is_valid() {
    (0..500).for_each(|seed| assert_valid(&tiny_params(seed)));
}

#[test]
fn any_small_seed_is_valid() {
    (0..500).for_each(|seed| assert_valid(&small_params(seed)));
}

#[test]
fn any_medium_seed_is_valid() {
    (0..20).for_each(|seed| assert_valid(&medium_params(seed)));
}

#[test]
fn everything_at_once_is_valid() {
    for seed in 0..100 {
        for goals in [Goals::Default, Goals::OneGoal, Goals::Tolerance] {
            assert_valid(&tiny_params(seed).with_features(Features::all()).with_goals(goals));
            assert_valid(&small_params(seed).with_features(Features::all()).with_goals(goals));
        }
    }
}

#[test]
fn a_thousandth_of_everything_is_valid() {
    let one = GeneratorParams::default().with_topology(0, 0, 0).with_components(0, 0).with_horizon(0, 60);
    assert_valid(&one.clone().with_features(Features::none()));
    assert_valid(&one.with_features(Features::all()));
}

#[test]
fn plain_starts_rarely_violate_anything() {
    let mut clean = 0;
    for seed in 0..100 {
        let features = Features {
            overfull: false,
            broken_rules: false,
            pending: false,
            draining: false,
            down: false,
            unknown_pairs: false,
            ..Features::all()
        };
        let params = small_params(seed).with_features(features).with_fill(0.5);
        let problem = build(&Generator::new(params).draft(), "plain");
        let verdict = check(&problem, &problem.initial_placement());
        clean += usize::from(verdict.violations.is_empty());
    }
    assert!(clean >= 95, "only {clean} of 100 starts are clean");
}

#[test]
fn large_instances_have_the_size_that_is_asked_for() {
    let problem = build(&Generator::new(large_params(3_000, 157, 3)).draft(), "large");
    assert_eq!((problem.components.len(), problem.hosts.len()), (3_000, 157));
    let verdict = check(&problem, &problem.initial_placement());
    assert!(verdict.is_feasible());
}

#[test]
fn the_same_seed_gives_the_same_draft() {
    for seed in 0..20 {
        assert_eq!(format!("{:?}", small(seed)), format!("{:?}", small(seed)));
        assert_ne!(format!("{:?}", small(seed)), format!("{:?}", small(seed + 1)));
    }
}
