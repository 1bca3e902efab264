//! Explanations are true: gains add up, what blocks is what the checker says, relaxations let the answer be.

#[expect(clippy::disallowed_methods, reason = "tests read the environment")]
#[path = "../../adapters/files/tests/common/mod.rs"]
mod published;

use std::collections::BTreeMap;

use colocate_files::rasa;
use colocate_generator::{Generator, brute_force, demo, small_params, tiny_params};
use colocate_model::draft::{ComponentDraft, HostDraft, ResourceDraft, ServiceDraft};
use colocate_model::{
    Checker, ComponentId, Cost, Draft, HostId, HostState, Placement, Plan, Problem, Proof, Row, Score,
    Status, Term, Terms, check,
};
use colocate_solver::{
    Interrupt, Method, SearchParams, Stop, attain, contributions, end_of, greedy, obstacles, plan, relax,
    solve, what_if, why_not,
};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

fn stop() -> Stop {
    Stop::new(None, Interrupt::default())
}

fn params(seed: u64, iterations: u64) -> SearchParams {
    SearchParams { seed, iterations: Some(iterations), threads: 1 }
}

/// The plan of a short search; `None` where nothing feasible is found.
fn planned(problem: &Problem, seed: u64, iterations: u64) -> Option<Plan> {
    let params = params(seed, iterations);
    let solved = solve(problem, Method::Search, &params, &stop()).expect("the evaluators agree");
    attain(problem, solved, &params, &stop()).1
}

fn counted(problem: &Problem) -> Vec<Term> {
    let counts = |term: &Term| problem.policy.goals.iter().any(|goal| goal.has(*term));
    Term::ALL.into_iter().filter(counts).collect()
}

/// Gains of the directives add up to the change of the plan, per term and per goal; how many directives there were.
fn adds_up(problem: &Problem, plan: &Plan, name: &str) -> usize {
    let directives = plan.directives().map(|d| (d.component, d.target.expect("it names hosts")));
    let steps: Vec<(ComponentId, HostId)> = directives.collect();
    let parts = contributions(problem, &steps);
    assert_eq!(parts.len(), plan.directives().count());
    for (part, directive) in parts.iter().zip(plan.directives()) {
        assert_eq!((part.source, part.gain), (directive.source, directive.gain), "{name}");
    }
    for term in counted(problem) {
        let sum: Cost = parts.iter().map(|part| part.gain.get(term)).sum();
        assert_eq!(sum, plan.before.get(term) - plan.after.get(term), "{name}: {}", term.name());
    }
    for goal in &problem.policy.goals {
        let sum: Cost = parts.iter().map(|part| goal.total(&part.gain)).sum();
        assert_eq!(sum, goal.total(&plan.before) - goal.total(&plan.after), "{name}");
    }
    parts.len()
}

fn moved(plan: &Plan) -> Vec<ComponentId> {
    let mut components: Vec<ComponentId> = plan.directives().map(|directive| directive.component).collect();
    components.sort_unstable();
    components.dedup();
    components
}

/// Each "why not" is what the checker says of the placement with that move forced; (blocked, worse, neither).
fn confirmed(problem: &Problem, plan: &Plan, components: &[ComponentId], name: &str) -> [usize; 3] {
    let (end, checker, terms) = (end_of(problem, plan), Checker::new(problem), counted(problem));
    let goals = &problem.policy.goals;
    let base = checker.check(&end);
    let known: BTreeMap<Row, i64> = base.broken.iter().map(|v| (v.row, v.excess)).collect();
    let mut counts = [0; 3];
    for answer in why_not(problem, &end, components, 5) {
        assert_eq!(answer.host, end.host(answer.component));
        assert_eq!(
            answer.alternatives.len(),
            (problem.hosts.len() - usize::from(answer.host.is_some())).min(5)
        );
        let mut last: Option<Score> = None;
        for alternative in &answer.alternatives {
            let mut forced = end.clone();
            forced.set(answer.component, Some(alternative.target));
            let verdict = checker.check(&forced);
            for &term in &terms {
                let change = verdict.terms.get(term) - base.terms.get(term);
                assert_eq!(alternative.change.get(term), change, "{name}: {}", term.name());
            }
            let mut broken = verdict.broken.clone();
            broken.retain(|v| known.get(&v.row).is_none_or(|&excess| excess < v.excess));
            assert_eq!(alternative.blocked_by, broken, "{name}");
            assert!(last.as_ref().is_none_or(|last| *last <= verdict.score), "{name}: not the next best");
            let blocked = !broken.is_empty();
            let worse = verdict.score > Score::new(goals, &base.terms);
            counts[if blocked { 0 } else { usize::from(!worse) + 1 }] += 1;
            last = Some(verdict.score);
        }
    }
    counts
}

