//! What the planner has to mind, each on the smallest cluster that shows it.

#[path = "interleavings/replay.rs"]
#[expect(dead_code, reason = "here the checker looks at every placement")]
mod replay;

use colocate_model::draft::{
    ComponentDraft, DomainDraft, HostDraft, LatencyDraft, ResourceDraft, ServiceDraft,
};
use colocate_model::{ComponentId, Draft, HostId, LeftOutReason, Plan, Problem};
use colocate_solver::plan;
use replay::{Judge, replay};

/// Hosts h0, h1, ... in racks r0, r1, ... with so much CPU, and components c0, c1, ...: (service, host, demand).
fn draft(hosts: &[(usize, i64)], components: &[(&str, usize, i64)]) -> Draft {
    let mut draft = Draft { resources: vec![ResourceDraft::used("cpu", "mcpu")], ..Draft::default() };
    draft.partitions = vec!["rack".to_owned()];
    for (index, &(rack, cpu)) in hosts.iter().enumerate() {
        let rack = format!("r{rack}");
        if !draft.domains.iter().any(|domain| domain.name == rack) {
            draft.domains.push(DomainDraft {
                partition: "rack".into(),
                name: rack.clone(),
                ..DomainDraft::default()
            });
        }
        let host = HostDraft::new(&format!("h{index}")).with_capacity("cpu", cpu);
        draft.hosts.push(host.in_domain("rack", &rack));
    }
    for (index, &(service, host, cpu)) in components.iter().enumerate() {
        if !draft.services.iter().any(|known| known.name == service) {
            let mut drafted = ServiceDraft::new(service);
            drafted.max_in_motion = Some(9);
            draft.services.push(drafted);
        }
        let component = ComponentDraft::new(&format!("c{index}"), service).on(&format!("h{host}"));
        draft.components.push(component.with_demand("cpu", cpu));
    }
    draft
}

/// Plans the way to where these components are on these hosts, and replays it.
fn planned(problem: &Problem, moves: &[(usize, usize)]) -> Plan {
    let mut placement = problem.initial_placement();
    for &(component, host) in moves {
        placement.set(ComponentId::new(component), Some(HostId::new(host)));
    }
    let plan = plan(problem, &placement);
    replay(problem, &plan, Judge::Checker, 200, "order");
    plan
}

fn build(draft: &Draft) -> Problem {
    draft.build().unwrap_or_else(|faults| panic!("{:#?}", faults.0))
}

/// Components of each wave.
fn waves(plan: &Plan) -> Vec<Vec<u32>> {
    let components = |wave: &colocate_model::Wave| wave.directives.iter().map(|d| d.component.0).collect();
    plan.waves.iter().map(components).collect()
}

fn parking(plan: &Plan) -> usize {
    plan.directives().filter(|directive| directive.parking).count()
}

fn reasons(plan: &Plan) -> Vec<(u32, LeftOutReason)> {
    plan.left_out.iter().map(|left| (left.component.0, left.reason)).collect()
}

#[test]
fn who_takes_the_place_of_another_that_may_not_be_beside_it_waits_for_it() {
    let mut draft = draft(&[(0, 9), (1, 9), (2, 9)], &[("web", 1, 1), ("web", 0, 1)]);
    draft.services[0].anti_affinity = Some("host".into());
    assert_eq!(waves(&planned(&build(&draft), &[(0, 2), (1, 1)])), [[0], [1]]);
}

#[test]
fn a_spread_holds_whoever_is_first() {
    // Without the middle one all would be in one rack.
    let hosts = [(0, 9), (1, 9), (2, 9)];
    let mut draft = draft(&hosts, &[("web", 0, 1), ("web", 2, 1), ("web", 1, 1)]);
    draft.services[0].spread = [("rack".to_owned(), 2)].into();
    assert_eq!(waves(&planned(&build(&draft), &[(0, 2), (1, 0), (2, 2)])).len(), 3);
}

