//! Bounds are bounds: never above what some placement reaches.

#[expect(clippy::disallowed_methods, reason = "tests read the environment")]
#[path = "../../adapters/files/tests/common/mod.rs"]
mod published;

use colocate_files::{rasa, roadef};
use colocate_generator::{Generator, every_placement, small_params, tiny_params};
use colocate_model::draft::{
    ComponentDraft, DomainDraft, EdgeDraft, GoalDraft, HostDraft, LatencyDraft, PathDraft, ResourceDraft,
    ServiceDraft,
};
use colocate_model::{Bound, Checker, Draft, Incumbent, Placement, Problem, Relaxation, Routing, check};
use colocate_solver::{Interrupt, SearchState, SolveError, Stop, bounds, greedy};

fn never() -> Stop {
    Stop::new(None, Interrupt::default())
}

fn incumbent(problem: &Problem, placement: Placement) -> Incumbent {
    let verdict = check(problem, &placement);
    assert!(verdict.is_feasible());
    Incumbent { placement, terms: verdict.terms, score: verdict.score }
}

/// Feasible by the greedy, else none.
fn some_incumbent(problem: &Problem) -> Option<Incumbent> {
    let mut state = SearchState::new(problem);
    greedy(&mut state);
    state.is_feasible().then(|| incumbent(problem, state.placement().clone()))
}

fn of(problem: &Problem, incumbent: &Incumbent) -> Vec<Bound> {
    let bounds = bounds(problem, incumbent, &never()).expect("no bound is above the incumbent");
    bounds.into_iter().map(|bound| bound.expect("no term is negative")).collect()
}

#[test]
fn no_bound_is_above_the_best_of_all_placements() {
    let (mut solvable, mut positive, mut tight, mut patterns, mut budgets) = (0, 0, 0, 0, 0);
    let counted = |condition: bool| usize::from(condition);
    for seed in 0..400 {
        let problem = Generator::new(tiny_params(seed)).draft().build().expect("generated drafts are valid");
        let checker = Checker::new(&problem);
        let feasible = |placement: Placement| {
            let verdict = checker.check(&placement);
            verdict.is_feasible().then_some((verdict.score, placement))
        };
        let all: Vec<_> = every_placement(&problem).filter_map(feasible).collect();
        let Some(worst) = all.iter().max_by(|a, b| a.0.cmp(&b.0)) else { continue };
        solvable += 1;
        budgets += counted(problem.policy.budgets.moves.is_some());
        for (goal, bound) in of(&problem, &incumbent(&problem, worst.1.clone())).into_iter().enumerate() {
            let best = all.iter().map(|(score, _)| score.totals[goal]).min().expect("there is one");
            assert!(bound.value <= best, "seed {seed}, goal {goal}: {bound:?} is above {best}");
            positive += counted(bound.value > 0);
            tight += counted(best > 0 && bound.value == best);
            patterns += counted(bound.relaxation == Relaxation::Pattern);
        }
    }
    assert!(solvable >= 200 && positive > 100 && tight > 20 && patterns > 50 && budgets > 20);
}

#[test]
fn the_same_problem_has_the_same_bounds() {
    for seed in 0..6 {
        let problem = Generator::new(small_params(seed)).draft().build().expect("generated drafts are valid");
        let Some(incumbent) = some_incumbent(&problem) else { continue };
        assert_eq!(of(&problem, &incumbent), of(&problem, &incumbent), "seed {seed}");
    }
}

/// `hosts` hosts of 10 cpu.
fn hosts(hosts: usize, terms: &[&str]) -> Draft {
    let host = |index: usize| HostDraft::new(&format!("h{index}")).with_capacity("cpu", 10);
    let mut draft = Draft {
        resources: vec![ResourceDraft::used("cpu", "mcpu")],
        hosts: (0..hosts).map(host).collect(),
        latency: Some(LatencyDraft {
            level: "host".into(),
            default_us: Some(1000.0),
            ..LatencyDraft::default()
        }),
        ..Draft::default()
    };
    draft.policy.goals = vec![GoalDraft::of(terms)];
    draft.policy.payback_s = None;
    draft
}

