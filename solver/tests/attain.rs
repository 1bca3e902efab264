//! Plans that are attained end well: never worse than the start, at a placement the checker accepts.

use colocate_generator::{Generator, demo, small_params};
use colocate_model::{Checker, LeftOutReason, Score, Tolerance};
use colocate_solver::{Interrupt, Method, SearchParams, Stop, attain, end_of, plan, routing, solve};

#[test]
fn no_plan_ends_worse_than_the_start_or_than_the_first_plan() {
    let stop = Stop::new(None, Interrupt::default());
    let mut planned = 0;
    for seed in 0..24 {
        let problem = Generator::new(small_params(seed)).draft().build().expect("generated drafts are valid");
        let params = SearchParams { seed, iterations: Some(1500), threads: 1 };
        let solved = solve(&problem, Method::Search, &params, &stop).expect("the evaluators agree");
        let Some(incumbent) = &solved.incumbent else { continue };
        let goals = &problem.policy.goals;
        let first = Score::new(goals, &plan(&problem, &incumbent.placement).after);
        let (solved, attained) = attain(&problem, solved, &params, &stop);
        let attained = attained.expect("there is an incumbent");
        let checker = Checker::new(&problem);
        let incumbent = solved.incumbent.expect("it is kept");
        assert!(checker.check(&incumbent.placement).is_feasible(), "seed {seed}");
        let start = checker.check(&problem.initial_placement());
        let end = Score::new(goals, &attained.after);
        let others = [Some(first), start.is_feasible().then_some(start.score)];
        for other in others.into_iter().flatten() {
            let most = goals[0].tolerance.limit(other.totals[0]);
            assert!(end.totals[0] <= most, "seed {seed}");
            let exact = goals.iter().all(|goal| goal.tolerance == Tolerance::default());
            assert!(!exact || end <= other, "seed {seed}");
        }
        planned += attained.directives().count();
    }
    assert!(planned > 50, "{planned} directives");
}

#[test]
fn services_that_may_not_part_do_not_keep_the_demo_from_its_end() {
    let problem = demo().build().expect("the demo is valid");
    let stop = Stop::new(None, Interrupt::default());
    let params = SearchParams { seed: 1, iterations: Some(20_000), threads: 1 };
    let solved = solve(&problem, Method::Search, &params, &stop).expect("the evaluators agree");
    let attained = attain(&problem, solved, &params, &stop).1.expect("the start is feasible");
    let stuck = attained.left_out.iter().filter(|left| left.reason == LeftOutReason::NoSafeOrder).count();
    assert!(stuck * 10 <= attained.directives().count(), "{stuck} left out");
}

#[test]
fn the_routes_of_a_caller_and_an_edge_add_up_to_one() {
    let problem = demo().build().expect("the demo is valid");
    let placement = problem.initial_placement();
    assert_eq!(end_of(&problem, &plan(&problem, &placement)), placement);
    let routes = routing(&problem, &placement);
    assert!(!routes.is_empty());
    for same in routes.chunk_by(|a, b| (a.edge, a.from) == (b.edge, b.from)) {
        let sum: f64 = same.iter().map(|route| route.weight).sum();
        assert!((sum - 1.0).abs() < 1e-9 && same.iter().all(|route| route.weight > 0.0), "{same:?}");
    }
}