#[test]
fn a_ceiling_holds_whoever_is_first() {
    // h0 and h2 are too far from each other, h1 is close to both.
    let mut draft = draft(&[(0, 9), (1, 9), (2, 9)], &[("web", 0, 1), ("db", 1, 1)]);
    draft.services[0].max_latency = vec![("db".to_owned(), 500.0)];
    let path = |from: usize, to: usize| {
        let us = if from.abs_diff(to) > 1 { 900.0 } else { 100.0 };
        let percentiles = [("p50".to_owned(), vec![us])].into();
        let path = colocate_model::draft::PathDraft { percentiles, ..Default::default() };
        (format!("h{from}"), format!("h{to}"), path)
    };
    let paths = (0..9).map(|cell| path(cell / 3, cell % 3)).collect();
    draft.latency = Some(LatencyDraft { level: "host".into(), paths, ..LatencyDraft::default() });
    assert_eq!(waves(&planned(&build(&draft), &[(0, 1), (1, 2)])), [[0], [1]]);
}

#[test]
fn a_budget_holds_whoever_is_first() {
    // One of `web` for another counts as nothing at h1, but until the first has left as an arrival.
    let hosts = [(0, 9), (1, 9), (2, 9)];
    let mut draft = draft(&hosts, &[("web", 1, 1), ("web", 0, 1), ("db", 0, 1)]);
    draft.policy.budgets.moves_per_target = [("host".to_owned(), 1)].into();
    let plan = planned(&build(&draft), &[(0, 2), (1, 1), (2, 1)]);
    assert_eq!((plan.waves.len(), plan.left_out.len()), (2, 0));
}

#[test]
fn a_wave_holds_as_many_directives_as_it_may() {
    let mut draft = draft(&[(0, 9), (1, 9), (2, 9)], &[("a", 0, 1); 5]);
    let moves = [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2)];
    assert_eq!(waves(&planned(&build(&draft), &moves)).len(), 1);
    draft.policy.wave_caps.directives = Some(2);
    let sizes = |draft: &Draft| -> Vec<usize> {
        waves(&planned(&build(draft), &moves)).iter().map(Vec::len).collect()
    };
    assert_eq!(sizes(&draft), [2, 2, 1]);
    draft.policy.wave_caps.directives = None;
    // Each leaves r0; two go to r2.
    draft.policy.wave_caps.per_domain = [("rack".to_owned(), 3)].into();
    assert_eq!(sizes(&draft), [3, 2]);
    draft.policy.wave_caps.per_domain.clear();
    draft.policy.wave_caps.bytes = Some(100);
    draft.components.iter_mut().for_each(|component| component.bytes = 40);
    assert_eq!(sizes(&draft), [2, 2, 1]);
    // What is over the cap by itself goes alone.
    draft.components[0].bytes = 1000;
    assert_eq!(waves(&planned(&build(&draft), &moves)).last(), Some(&vec![0]));
}

#[test]
fn a_group_goes_whole_though_it_is_over_a_cap() {
    let mut draft = draft(&[(0, 9), (1, 9)], &[("a", 0, 1), ("a", 0, 1), ("a", 0, 1), ("b", 0, 1)]);
    draft.components[..3].iter_mut().for_each(|component| component.moves_with = Some("pod".into()));
    draft.policy.wave_caps.directives = Some(2);
    let plan = planned(&build(&draft), &[(0, 1), (1, 1), (2, 1), (3, 1)]);
    assert_eq!(waves(&plan), [vec![3], vec![0, 1, 2]]);
}

#[test]
fn full_hosts_change_what_they_hold_over_a_third_one() {
    let draft = draft(&[(0, 10), (0, 10), (0, 10)], &[("a", 0, 10), ("b", 1, 10)]);
    let plan = planned(&build(&draft), &[(0, 1), (1, 0)]);
    assert_eq!((waves(&plan), parking(&plan)), (vec![vec![1], vec![0], vec![1]], 1));
}

