//! Plans are safe: whatever finishes first inside a wave, no row gets worse than it was at the start.

use std::collections::BTreeMap;

use colocate_generator::{Generator, small_params, tiny_params};
use colocate_model::{
    Checker, ComponentId, HostId, MigrationDirective, Placement, Plan, Problem, Row, UNLIMITED, Wave,
};
use colocate_solver::{Interrupt, SearchParams, SearchState, Stop, end_of, greedy, plan, search};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// Directives of a wave, those of a C11 group together.
fn units<'w>(problem: &Problem, wave: &'w Wave) -> Vec<Vec<&'w MigrationDirective>> {
    let mut groups: BTreeMap<u32, Vec<&MigrationDirective>> = BTreeMap::new();
    let mut units = Vec::new();
    for directive in &wave.directives {
        let component = problem.component(directive.component);
        match component.move_group.filter(|_| component.is_settled()) {
            Some(group) => groups.entry(group).or_default().push(directive),
            None => units.push(vec![directive]),
        }
    }
    units.extend(groups.into_values());
    units
}

/// Rows that are worse than allowed, components that still wait for a host aside.
fn broken(checker: &Checker<'_>, placement: &Placement) -> Vec<Row> {
    let verdict = checker.check(placement);
    verdict.broken.into_iter().map(|v| v.row).filter(|row| !matches!(row, Row::Unplaced { .. })).collect()
}

/// What `host` holds before a wave and all that arrives in it fit together.
fn arrivals_fit(problem: &Problem, before: &Placement, wave: &Wave, host: HostId) -> bool {
    let steps = problem.steps();
    let at = problem.host(host);
    (0..problem.dimensions()).all(|dimension| {
        let k = dimension / steps;
        let transient = problem.resources[k].transient;
        let demand = |id: ComponentId| problem.demand(id)[dimension];
        let counts = |placement: &Placement, id: ComponentId| {
            let c = problem.component(id);
            placement.host(id) == Some(host) || (transient && c.is_settled() && c.initial == Some(host))
        };
        let load = |placement: &Placement| {
            at.base[k] + problem.component_ids().filter(|&id| counts(placement, id)).map(demand).sum::<i64>()
        };
        let arrivals = wave.directives.iter().filter(|d| d.target == Some(host)).map(|d| demand(d.component));
        let arrivals: i64 = arrivals.sum();
        let room = if at.capacity[k] == UNLIMITED { i64::MAX } else { at.capacity[k] - at.held[dimension] };
        arrivals == 0 || load(before) + arrivals <= room.max(load(&problem.initial_placement()))
    })
}

fn follow(problem: &Problem, plan: &Plan, placement: &Placement, name: &str) {
    let checker = Checker::new(problem);
    let mut rng = Pcg64Mcg::seed_from_u64(7);
    let mut before = problem.initial_placement();
    let mut clock = 0;
    for (number, wave) in plan.waves.iter().enumerate() {
        assert!(wave.starts_s == clock && wave.ends_s > clock && !wave.directives.is_empty());
        clock = wave.ends_s;
        for host in problem.host_ids() {
            assert!(arrivals_fit(problem, &before, wave, host), "{name}: wave {number} at {host:?}");
        }
        let mut motion: BTreeMap<_, Vec<Option<u32>>> = BTreeMap::new();
        for directive in wave.directives.iter().filter(|directive| directive.source.is_some()) {
            let component = problem.component(directive.component);
            assert_eq!(directive.source, before.host(directive.component), "{name}");
            motion.entry(component.service).or_default().push(component.move_group);
        }
        for (service, groups) in motion {
            let service = problem.service(service);
            let limit = service.max_in_motion.map_or((service.components.len() / 3).max(1), |n| n as usize);
            let whole = groups[0].is_some() && groups.iter().all(|group| *group == groups[0]);
            assert!(whole || groups.len() <= limit, "{name}: {} in wave {number}", service.name);
        }
        let mut units = units(problem, wave);
        let mut after = before.clone();
        for order in 0..20 {
            // The first order is that of the plan.
            if order > 0 {
                units.shuffle(&mut rng);
            }
            after = before.clone();
            for unit in &units {
                unit.iter().for_each(|directive| after.set(directive.component, directive.target));
                assert_eq!(broken(&checker, &after), [], "{name}: wave {number}, order {order}");
            }
        }
        before = after;
    }
    assert_eq!(before, end_of(problem, plan));
    for (id, host) in before.iter() {
        let left_out = plan.left_out.iter().any(|left| left.component == id);
        let expected = if left_out { problem.component(id).initial } else { placement.host(id) };
        assert_eq!(host, expected, "{name}: {id:?}");
    }
    if let Some(limit) = problem.policy.budgets.moves {
        assert!(plan.directives().filter(|directive| directive.source.is_some()).count() as i64 <= limit);
    }
    assert_eq!(plan.after, checker.check(&before).terms);
}

/// A placement far from the start: random moves and swaps that keep it feasible.
fn shaken<'p>(problem: &'p Problem, seed: u64, steps: usize) -> Option<SearchState<'p>> {
    let mut state = SearchState::new(problem);
    greedy(&mut state);
    if !state.is_feasible() {
        return None;
    }
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let component = |rng: &mut Pcg64Mcg| ComponentId::new(rng.random_range(0..problem.components.len()));
    for _ in 0..steps {
        let (a, b) = (component(&mut rng), component(&mut rng));
        let (at_a, at_b) = (state.host(a), state.host(b));
        let target = HostId::new(rng.random_range(0..problem.hosts.len()));
        if rng.random_bool(0.5) && problem.may_be_on(a, target) {
            state.set(a, Some(target));
            if !state.is_feasible() {
                state.set(a, at_a);
            }
        } else if at_b.is_some_and(|h| problem.may_be_on(a, h))
            && at_a.is_some_and(|h| problem.may_be_on(b, h))
        {
            state.set(a, at_b);
            state.set(b, at_a);
            if !state.is_feasible() {
                state.set(a, at_a);
                state.set(b, at_b);
            }
        }
    }
    Some(state)
}

#[test]
fn every_prefix_is_safe_on_small_instances() {
    let (mut directives, mut parked, mut left) = (0, 0, 0);
    for seed in 0..40 {
        let problem = Generator::new(small_params(seed)).draft().build().expect("generated drafts are valid");
        let Some(mut state) = shaken(&problem, seed, if seed % 2 == 0 { 0 } else { 400 }) else { continue };
        if seed % 2 == 0 {
            let stop = Stop::new(None, Interrupt::default());
            search(&mut state, &SearchParams { seed, iterations: Some(2000), threads: 1 }, &stop);
        }
        let plan = plan(&problem, state.placement());
        directives += plan.directives().count();
        parked += plan.directives().filter(|directive| directive.parking).count();
        left += plan.left_out.len();
        follow(&problem, &plan, state.placement(), &format!("small {seed}"));
    }
    assert!(
        directives > 300 && parked > 0 && left < directives,
        "{directives} directives, {parked} parked, {left} left out"
    );
}

#[test]
fn every_prefix_is_safe_on_tiny_instances() {
    let (mut directives, mut left) = (0, 0);
    for seed in 0..300 {
        let problem = Generator::new(tiny_params(seed)).draft().build().expect("generated drafts are valid");
        let Some(state) = shaken(&problem, seed, 60) else { continue };
        let plan = plan(&problem, state.placement());
        directives += plan.directives().count();
        left += plan.left_out.len();
        follow(&problem, &plan, state.placement(), &format!("tiny {seed}"));
    }
    assert!(directives > 100 && left < directives, "{directives} directives, {left} left out");
}