#[test]
fn the_demo_adds_up_and_every_why_not_is_confirmed() {
    let problem = demo().build().expect("the demo is valid");
    let plan = planned(&problem, 1, 20_000).expect("the start is feasible");
    assert!(adds_up(&problem, &plan, "demo") > 10);
    let [blocked, worse, _] = confirmed(&problem, &plan, &moved(&plan), "demo");
    assert!(blocked > 0 && worse > 100, "{blocked} blocked, {worse} worse");
}

#[test]
fn a_hundred_generated_plans_add_up_and_every_why_not_is_confirmed() {
    let (mut plans, mut directives, mut counts) = (0, 0, [0; 3]);
    for seed in 0.. {
        if plans == 100 {
            break;
        }
        let problem = Generator::new(small_params(seed)).draft().build().expect("generated drafts are valid");
        let Some(plan) = planned(&problem, seed, 800).filter(|plan| plan.directives().count() > 0) else {
            continue;
        };
        plans += 1;
        let name = format!("small {seed}");
        directives += adds_up(&problem, &plan, &name);
        let found = confirmed(&problem, &plan, &moved(&plan), &name);
        counts.iter_mut().zip(found).for_each(|(sum, found)| *sum += found);
    }
    let [blocked, worse, _] = counts;
    assert!(directives > 500 && blocked > 100 && worse > 100, "{directives} directives, {counts:?}");
}

#[test]
fn a_rasa_cluster_adds_up_and_every_why_not_is_confirmed() {
    let Some(data) = published::data("a_rasa_cluster_adds_up_and_every_why_not_is_confirmed") else { return };
    let mut draft = rasa::read(&data.join("rasa/M3.json")).expect("it is well formed");
    draft.policy.budgets.moves = Some(350);
    let problem = draft.build().expect("it is valid");
    let solved = solve(&problem, Method::Search, &params(1, 60_000), &stop()).expect("the evaluators agree");
    let incumbent = solved.incumbent.expect("the start is feasible");
    let plan = plan(&problem, &incumbent.placement);
    assert!(adds_up(&problem, &plan, "M3") > 100);
    let components = moved(&plan);
    let counts = confirmed(&problem, &plan, &components, "M3");
    assert!(counts[0] > 0 && counts.iter().sum::<usize>() == 5 * components.len(), "{counts:?}");
}

#[test]
fn the_next_best_hosts_are_those_of_all_hosts() {
    for seed in 0..60 {
        let problem = Generator::new(tiny_params(seed)).draft().build().expect("generated drafts are valid");
        let start = problem.initial_placement();
        let components: Vec<ComponentId> = problem.component_ids().collect();
        for answer in why_not(&problem, &start, &components, 1) {
            let others = problem.host_ids().filter(|&host| Some(host) != answer.host);
            let score = |host: HostId| {
                let mut forced = start.clone();
                forced.set(answer.component, Some(host));
                (check(&problem, &forced).score, host)
            };
            let best = others.map(score).min();
            assert_eq!(answer.alternatives.first().map(|a| a.target), best.map(|best| best.1), "tiny {seed}");
        }
    }
}

#[test]
fn what_if_says_what_the_checker_says() {
    let mut rng = Pcg64Mcg::seed_from_u64(3);
    let mut blocked = 0;
    for seed in 0..60 {
        let problem = Generator::new(small_params(seed)).draft().build().expect("generated drafts are valid");
        let start = problem.initial_placement();
        let change = |rng: &mut Pcg64Mcg| {
            let component = ComponentId::new(rng.random_range(0..problem.components.len()));
            (component, HostId::new(rng.random_range(0..problem.hosts.len())))
        };
        let changes = [change(&mut rng), change(&mut rng), change(&mut rng)];
        let answer = what_if(&problem, &start, &changes);
        let mut forced = start.clone();
        changes.iter().for_each(|&(component, host)| forced.set(component, Some(host)));
        let verdict = check(&problem, &forced);
        assert_eq!((answer.before, answer.after), (check(&problem, &start).terms, verdict.terms));
        let worse: Vec<Row> = answer.rows.iter().filter(|row| row.broken).map(|row| row.row).collect();
        let pending = |row: &Row| matches!(row, Row::Unplaced { .. });
        let broken: Vec<Row> = verdict.broken.iter().map(|v| v.row).filter(|row| !pending(row)).collect();
        assert_eq!(worse.into_iter().filter(|row| !pending(row)).collect::<Vec<_>>(), broken);
        blocked += usize::from(answer.is_blocked());
    }
    assert!(blocked > 10 && blocked < 60, "{blocked}");
}

