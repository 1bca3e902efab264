//! Names are only names: hosts listed in another order give every placement the same score.

use colocate_generator::{Features, Generator, small_params, tiny_params};
use colocate_model::{Draft, HostId, Placement, Problem, Routing, check};
use colocate_solver::SearchState;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// The draft with its hosts listed in the order `old`: position n holds what was at `old[n]`.
fn relabelled(draft: &Draft, old: &[usize]) -> Draft {
    let mut relabelled = draft.clone();
    relabelled.hosts = old.iter().map(|&host| draft.hosts[host].clone()).collect();
    let costs = &draft.move_costs.pairs;
    if !costs.is_empty() {
        let pair = |a: usize| old.iter().map(move |&b| costs[a * old.len() + b]);
        relabelled.move_costs.pairs = old.iter().flat_map(|&a| pair(a)).collect();
    }
    relabelled
}

/// The same hosts by name.
fn translate(placement: &Placement, old: &[usize]) -> Placement {
    let mut new = vec![0; old.len()];
    old.iter().enumerate().for_each(|(now, &before)| new[before] = now);
    Placement::new(
        placement.iter().map(|(_, host)| host.map(|host| HostId::new(new[host.index()]))).collect(),
    )
}

fn build(draft: &Draft) -> Problem {
    draft.build().expect("generated drafts are valid")
}

/// Both evaluators judge random placements alike before and after the hosts change places.
fn compare(draft: &Draft, placements: usize, seed: u64, name: &str) {
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let mut old: Vec<usize> = (0..draft.hosts.len()).collect();
    old.shuffle(&mut rng);
    let (before, after) = (build(draft), build(&relabelled(draft, &old)));
    let mut placement = before.initial_placement();
    let mut state = SearchState::new(&after);
    for step in 0..placements {
        let (one, other) = (check(&before, &placement), check(&after, &translate(&placement, &old)));
        assert_eq!(one.terms, other.terms, "{name}: placement {step}");
        assert_eq!(one.score, other.score, "{name}: placement {step}");
        assert_eq!(one.is_feasible(), other.is_feasible(), "{name}: placement {step}");
        state.restore(&translate(&placement, &old));
        assert_eq!(state.score(), one.score, "{name}: placement {step}, incremental");
        for component in before.component_ids() {
            if rng.random_bool(0.2) {
                placement.set(component, Some(HostId::new(rng.random_range(0..old.len()))));
            }
        }
    }
}

/// With uniform routing: among equally cheap local-first flows the order of the hosts decides (docs/model.md).
fn uniform(mut draft: Draft) -> Draft {
    draft.policy.routing = Routing::Uniform;
    draft.edges.iter_mut().for_each(|edge| edge.routing = None);
    draft
}

#[test]
fn tiny_instances_with_everything_switched_at_random() {
    for seed in 0..200 {
        let draft = uniform(Generator::new(tiny_params(seed)).draft());
        compare(&draft, 8, seed, &format!("tiny {seed}"));
    }
}

#[test]
fn small_instances_where_every_pair_of_hosts_has_its_cost() {
    for seed in 0..40 {
        let mut params = small_params(seed);
        params.features.pair_costs = true;
        let draft = uniform(Generator::new(params).draft());
        assert_eq!(draft.move_costs.pairs.len(), draft.hosts.len() * draft.hosts.len());
        compare(&draft, 6, seed, &format!("small {seed}"));
    }
}

#[test]
fn local_first_routing_where_latency_is_all_that_flows_cost() {
    for seed in 0..40 {
        let features = Features {
            local_first: true,
            local_first_default: true,
            network_cost: false,
            edge_forecast: false,
            step_latency: false,
            uplink: false,
            ..small_params(seed).features
        };
        let draft = Generator::new(small_params(seed).with_features(features)).draft();
        compare(&draft, 6, seed, &format!("small {seed}"));
    }
}
