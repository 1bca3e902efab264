//! The incremental evaluator agrees with the naive checker after every change and its undoing.

mod common;

use colocate_generator::{Generator, small_params, tiny_params};
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

#[test]
fn on_tiny_instances_with_everything_switched_at_random() {
    let mut compared = 0;
    for seed in 0..300 {
        let problem = Generator::new(tiny_params(seed)).draft().build().expect("generated drafts are valid");
        compared +=
            common::walk(&problem, 300, 1, &mut Pcg64Mcg::seed_from_u64(seed), &format!("tiny {seed}"));
    }
    assert!(compared >= 130_000, "{compared}");
}

#[test]
fn on_small_instances() {
    let mut compared = 0;
    for seed in 0..24 {
        let problem = Generator::new(small_params(seed)).draft().build().expect("generated drafts are valid");
        compared +=
            common::walk(&problem, 700, 1, &mut Pcg64Mcg::seed_from_u64(seed), &format!("small {seed}"));
    }
    assert!(compared >= 20_000, "{compared}");
}