#[test]
fn several_components_step_aside_for_a_large_one() {
    let hosts = [(0, 10), (0, 10), (0, 5), (0, 5)];
    let draft = draft(&hosts, &[("a", 0, 10), ("b", 1, 5), ("c", 1, 5)]);
    let plan = planned(&build(&draft), &[(0, 1), (1, 0), (2, 0)]);
    assert_eq!((plan.directives().count(), parking(&plan), plan.left_out.len()), (5, 2, 0));
}

#[test]
fn what_is_to_stay_makes_room_for_a_detour_and_comes_back() {
    // The only place for a detour holds `c`, for which there is room on the last host.
    let hosts = [(0, 10), (0, 10), (0, 10), (0, 5)];
    let draft = draft(&hosts, &[("a", 0, 10), ("b", 1, 10), ("c", 2, 5)]);
    let plan = planned(&build(&draft), &[(0, 1), (1, 0)]);
    assert_eq!((plan.directives().count(), parking(&plan), plan.left_out.len()), (5, 2, 0));
    assert_eq!(plan.directives().last().map(|d| (d.component.0, d.target)), Some((2, Some(HostId(2)))));
}

#[test]
fn rings_that_have_nothing_in_common_turn_side_by_side() {
    let hosts = [(0, 10), (0, 10), (0, 10), (1, 10), (1, 10), (1, 10)];
    let components = [("a", 0, 10), ("b", 1, 10), ("c", 3, 10), ("d", 4, 10)];
    let plan = planned(&build(&draft(&hosts, &components)), &[(0, 1), (1, 0), (2, 4), (3, 3)]);
    assert_eq!((plan.waves.len(), parking(&plan), plan.left_out.len()), (3, 2, 0));
}

#[test]
fn a_group_makes_a_detour_together() {
    let hosts = [(0, 10), (0, 10), (0, 10)];
    let mut draft = draft(&hosts, &[("a", 0, 5), ("b", 0, 5), ("c", 1, 5), ("d", 1, 5)]);
    for (component, group) in draft.components.iter_mut().zip(["x", "x", "y", "y"]) {
        component.moves_with = Some(group.into());
    }
    let plan = planned(&build(&draft), &[(0, 1), (1, 1), (2, 0), (3, 0)]);
    assert_eq!((plan.directives().count(), parking(&plan), plan.left_out.len()), (6, 2, 0));
}

#[test]
fn a_detour_counts_in_the_budget_of_moves() {
    let mut draft = draft(&[(0, 10), (0, 10), (0, 10)], &[("a", 0, 10), ("b", 1, 10)]);
    draft.policy.budgets.moves = Some(3);
    assert_eq!(planned(&build(&draft), &[(0, 1), (1, 0)]).directives().count(), 3);
    draft.policy.budgets.moves = Some(2);
    let plan = planned(&build(&draft), &[(0, 1), (1, 0)]);
    assert_eq!(reasons(&plan), [(0, LeftOutReason::Budget), (1, LeftOutReason::Budget)]);
}

#[test]
fn what_no_detour_helps_is_left_out() {
    let draft = draft(&[(0, 10), (0, 10), (0, 9)], &[("a", 0, 10), ("b", 1, 10)]);
    let plan = planned(&build(&draft), &[(0, 1), (1, 0)]);
    assert_eq!(reasons(&plan), [(0, LeftOutReason::NoSafeOrder), (1, LeftOutReason::NoSafeOrder)]);
}

#[test]
fn what_would_end_after_the_horizon_is_left_out() {
    let mut draft = draft(&[(0, 9), (1, 9)], &[("a", 0, 1), ("b", 0, 1), ("c", 0, 1)]);
    draft.policy.wave_caps.directives = Some(1);
    let mut problem = build(&draft);
    // A wave takes 20 s.
    problem.horizon_s = 40;
    let plan = planned(&problem, &[(0, 1), (1, 1), (2, 1)]);
    assert_eq!((plan.waves[1].ends_s, reasons(&plan)), (40, vec![(2, LeftOutReason::AfterHorizon)]));
}
