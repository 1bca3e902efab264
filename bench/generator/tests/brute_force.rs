//! Brute force finds what it should on instances small enough to reason about.

use colocate_generator::{brute_force, every_placement, tiny};
use colocate_model::draft::{
    ComponentDraft, EdgeDraft, GoalDraft, HostDraft, LatencyDraft, PathDraft, PolicyDraft, ResourceDraft,
    ServiceDraft,
};
use colocate_model::{Draft, HostId, check};

/// A caller on h0 and what it calls on h1; both fit on either host, but together they are over its soft limit.
fn pair() -> Draft {
    let host = |name| {
        let mut host = HostDraft::new(name).with_capacity("cpu", 1000);
        host.soft_limit.insert("cpu".into(), 700);
        host
    };
    let component = |name, service, host| ComponentDraft::new(name, service).on(host).with_demand("cpu", 400);
    let us =
        |us: f64| PathDraft { percentiles: [("p50".to_owned(), vec![us])].into(), ..PathDraft::default() };
    Draft {
        resources: vec![ResourceDraft::used("cpu", "mcpu")],
        hosts: vec![host("h0"), host("h1")],
        services: vec![ServiceDraft::new("a"), ServiceDraft::new("b")],
        components: vec![component("a.0", "a", "h0"), component("b.0", "b", "h1")],
        edges: vec![EdgeDraft {
            from: "a".into(),
            to: "b".into(),
            calls_per_s: 100.0,
            ..EdgeDraft::default()
        }],
        latency: Some(LatencyDraft {
            level: "host".into(),
            same_host_us: 10.0,
            paths: vec![("h0".into(), "h1".into(), us(500.0)), ("h1".into(), "h0".into(), us(500.0))],
            ..LatencyDraft::default()
        }),
        policy: PolicyDraft {
            goals: vec![GoalDraft::of(&["overload"]), GoalDraft::of(&["latency"])],
            ..PolicyDraft::default()
        },
        ..Draft::default()
    }
}

fn hosts(draft: &Draft) -> Vec<Option<HostId>> {
    let problem = draft.build().expect("the draft is valid");
    let (placement, _) = brute_force(&problem).expect("staying put is feasible");
    placement.iter().map(|(_, host)| host).collect()
}

#[test]
fn an_earlier_goal_keeps_the_pair_apart() {
    let hosts = hosts(&pair());
    assert_ne!(hosts[0], hosts[1]);
}

#[test]
fn a_tolerance_lets_a_later_goal_unite_the_pair() {
    let mut draft = pair();
    // 100 mCPU over the limit of one host of 1000 are 100,000 ppm, times the payback of 6 h.
    draft.policy.goals[0].absolute = 600_000;
    let united = hosts(&draft);
    assert_eq!(united[0], united[1]);
    draft.policy.goals[0].absolute = 599_999;
    let apart = hosts(&draft);
    assert_ne!(apart[0], apart[1]);
}

#[test]
fn nothing_is_feasible_when_a_pending_component_fits_nowhere() {
    let mut draft = pair();
    draft.components.push(ComponentDraft::new("a.1", "a").with_demand("cpu", 1100));
    assert!(brute_force(&draft.build().expect("the draft is valid")).is_none());
}

#[test]
fn the_best_is_no_worse_than_the_start() {
    let mut solved = 0;
    for seed in 0..200 {
        let problem = tiny(seed).build().expect("generated drafts are valid");
        assert!(every_placement(&problem).take(1000).count() <= 729);
        let Some((placement, score)) = brute_force(&problem) else { continue };
        solved += 1;
        let (start, best) = (check(&problem, &problem.initial_placement()), check(&problem, &placement));
        assert!(best.is_feasible());
        assert_eq!(best.score, score);
        if start.is_feasible() {
            let limit = problem.policy.goals[0].tolerance.limit(start.score.totals[0]);
            assert!(score.totals[0] <= limit, "seed {seed}");
        }
    }
    assert!(solved > 170, "only {solved} of 200 have a feasible placement");
}