/// `hosts` of 1000 mCPU each.
fn hosts(count: usize) -> Draft {
    Draft {
        resources: vec![ResourceDraft::used("cpu", "mcpu")],
        hosts: (1..=count).map(|n| HostDraft::new(&format!("h{n}")).with_capacity("cpu", 1000)).collect(),
        services: vec![ServiceDraft::new("web")],
        ..Draft::default()
    }
}

fn add(draft: &mut Draft, host: Option<&str>, cpu: i64) {
    let name = format!("web.{}", draft.components.len());
    let component = ComponentDraft::new(&name, "web").with_demand("cpu", cpu);
    draft.components.push(match host {
        Some(host) => component.on(host),
        None => component,
    });
}

fn cpu(host: u32) -> Row {
    Row::HostCapacity { host: HostId(host), resource: colocate_model::ResourceId(0), step: 0 }
}

/// What blocks the placement that the greedy method leaves.
fn blocking(problem: &Problem) -> Vec<colocate_model::Obstacle> {
    let mut state = colocate_solver::SearchState::new(problem);
    greedy(&mut state);
    obstacles(problem, state.placement(), &params(1, 200), &stop())
}

#[test]
fn a_component_that_fits_nowhere_needs_the_least_that_a_host_lacks() {
    let mut draft = hosts(2);
    draft.hosts[1].capacity.insert("cpu".into(), 1200);
    add(&mut draft, None, 1500);
    let problem = draft.build().expect("it is valid");
    let found = blocking(&problem);
    assert_eq!(found.len(), 1);
    let least = &found[0].relaxations[0];
    assert_eq!((least.rows.as_slice(), least.proof), (&[(cpu(1), 300)][..], Proof::Proven));
    assert_eq!((least.weight, least.solved), (250_000, Status::Feasible));
    assert!(brute_force(&relax(&problem, &[(cpu(1), 300)])).is_some());
    assert!(brute_force(&relax(&problem, &[(cpu(1), 299)])).is_none());
    let targets: Vec<HostId> = found[0].blocked.iter().map(|blocked| blocked.target).collect();
    assert_eq!(targets, [HostId(1), HostId(0)]);
}

#[test]
fn a_component_that_others_leave_no_room_needs_what_is_missing() {
    let mut draft = hosts(2);
    (0..4).for_each(|n| add(&mut draft, Some(if n < 2 { "h1" } else { "h2" }), 400));
    add(&mut draft, None, 500);
    let problem = draft.build().expect("it is valid");
    let least = &blocking(&problem)[0].relaxations[0];
    assert_eq!((least.rows.len(), least.rows[0].1, least.proof), (1, 200, Proof::Found));
}

#[test]
fn a_budget_that_leaves_no_room_is_named() {
    let mut draft = hosts(2);
    add(&mut draft, Some("h1"), 400);
    add(&mut draft, Some("h2"), 500);
    add(&mut draft, None, 600);
    // Beside web.0 there is room for 600; let it not be beside it.
    draft.components[2].allowed.hosts = Some(vec!["h2".into()]);
    draft.policy.budgets.moves = Some(0);
    let problem = draft.build().expect("it is valid");
    let found = blocking(&problem);
    let rows: Vec<_> = found[0].relaxations.iter().map(|relaxation| relaxation.rows.clone()).collect();
    assert!(rows.contains(&vec![(cpu(1), 100)]) && rows.contains(&vec![(Row::MoveBudget, 1)]), "{rows:?}");
}

#[test]
fn a_pin_that_leaves_no_room_is_named() {
    let mut draft = hosts(2);
    add(&mut draft, Some("h1"), 900);
    draft.components[0].pinned = true;
    add(&mut draft, None, 900);
    draft.components[1].allowed.hosts = Some(vec!["h1".into()]);
    let problem = draft.build().expect("it is valid");
    let rows: Vec<_> = blocking(&problem)[0].relaxations.iter().map(|r| r.rows.clone()).collect();
    let (component, host) = (ComponentId(0), HostId(1));
    assert!(rows.contains(&vec![(Row::Compatibility { component, host }, 1)]), "{rows:?}");
    assert!(rows.contains(&vec![(cpu(0), 800)]), "{rows:?}");
}

