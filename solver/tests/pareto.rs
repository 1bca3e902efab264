//! Fronts: feasible, none of their points dominated, and on tiny instances the true ones.

use std::collections::BTreeSet;

use colocate_generator::{Features, Generator, Goals, every_placement, small_params, tiny_params};
use colocate_model::{Axis, Certificate, Checker, Cost, Front, Placement, Problem, Status, Term};
use colocate_solver::{Interrupt, ParetoError, ParetoParams, SearchParams, Stop, pareto};

const LATENCY: Axis = Axis::Term(Term::Latency);

fn params(axes: &[Axis], points: usize, iterations: u64) -> ParetoParams {
    ParetoParams {
        axes: axes.to_vec(),
        points,
        search: SearchParams { seed: 1, iterations: Some(iterations), threads: 1 },
        ..ParetoParams::default()
    }
}

fn never() -> Stop {
    Stop::new(None, Interrupt::default())
}

fn front(problem: &Problem, params: &ParetoParams) -> Front {
    pareto(problem, params, &never()).expect("the parameters fit and the evaluators agree")
}

/// Six components on at most three hosts: with terms to trade and little else that decides, or under some constraints.
fn tiny(seed: u64) -> Problem {
    let traded = Features {
        latency: true,
        asymmetric_latency: true,
        network_cost: true,
        peak_utilisation: true,
        ..Features::none()
    };
    let bound = Features {
        anti_affinity: seed % 4 == 1,
        soft_limits: seed % 4 == 1,
        pending: seed % 4 == 3,
        local_first: seed % 8 > 3,
        overfull: seed % 8 == 3,
        draining: seed % 8 == 5,
        ..traded
    };
    let params = tiny_params(seed).with_components(4, 6).with_fill(0.4);
    let draft =
        Generator::new(params.with_features(if seed.is_multiple_of(2) { traded } else { bound })).draft();
    draft.build().expect("generated drafts are valid")
}

/// A hundred components on a dozen hosts.
fn small() -> Problem {
    let params = small_params(3).with_features(Features::typical()).with_goals(Goals::OneGoal);
    Generator::new(params).draft().build().expect("generated drafts are valid")
}

/// The values of a placement; moves are counted as the difference of two budgets would be: class by class.
fn values(problem: &Problem, checker: &Checker<'_>, placement: &Placement, axes: &[Axis]) -> Vec<Cost> {
    let terms = checker.check(placement).terms;
    let moves = || -> usize {
        let count = |class: &Vec<colocate_model::ComponentId>| {
            let settled = || class.iter().copied().filter(|&id| problem.component(id).is_settled());
            let hosts = problem.host_ids();
            hosts
                .map(|host| {
                    let new = settled().filter(|&id| placement.host(id) == Some(host)).count();
                    let old = settled().filter(|&id| problem.component(id).initial == Some(host)).count();
                    new.saturating_sub(old)
                })
                .sum::<usize>()
        };
        problem.classes.iter().map(count).sum()
    };
    let value = |axis: &Axis| match axis {
        Axis::Term(term) => terms.get(*term),
        Axis::Moves => moves() as Cost,
    };
    axes.iter().map(value).collect()
}

fn dominates(a: &[Cost], b: &[Cost]) -> bool {
    a != b && a.iter().zip(b).all(|(a, b)| a <= b)
}

/// The true front, by trying every placement: those that are best in the goals before the axes, within tolerance.
fn true_front(problem: &Problem, axes: &[Axis]) -> BTreeSet<Vec<Cost>> {
    let checker = Checker::new(problem);
    let mut feasible: Vec<_> = every_placement(problem)
        .map(|placement| (checker.check(&placement), placement))
        .filter(|(verdict, _)| verdict.is_feasible())
        .collect();
    let counts =
        |axis: &Axis, goal: &colocate_model::Goal| matches!(axis, Axis::Term(term) if goal.has(*term));
    for goal in problem.policy.goals.iter().take_while(|goal| !axes.iter().any(|axis| counts(axis, goal))) {
        let totals = feasible.iter().map(|(verdict, _)| goal.total(&verdict.terms));
        let Some(best) = totals.min() else { break };
        feasible.retain(|(verdict, _)| goal.total(&verdict.terms) <= goal.tolerance.limit(best));
    }
    let all: BTreeSet<Vec<Cost>> =
        feasible.iter().map(|(_, placement)| values(problem, &checker, placement, axes)).collect();
    all.iter().filter(|a| !all.iter().any(|b| dominates(b, a))).cloned().collect()
}

/// Over tiny instances whose fronts have several points: how many there are, how many of the fronts are found whole,
/// and how many points of theirs are found, of how many.
#[derive(Debug, Default)]
struct Comparison {
    fronts: usize,
    whole: usize,
    found: usize,
    points: usize,
}

