//! Latency that changes over the horizon: both evaluators follow it, and it changes what is chosen.

mod common;

use colocate_model::draft::{
    ComponentDraft, DomainDraft, Draft, EdgeDraft, HostDraft, LatencyDraft, PathDraft, ResourceDraft,
    ServiceDraft,
};
use colocate_model::{Checker, HostId, Problem};
use colocate_solver::{Interrupt, Method, SearchParams, SearchState, Stop, solve};
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

/// web.0 on h0 calls db.0, which does not fit beside it: it is on h1, and could be on h2. Every host is a rack. From
/// rack 0 the paths have these medians in µs, in steps of 300 s.
fn problem(to_r1: (&[f64], f64), to_r2: (&[f64], f64), ceiling_us: Option<f64>) -> Problem {
    let rack = |rack: usize| DomainDraft {
        partition: "rack".into(),
        name: format!("r{rack}"),
        ..DomainDraft::default()
    };
    let host = |h: usize| {
        HostDraft::new(&format!("h{h}")).with_capacity("cpu", 100).in_domain("rack", &format!("r{h}"))
    };
    let path = |to: &str, (us, relative_error): (&[f64], f64)| {
        let percentiles = [("p50".to_owned(), us.to_vec())].into();
        ("r0".to_owned(), to.to_owned(), PathDraft { percentiles, relative_error, ..PathDraft::default() })
    };
    let mut web = ServiceDraft::new("web");
    web.max_latency.extend(ceiling_us.map(|us| ("db".to_owned(), us)));
    let draft = Draft {
        resources: vec![ResourceDraft::used("cpu", "mcpu")],
        partitions: vec!["rack".into()],
        domains: (0..3).map(rack).collect(),
        hosts: (0..3).map(host).collect(),
        services: vec![web, ServiceDraft::new("db")],
        components: vec![
            ComponentDraft::new("web.0", "web").with_demand("cpu", 60).on("h0"),
            ComponentDraft::new("db.0", "db").with_demand("cpu", 60).on("h1"),
        ],
        edges: vec![EdgeDraft {
            from: "web".into(),
            to: "db".into(),
            calls_per_s: 1e4,
            ..EdgeDraft::default()
        }],
        latency: Some(LatencyDraft {
            level: "rack".into(),
            default_us: Some(500.0),
            step_s: Some(300),
            paths: vec![path("r1", to_r1), path("r2", to_r2)],
            ..LatencyDraft::default()
        }),
        ..Draft::default()
    };
    draft.build().expect("the draft is valid")
}

/// Where db.0 goes, and the ceiling, where it was broken at the start, is kept.
fn chosen(problem: &Problem) -> Option<HostId> {
    common::walk(problem, 200, 1, &mut Pcg64Mcg::seed_from_u64(1), "latency in steps");
    let checker = Checker::new(problem);
    common::compare(&SearchState::new(problem), &checker, "the start");
    let params = SearchParams { seed: 1, iterations: Some(2_000), threads: 1 };
    let stop = Stop::new(None, Interrupt::default());
    let solved = solve(problem, Method::Search, &params, &stop).expect("the evaluators agree");
    let incumbent = solved.incumbent.expect("a placement exists");
    let verdict = checker.check(&incumbent.placement);
    assert!(verdict.is_feasible(), "{:?}", verdict.broken);
    let db = problem.components.iter().position(|component| component.name == "db.0").expect("it is there");
    incumbent.placement.host(colocate_model::ComponentId::new(db))
}

const H1: Option<HostId> = Some(HostId(1));
const H2: Option<HostId> = Some(HostId(2));

#[test]
fn a_path_that_slows_down_later_is_left() {
    let always = [300.0];
    assert_eq!(chosen(&problem((&[100.0], 0.0), (&always, 0.0), None)), H1);
    assert_eq!(chosen(&problem((&[100.0, 100.0, 100.0, 9e4], 0.0), (&always, 0.0), None)), H2);
}

#[test]
fn a_path_fine_now_that_breaks_its_ceiling_at_the_third_step_is_left() {
    // On average r1 stays the nearer one.
    let soon = [100.0, 100.0, 450.0, 100.0];
    assert_eq!(chosen(&problem((&soon, 0.0), (&[300.0], 0.0), None)), H1);
    assert_eq!(chosen(&problem((&soon, 0.0), (&[300.0], 0.0), Some(400.0))), H2);
}

#[test]
fn a_path_nobody_is_sure_of_is_priced_and_held_to_its_upper_confidence() {
    assert_eq!(chosen(&problem((&[100.0], 900.0 / 100.0), (&[300.0], 0.0), None)), H2);
    assert_eq!(chosen(&problem((&[100.0], 1.5), (&[300.0], 0.0), None)), H1);
    assert_eq!(chosen(&problem((&[100.0], 1.5), (&[240.0], 0.0), Some(245.0))), H2);
}