#[test]
fn a_drain_without_room_elsewhere_names_the_full_host() {
    let mut draft = hosts(2);
    draft.hosts[0].state = HostState::Draining;
    add(&mut draft, Some("h1"), 600);
    add(&mut draft, Some("h2"), 600);
    let problem = draft.build().expect("it is valid");
    let found = obstacles(&problem, &problem.initial_placement(), &params(1, 500), &stop());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].blocked[0].blocked_by[0].row, cpu(1));
    // 200 of 1000 is less than to let the component stay on the host that is drained.
    assert_eq!(found[0].relaxations[0].rows, [(cpu(1), 200)]);
    assert!(found[0].relaxations.iter().all(|relaxation| relaxation.solved == Status::Feasible));
}

#[test]
fn a_host_that_is_over_because_of_pins_needs_what_they_need() {
    let mut draft = hosts(2);
    (0..3).for_each(|_| add(&mut draft, Some("h1"), 400));
    draft.components.iter_mut().for_each(|component| component.pinned = true);
    let problem = draft.build().expect("it is valid");
    let found = obstacles(&problem, &problem.initial_placement(), &params(1, 500), &stop());
    let own = found[0].relaxations.iter().find(|r| r.rows == [(cpu(0), 200)]).expect("its own limit");
    assert_eq!((own.proof, own.solved), (Proof::Proven, Status::Feasible));
}

/// In the problem relaxed by all that a placement breaks, it breaks nothing.
#[test]
fn what_is_relaxed_holds() {
    let mut rng = Pcg64Mcg::seed_from_u64(5);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..400 {
        let problem = Generator::new(tiny_params(seed)).draft().build().expect("generated drafts are valid");
        for _ in 0..10 {
            // A move in progress that is let go becomes one that budgets count.
            let host = |id: ComponentId| match problem.component(id) {
                c if c.moving_from.is_some() => c.initial,
                _ => Some(HostId::new(rng.random_range(0..problem.hosts.len()))),
            };
            let placement = Placement::new(problem.component_ids().map(host).collect());
            let rows: Vec<(Row, i64)> =
                check(&problem, &placement).violations.iter().map(|v| (v.row, v.excess)).collect();
            rows.iter().for_each(|(row, _)| *kinds.entry(row.constraint()).or_default() += 1);
            let mut left = check(&relax(&problem, &rows), &placement).violations;
            if problem.hosts.iter().any(|host| host.state == HostState::Down) {
                // What may stay on a host that is down is taken to be copied from there.
                left.retain(|violation| !matches!(violation.row, Row::MigrationLatency { .. }));
            }
            assert_eq!(left, [], "tiny {seed}");
        }
    }
    assert!(kinds.len() >= 9, "{kinds:?}");
}

#[test]
fn relaxations_of_tiny_infeasible_problems_are_enough_and_the_proven_ones_the_least() {
    let (mut infeasible, mut found, mut proven) = (0, 0, 0);
    for seed in 0..10 {
        let mut draft = Generator::new(tiny_params(seed)).draft();
        // Everything is pending, and larger than there is room for.
        draft.hosts.iter_mut().for_each(|host| {
            host.capacity.values_mut().for_each(|capacity| *capacity /= 3);
        });
        draft.components.iter_mut().step_by(2).for_each(|component| component.host = None);
        draft.moving.clear();
        let Ok(problem) = draft.build() else { continue };
        if brute_force(&problem).is_some() {
            continue;
        }
        infeasible += 1;
        for obstacle in blocking(&problem) {
            let placed = |v: &colocate_model::Violation| matches!(v.row, Row::Unplaced { .. });
            if !obstacle.violations.iter().all(placed) {
                continue;
            }
            for relaxation in &obstacle.relaxations {
                found += 1;
                assert!(brute_force(&relax(&problem, &relaxation.rows)).is_some(), "tiny {seed}");
                if let (Proof::Proven, &[(row, amount)]) = (relaxation.proof, relaxation.rows.as_slice()) {
                    proven += 1;
                    assert!(brute_force(&relax(&problem, &[(row, amount - 1)])).is_none(), "tiny {seed}");
                }
            }
        }
    }
    assert!(infeasible > 0 && found > 0, "{infeasible} {found} {proven}");
}

#[test]
fn nothing_to_explain_is_fine() {
    let problem = hosts(1).build().expect("it is valid");
    assert_eq!(contributions(&problem, &[]), []);
    let answer = what_if(&problem, &problem.initial_placement(), &[]);
    assert_eq!((answer.before, answer.rows.len()), (Terms::ZERO, 0));
    assert!(obstacles(&problem, &problem.initial_placement(), &params(1, 10), &stop()).is_empty());
}