fn compare(axes: &[Axis], solves: usize, iterations: u64, seeds: u64) -> Comparison {
    let mut all = Comparison::default();
    for seed in 0..seeds {
        let problem = tiny(seed);
        let truth = true_front(&problem, axes);
        let front = front(&problem, &params(axes, solves, iterations));
        let checker = Checker::new(&problem);
        for point in &front.points {
            assert!(checker.check(&point.placement).is_feasible(), "seed {seed}");
            assert_eq!(point.values, values(&problem, &checker, &point.placement, axes), "seed {seed}");
            let dominated = front.points.iter().any(|other| dominates(&other.values, &point.values));
            assert!(!dominated, "seed {seed}");
            // Only who gives up something of the goals that come before can be better than the truth.
            let possible = truth.contains(&point.values) || truth.iter().any(|t| dominates(t, &point.values));
            assert!(possible || !front.held.is_empty(), "seed {seed}: {:?}", point.values);
            let certified = point.certificate == Certificate::Certified;
            assert!(!certified || truth.contains(&point.values), "seed {seed}");
        }
        if truth.len() > 1 {
            let found: BTreeSet<Vec<Cost>> = front.points.into_iter().map(|point| point.values).collect();
            all.fronts += 1;
            all.whole += usize::from(found == truth);
            all.found += truth.intersection(&found).count();
            all.points += truth.len();
        }
    }
    all
}

#[test]
fn most_fronts_of_latency_and_moves_are_found_whole() {
    let all = compare(&[LATENCY, Axis::Moves], 60, 4000, 80);
    assert!(all.fronts >= 50 && all.whole * 10 >= all.fronts * 9, "{all:?}");
}

#[test]
fn most_fronts_of_two_terms_are_found_whole() {
    let all = compare(&[Axis::Term(Term::Balance), LATENCY], 100, 3000, 80);
    assert!(all.fronts >= 50 && all.whole * 10 >= all.fronts * 8, "{all:?}");
}

#[test]
fn most_points_of_fronts_of_three_axes_are_found() {
    let all = compare(&[Axis::Moves, Axis::Term(Term::Balance), LATENCY], 400, 2000, 40);
    assert!(all.fronts >= 25 && all.found * 4 >= all.points * 3, "{all:?}");
}

#[test]
fn the_same_parameters_give_the_same_front_and_more_points_no_smaller_one() {
    let problem = small();
    let axes = [LATENCY, Axis::Moves];
    let of = |points: usize| {
        let front = front(&problem, &params(&axes, points, 3000));
        let points: Vec<_> = front.points.iter().map(|p| (p.values.clone(), p.placement.clone())).collect();
        (points, front.hypervolume, front.knee, front.solves)
    };
    let few = of(4);
    assert_eq!(few, of(4));
    let many = of(8);
    assert!(many.1.share >= few.1.share && few.3 <= 4 && many.3 <= 8, "{few:?} {many:?}");
}

#[test]
fn caps_are_looked_at_where_they_are_given() {
    let problem = small();
    let caps = ParetoParams { caps: vec![9, 3], ..params(&[LATENCY, Axis::Moves], 1, 3000) };
    let front = front(&problem, &caps);
    assert!(front.points.iter().any(|point| point.values[1] <= 3), "{:?}", front.points);
    assert!(front.points.iter().any(|point| (4..=9).contains(&point.values[1])), "{:?}", front.points);
}

#[test]
fn a_negative_cap_holds_nothing() {
    let caps = ParetoParams { caps: vec![-3], ..params(&[LATENCY, Axis::Moves], 1, 300) };
    assert_eq!(front(&small(), &caps).solves, 1);
}

#[test]
fn an_interrupt_leaves_what_was_found() {
    let problem = small();
    let interrupt = Interrupt::default();
    interrupt.interrupt();
    let stop = Stop::new(None, interrupt);
    let front = pareto(&problem, &params(&[LATENCY, Axis::Moves], 8, 3000), &stop).expect("it is an answer");
    assert_eq!((front.status, front.solves), (Status::Feasible, 1));
    assert!(!front.points.is_empty());
}

#[test]
fn parameters_that_make_no_sense_are_refused() {
    let problem = tiny(0);
    let refused = |params: &ParetoParams| pareto(&problem, params, &never()).expect_err("it is refused");
    for axes in [&[LATENCY][..], &[LATENCY, LATENCY], &[LATENCY, Axis::Moves, LATENCY, Axis::Moves]] {
        assert!(matches!(refused(&params(axes, 4, 10)), ParetoError::Axes));
    }
    let short = ParetoParams { reference: Some(vec![1]), ..params(&[LATENCY, Axis::Moves], 4, 10) };
    assert!(matches!(refused(&short), ParetoError::Reference { given: 1, axes: 2 }));
}
