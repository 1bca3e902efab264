//! What a caller hears of, and what becomes of an answer when it is asked for at once.

use std::sync::{Arc, Mutex};

use colocate_generator::{demo, small, tiny};
use colocate_model::{Axis, Checker, ComponentId, Cost, Placement, Problem, Score};
use colocate_solver::{
    InProcess, Interrupt, Method, ParetoParams, SearchParams, SearchState, Stop, attain, bounds_with, end_of,
    greedy, obstacles, pareto, search, solve, why_not, why_not_until,
};

fn interrupted() -> Stop {
    let interrupt = Interrupt::default();
    interrupt.interrupt();
    Stop::new(None, interrupt)
}

fn params(iterations: u64) -> SearchParams {
    SearchParams { seed: 1, iterations: Some(iterations), threads: 1 }
}

/// Where the start is feasible there is something to return.
fn problems() -> impl Iterator<Item = Problem> {
    let drafts = (0..40).map(tiny).chain([small(1), demo()]);
    let problems = drafts.map(|draft| draft.build().expect("generated drafts are valid"));
    problems.filter(|problem| Checker::new(problem).check(&problem.initial_placement()).is_feasible())
}

#[test]
fn every_method_that_is_interrupted_before_it_begins_returns_a_checked_placement_and_a_plan() {
    let mut asked = 0;
    for problem in problems() {
        let checker = Checker::new(&problem);
        let start = checker.check(&problem.initial_placement()).score;
        for method in Method::ALL {
            let stop = interrupted();
            let solved = solve(&problem, method, &params(1000), &stop).expect("the evaluators agree");
            let incumbent = solved.incumbent.as_ref().expect("the start is feasible");
            let verdict = checker.check(&incumbent.placement);
            assert!(verdict.is_feasible() && verdict.score <= start, "{}", method.name());
            assert_eq!(verdict.score, incumbent.score, "{}", method.name());
            let again = bounds_with(&problem, incumbent, &InProcess, &stop).expect("no bound is above it");
            assert!(again.iter().all(Option::is_some), "no term is negative");
            let (_, plan) = attain(&problem, solved, &params(1000), &stop);
            let plan = plan.expect("there is an incumbent");
            let end = checker.check(&end_of(&problem, &plan));
            assert!(end.is_feasible() && end.terms == plan.after, "{}", method.name());
            asked += 1;
        }
        let axes = [colocate_model::Term::Overload, colocate_model::Term::Balance].map(Axis::Term).to_vec();
        let front = ParetoParams { axes, points: 4, search: params(1000), ..ParetoParams::default() };
        let front = pareto(&problem, &front, &interrupted()).expect("the parameters fit");
        assert!(!front.points.is_empty(), "the start is feasible");
        assert!(front.points.iter().all(|point| checker.check(&point.placement).is_feasible()));
    }
    assert!(asked >= 40, "{asked} answers");
}

#[test]
fn obstacles_are_named_even_where_there_is_no_time_for_their_causes() {
    let mut named = 0;
    for problem in (0..40).map(|seed| tiny(seed).build().expect("generated drafts are valid")) {
        let placement = problem.initial_placement();
        let never = Stop::new(None, Interrupt::default());
        let rows = |stop: &Stop| -> Vec<_> {
            let found = obstacles(&problem, &placement, &params(50), stop);
            found.into_iter().map(|obstacle| obstacle.violations).collect()
        };
        let found = obstacles(&problem, &placement, &params(50), &interrupted());
        assert!(found.iter().all(|o| o.blocked.is_empty() && o.relaxations.is_empty()));
        assert_eq!(rows(&interrupted()), rows(&never));
        named += found.len();
        let components: Vec<ComponentId> = problem.component_ids().collect();
        assert!(why_not_until(&problem, &placement, &components, 2, &interrupted()).is_empty());
        let asked = why_not_until(&problem, &placement, &components, 2, &never);
        assert_eq!(asked, why_not(&problem, &placement, &components, 2));
    }
    assert!(named > 5, "{named} obstacles");
}

/// What an observer hears.
type Heard = Arc<Mutex<Vec<(usize, Cost, Option<Placement>)>>>;

fn listening() -> (Stop, Heard) {
    let heard = Heard::default();
    let list = heard.clone();
    let stop = Stop::new(None, Interrupt::default()).observed_by(move |progress| {
        let mut list = list.lock().expect("nobody panics");
        list.push((progress.goal, progress.total, progress.placement.cloned()));
    });
    (stop, heard)
}

/// Every placement is feasible and has the total it was told with, no total of a goal rises, and a report without a
/// placement is about the one before. Returns how many placements there were.
fn judge(problem: &Problem, heard: &Heard, name: &str) -> usize {
    let checker = Checker::new(problem);
    let mut least = vec![Cost::MAX; problem.policy.goals.len()];
    let (mut known, mut placements): (Option<Score>, usize) = (None, 0);
    for (goal, total, placement) in heard.lock().expect("nobody panics").iter() {
        if let Some(placement) = placement {
            let verdict = checker.check(placement);
            assert!(verdict.is_feasible(), "{name}: {:?}", verdict.broken);
            known = Some(verdict.score);
            placements += 1;
        }
        let known = known.as_ref().expect("the first report has a placement");
        assert_eq!(known.totals[*goal], *total, "{name}, goal {goal}");
        assert!(*total <= least[*goal], "{name}: goal {goal} rises to {total} from {}", least[*goal]);
        least[*goal] = *total;
    }
    placements
}

#[test]
fn every_placement_that_is_told_is_feasible_and_totals_only_fall() {
    let mut placements = 0;
    let tiny = problems().filter(|problem| problem.components.len() <= 6);
    for (index, problem) in tiny.enumerate() {
        for method in Method::ALL {
            let (stop, heard) = listening();
            let name = format!("problem {index}, {}", method.name());
            solve(&problem, method, &params(500), &stop).expect("the evaluators agree");
            let told = judge(&problem, &heard, &name);
            assert!(told > 0, "{name}: the start is told at least");
            placements += told;
        }
        let (stop, heard) = listening();
        let mut state = SearchState::new(&problem);
        greedy(&mut state);
        search(&mut state, &params(500), &stop);
        placements += judge(&problem, &heard, "search");
    }
    assert!(placements > 200, "{placements} placements");
}