fn serve(draft: &mut Draft, service: &str, cpu: &[i64], host: &str) {
    draft.services.push(ServiceDraft::new(service));
    let component = |(index, &cpu): (usize, &i64)| {
        ComponentDraft::new(&format!("{service}.{index}"), service).on(host).with_demand("cpu", cpu)
    };
    draft.components.extend(cpu.iter().enumerate().map(component));
}

fn domain(name: &str) -> DomainDraft {
    DomainDraft { partition: "rack".into(), name: name.into(), ..DomainDraft::default() }
}

fn path(us: f64) -> PathDraft {
    PathDraft { percentiles: [("p50".to_owned(), vec![us])].into(), ..PathDraft::default() }
}

fn best(problem: &Problem) -> (i64, Incumbent) {
    let feasible = every_placement(problem).filter(|placement| check(problem, placement).is_feasible());
    let best = feasible.min_by_key(|placement| check(problem, placement).score).expect("there is one");
    let incumbent = incumbent(problem, best);
    (incumbent.score.totals[0], incumbent)
}

#[test]
fn load_that_fits_nowhere_is_bounded_exactly() {
    let mut draft = hosts(2, &["overload"]);
    draft.hosts.iter_mut().for_each(|host| _ = host.soft_limit.insert("cpu".into(), 4));
    draft.policy.overload_weights = [("cpu".to_owned(), 3.0)].into();
    serve(&mut draft, "web", &[6, 5], "h0");
    let problem = draft.build().expect("it is valid");
    let (least, incumbent) = best(&problem);
    assert_eq!((least, of(&problem, &incumbent)[0].value), (9, 9));
}

#[test]
fn ends_that_do_not_fit_together_are_bounded() {
    for (moves, thirds) in [(None, 2), (Some(1), 1), (Some(0), 0)] {
        let mut draft = hosts(3, &["latency"]);
        draft.policy.budgets.moves = moves;
        serve(&mut draft, "front", &[4], "h0");
        serve(&mut draft, "back", &[3, 3, 3], "h1");
        let (from, to, routing) = ("front".into(), "back".into(), Some(Routing::LocalFirst));
        draft.edges.push(EdgeDraft { from, to, routing, calls_per_s: 100.0, ..EdgeDraft::default() });
        let problem = draft.build().expect("it is valid");
        let apart = check(&problem, &problem.initial_placement()).score.totals[0];
        let (least, incumbent) = best(&problem);
        // One host holds the front and two of the three others; a move brings one of them.
        assert_eq!(least, apart - apart * thirds / 3, "{moves:?}");
        let bound = of(&problem, &incumbent)[0];
        assert_eq!(bound.relaxation, Relaxation::Pattern);
        // Half a pattern may be half a move: a budget of one is not bounded exactly, but better than none.
        let loose = 10 + if moves == Some(1) { apart / 6 } else { 0 };
        assert!(least - bound.value <= loose, "{moves:?}: {bound:?} of {least}");
    }
}

