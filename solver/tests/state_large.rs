//! The two evaluators agree on instances of a thousand components, and on published ones of thousands.

mod common;
#[expect(clippy::disallowed_methods, reason = "tests read the environment")]
#[path = "../../adapters/files/tests/common/mod.rs"]
mod published;

use colocate_files::{rasa, roadef};
use colocate_generator::{Generator, medium_params};
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

#[test]
fn on_medium_instances_at_every_change() {
    for seed in 0..8 {
        let problem =
            Generator::new(medium_params(seed)).draft().build().expect("generated drafts are valid");
        common::walk(&problem, 150, 1, &mut Pcg64Mcg::seed_from_u64(seed), &format!("medium {seed}"));
    }
}

#[test]
fn on_a_roadef_instance_every_hundredth_change() {
    let Some(data) = published::data("on_a_roadef_instance_every_hundredth_change") else { return };
    let file = |kind: &str| data.join(format!("roadef2012/{kind}_b_1.txt"));
    let draft = roadef::read(&file("model"), &file("assignment")).expect("it is well formed");
    let problem = draft.build().expect("it is valid");
    common::walk(&problem, 20_000, 100, &mut Pcg64Mcg::seed_from_u64(1), "b_1");
}

#[test]
fn on_a_rasa_cluster_every_hundredth_change() {
    let Some(data) = published::data("on_a_rasa_cluster_every_hundredth_change") else { return };
    let draft = rasa::read(&data.join("rasa/M3.json")).expect("it is well formed");
    let problem = draft.build().expect("it is valid");
    common::walk(&problem, 20_000, 100, &mut Pcg64Mcg::seed_from_u64(1), "M3");
}