#[test]
fn a_move_that_gains_twice_is_paid_once() {
    for (levels, forests) in [(2, 1), (1, 2), (2, 2)] {
        let mut draft = hosts(4, &["latency", "migration"]);
        draft.partitions = vec!["rack".into()];
        draft.domains = ["r0", "r1"].map(domain).into();
        for (index, host) in draft.hosts.iter_mut().enumerate() {
            host.within.insert("rack".into(), format!("r{}", index / 2));
        }
        if levels == 2 {
            let latency = draft.latency.as_mut().expect("there are latencies");
            latency.level = "rack".into();
            latency.paths = ["r0", "r1"].map(|rack| (rack.to_owned(), rack.to_owned(), path(500.0))).into();
        }
        // Three services that call each other do not make a forest.
        let names = ["a", "b", "c"];
        for (name, host) in names.iter().zip(["h0", "h0", "h2"]) {
            serve(&mut draft, name, &[2], host);
        }
        for (from, to) in [("a", "b"), ("b", "c"), ("a", "c")].into_iter().skip(2 - forests) {
            let (from, to) = (from.into(), to.into());
            draft.edges.push(EdgeDraft { from, to, calls_per_s: 100.0, ..EdgeDraft::default() });
        }
        // A call that leaves its host costs 0.0036 $ an hour; a move pays for all of a component's calls, but not for
        // those of one level or to one peer.
        draft.policy.prices.usd_per_move = 0.0025 * forests as f64;
        let problem = draft.build().expect("it is valid");
        let (least, incumbent) = best(&problem);
        let bound = of(&problem, &incumbent)[0];
        assert!(bound.value <= least, "{levels} {forests}: {bound:?} of {least}");
    }
}

#[test]
fn a_total_below_a_bound_is_an_error() {
    let mut draft = hosts(1, &["overload"]);
    draft.hosts[0].soft_limit.insert("cpu".into(), 4);
    serve(&mut draft, "web", &[6], "h0");
    let problem = draft.build().expect("it is valid");
    let mut wrong = incumbent(&problem, problem.initial_placement());
    wrong.score.totals[0] -= 1;
    let error = bounds(&problem, &wrong, &never()).expect_err("no placement reaches that");
    assert!(matches!(error, SolveError::BoundAboveIncumbent { goal: 0, .. }));
}

#[test]
fn no_bound_is_above_what_is_known_of_published_assignments() {
    let Some(data) = published::data("no_bound_is_above_what_is_known_of_published_assignments") else {
        return;
    };
    // The best totals known, and the largest part of them that may lie above the bound, in ppm.
    let known = [
        ("a1_1", 44_306_501, 10),
        ("a1_2", 777_531_842, 10),
        ("a1_3", 583_005_719, 10),
        ("a1_4", 250_594_074, 40_000),
        ("a1_5", 727_578_310, 10),
        ("a2_1", 202, 1_000_000),
        ("a2_2", 746_097_632, 670_000),
        ("a2_3", 1_210_644_572, 530_000),
        ("a2_4", 1_680_570_261, 300),
        ("a2_5", 317_595_880, 40_000),
        ("b_1", 3_331_591_769, 16_000),
        ("b_2", 1_015_569_276, 500),
        ("b_3", 157_024_338, 3_000),
    ];
    for (name, best, ppm) in known {
        let file = |kind: &str| data.join(format!("roadef2012/{kind}_{name}.txt"));
        let draft = roadef::read(&file("model"), &file("assignment")).expect("it is well formed");
        let problem = draft.build().expect("it is valid");
        let bound = of(&problem, &incumbent(&problem, problem.initial_placement()))[0];
        assert!(bound.value <= best, "{name}: {bound:?}");
        assert!((best - bound.value) * 1_000_000 <= best * ppm, "{name}: {bound:?}");
    }
}

#[test]
fn a_published_cluster_cannot_gain_all_of_its_traffic() {
    let Some(data) = published::data("a_published_cluster_cannot_gain_all_of_its_traffic") else { return };
    let draft = rasa::read(&data.join("rasa/M3.json")).expect("it is well formed");
    let problem = draft.build().expect("it is valid");
    let total: i64 = 3_600_000_000_000_000;
    let bound = of(&problem, &some_incumbent(&problem).expect("the start is feasible"))[0];
    assert_eq!(bound.relaxation, Relaxation::Pattern);
    // At most 91.5 % is gained; 87.0 % is the most that is known to be.
    let gained = |permille: i64| total / 1000 * (1000 - permille);
    assert!(gained(915) <= bound.value && bound.value <= gained(870), "{bound:?}");
}
