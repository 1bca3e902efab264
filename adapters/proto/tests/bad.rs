//! Broken messages, and all that is wrong with each.

use std::collections::BTreeMap;

use colocate_model::draft::{
    ComponentDraft, DomainDraft, EdgeDraft, ForecastDraft, HostDraft, LatencyDraft, PathDraft, ResourceDraft,
    SeriesDraft, ServiceDraft,
};
use colocate_model::{Draft, Faults};
use colocate_proto::{convert, v1};

fn good() -> v1::Problem {
    let rack =
        |name: &str| DomainDraft { partition: "rack".into(), name: name.into(), ..DomainDraft::default() };
    let path = PathDraft { percentiles: [("p50".to_owned(), vec![50.0])].into(), ..PathDraft::default() };
    let series =
        SeriesDraft { mean: vec![1.0], quantiles: vec![(0.95, vec![2.0])], window_max: vec![(0.95, 3.0)] };
    let draft = Draft {
        resources: vec![ResourceDraft::used("cpu", "mcpu")],
        partitions: vec!["rack".into()],
        domains: vec![rack("r1"), rack("r2")],
        hosts: vec![
            HostDraft::new("h1").with_capacity("cpu", 1000).in_domain("rack", "r1"),
            HostDraft::new("h2").with_capacity("cpu", 1000).in_domain("rack", "r2"),
        ],
        services: vec![ServiceDraft::new("web"), ServiceDraft::new("db")],
        components: vec![
            ComponentDraft::new("web.0", "web").on("h1").with_demand("cpu", 100),
            ComponentDraft::new("db.0", "db").on("h2").with_demand("cpu", 100),
        ],
        edges: vec![EdgeDraft {
            from: "web".into(),
            to: "db".into(),
            calls_per_s: 10.0,
            bytes_per_s: 1e3,
            routing: None,
        }],
        latency: Some(LatencyDraft {
            level: "rack".into(),
            default_us: Some(500.0),
            paths: vec![("r1".into(), "r2".into(), path)],
            ..LatencyDraft::default()
        }),
        forecast: Some(ForecastDraft {
            step_s: 60,
            steps: 1,
            components: [("web.0".to_owned(), [("cpu".to_owned(), series)].into())].into(),
            ..ForecastDraft::default()
        }),
        ..Draft::default()
    };
    convert::problem_of_draft(&draft)
}

fn lines(faults: &Faults) -> Vec<String> {
    faults.0.iter().map(|fault| format!("{} {} {}", fault.code, fault.document.name(), fault.place)).collect()
}

/// What is wrong with the good problem after `change`.
fn faults(change: impl FnOnce(&mut v1::Problem)) -> Vec<String> {
    let mut problem = good();
    change(&mut problem);
    lines(&convert::loaded(problem).and_then(|loaded| loaded.build()).expect_err("it is broken"))
}

fn cluster(problem: &mut v1::Problem) -> &mut v1::Cluster {
    problem.cluster.as_mut().expect("it is there")
}

fn policy(problem: &mut v1::Problem) -> &mut v1::Policy {
    problem.policy.as_mut().expect("it is there")
}

#[test]
fn the_good_problem_is_good() {
    convert::loaded(good()).and_then(|loaded| loaded.build()).expect("it is sound");
}

#[test]
fn what_is_missing() {
    assert_eq!(faults(|p| p.cluster = None)[0], "E1105 cluster /");
    assert_eq!(faults(|p| p.latency.as_mut().unwrap().level.clear()), ["E1105 latency /level"]);
    let names = faults(|p| {
        cluster(p).hosts[0].id.clear();
        cluster(p).components[1].service.clear();
        cluster(p).resources[0].unit.clear();
    });
    assert_eq!(names[..2], ["E1105 cluster /hosts/0/id", "E1105 cluster /components/1/service"]);
    let kind = |p: &mut v1::Problem| policy(p).demand = Some(v1::Demand::default());
    assert_eq!(faults(kind)[0], "E1105 policy demand.kind");
    let q = |p: &mut v1::Problem| policy(p).demand = Some(v1::Demand { kind: 2, q: None });
    assert_eq!(faults(q)[0], "E1105 policy demand.q");
    assert_eq!(faults(|p| policy(p).goals[0].terms = None), ["E1105 policy goals[0].terms"]);
}

#[test]
fn numbers_that_are_none_or_out_of_range() {
    let all = faults(|p| {
        cluster(p).hosts[0].capacity.insert("cpu".into(), -1);
        cluster(p).hosts[1].ports = vec![80, 65_536];
        cluster(p).components[0].r#move =
            Some(v1::Move { bytes: -1, fixed_cost: Some(f64::NAN), downtime_ms: BTreeMap::new() });
        p.latency.as_mut().unwrap().same_host_us = f64::NEG_INFINITY;
        p.traffic.as_mut().unwrap().edges[0].calls_per_s = f64::INFINITY;
        p.traffic.as_mut().unwrap().edges[0].p95_us = Some(-1.0);
        let forecast = p.forecast.as_mut().unwrap();
        let series = forecast.components.get_mut("web.0").unwrap().resources.get_mut("cpu").unwrap();
        series.mean[0] = f64::NAN;
        series.q.insert("often".into(), v1::StepValues::default());
        policy(p).prices.as_mut().unwrap().jitter_weight = Some(f64::NAN);
        policy(p).payback = Some(v1::Period { seconds: Some(-5) });
        policy(p).max_age =
            Some(v1::MaxAge { latency: Some(v1::Period { seconds: Some(-1) }), ..Default::default() });
        p.utilisation = Some(v1::CurrentUtilization {
            hosts: [("h1".to_owned(), v1::Utilization { resources: [("cpu".to_owned(), f64::NAN)].into() })]
                .into(),
            ..Default::default()
        });
    });
    let mut sorted = all.clone();
    sorted.sort();
    assert_eq!(
        sorted,
        [
            "E1301 cluster /components/0/move/bytes",
            "E1301 cluster /components/0/move/fixed_cost",
            "E1301 cluster /hosts/0/capacity/cpu",
            "E1301 cluster /hosts/1/ports/1",
            "E1301 forecast /components/web.0/cpu/mean/0",
            "E1301 forecast /components/web.0/cpu/q/often",
            "E1301 latency /same_host_us",
            "E1301 policy max_age.latency",
            "E1301 policy payback",
            "E1301 policy prices.jitter_weight",
            "E1301 traffic /edges/0/calls_per_s",
            "E1301 traffic /edges/0/p95_us",
            "E1301 utilisation /hosts/h1/cpu",
        ]
    );
    let large = |p: &mut v1::Problem| _ = cluster(p).hosts[0].capacity.insert("cpu".into(), i64::MAX);
    assert_eq!(faults(large), ["E1301 cluster /hosts/0/capacity/cpu"]);
}

#[test]
fn words_that_there_are_not() {
    let all = faults(|p| {
        cluster(p).hosts[0].state = 77;
        cluster(p).resources[0].basis = -1;
        cluster(p).services[0].strategies = vec![0, 1, 99];
        cluster(p).components[0].r#move =
            Some(v1::Move { downtime_ms: [("walk".to_owned(), 1)].into(), ..v1::Move::default() });
        p.traffic.as_mut().unwrap().edges[0].routing = 5;
        policy(p).routing = 6;
    });
    let expected = [
        "E1208 cluster /resources/0/basis",
        "E1208 cluster /hosts/0/state",
        "E1208 cluster /services/0/strategies/0",
        "E1208 cluster /services/0/strategies/2",
        "E1208 cluster /components/0/move/downtime_ms/walk",
        "E1208 traffic /edges/0/routing",
        "E1208 policy routing",
    ];
    assert_eq!(all, expected);
}

#[test]
fn names_and_times_that_there_are_not() {
    let all = faults(|p| {
        cluster(p).components[0].host = Some("h9".into());
        cluster(p).taken_at = Some(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 });
        p.forecast.as_mut().unwrap().start = Some(prost_types::Timestamp { seconds: 0, nanos: -1 });
    });
    assert_eq!(all, ["E1301 cluster /taken_at", "E1205 cluster /components/0/host", "E1301 forecast /start"]);
    let pairs = faults(|p| {
        cluster(p).move_costs = Some(v1::MoveCosts {
            per_service_max: -1,
            pairs: Some(v1::PairCosts {
                weight: 1,
                matrix: vec![v1::PairCostRow { costs: vec![1] }],
                entries: vec![v1::PairCost { source: "h1".into(), target: "hx".into(), cost: 1 }],
            }),
        });
    });
    assert_eq!(
        pairs,
        [
            "E1301 cluster /move_costs/per_service_max",
            "E1302 cluster /move_costs/pairs/matrix/0",
            "E1302 cluster /move_costs/pairs/matrix",
            "E1205 cluster /move_costs/pairs/entries/0/to",
        ]
    );
}

#[test]
fn requests_name_what_there_is() {
    let problem = convert::loaded(good()).and_then(|loaded| loaded.build()).expect("it is sound");
    let relocation = |component: &str, host: &str| v1::Relocation {
        component_id: component.into(),
        target_host: host.into(),
    };
    let faults = convert::moves(&[relocation("web.0", "h2"), relocation("web.1", "h8")], &problem, "/moves");
    let faults = faults.expect_err("two are unknown");
    assert_eq!(lines(&faults), ["E1207 request /moves/1/component_id", "E1205 request /moves/1/target_host"]);
    assert_eq!(faults.0[0].action, "maybe you meant `web.0`");
    let placement = v1::Placement { hosts: [("db.0".to_owned(), "h3".to_owned())].into() };
    let faults = convert::placement(&placement, &problem).expect_err("there is no h3");
    assert_eq!(lines(&faults), ["E1205 placement /hosts/db.0"]);
    let limits = v1::Limits {
        time: Some(prost_types::Duration { seconds: -1, nanos: 0 }),
        threads: Some(0),
        ..v1::Limits::default()
    };
    let faults = convert::limits(Some(&limits)).expect_err("two are out of range");
    assert_eq!(lines(&faults), ["E1301 request /limits/time", "E1301 request /limits/threads"]);
    assert!(
        convert::max_moves(Some(-1)).is_err()
            && convert::components(&["x".to_owned()], &problem, "/c").is_err()
    );
}

#[test]
fn answers_are_held_against_the_problem() {
    let problem = convert::loaded(good()).and_then(|loaded| loaded.build()).expect("it is sound");
    let totals = convert::goal_totals(&problem, &colocate_model::Terms::ZERO);
    let answer = |hosts: &[(&str, &str)]| v1::SolveResponse {
        status: v1::Status::Feasible.into(),
        objective: totals.clone(),
        initial_objective: totals.clone(),
        placement: Some(v1::Placement {
            hosts: hosts.iter().map(|&(component, host)| (component.to_owned(), host.to_owned())).collect(),
        }),
        ..v1::SolveResponse::default()
    };
    let whole = answer(&[("web.0", "h2"), ("db.0", "h2")]);
    let received = convert::receive(whole.clone(), &problem).expect("it is sound");
    assert!(received.solved.is_some_and(|solved| solved.incumbent.is_some()));
    let faults = |response| lines(&convert::receive(response, &problem).expect_err("it is broken"));
    assert_eq!(faults(answer(&[("web.0", "h2")])), ["E1303 answer /placement/hosts"]);
    assert_eq!(faults(v1::SolveResponse { placement: None, ..whole.clone() }), ["E1105 answer /placement"]);
    let bound = vec![v1::GoalBound { value: Some(i64::MIN), relaxation: 1 }];
    assert_eq!(faults(v1::SolveResponse { bound, ..whole.clone() }), ["E1301 answer /bound/0/value"]);
    let directive = v1::MigrationDirective { component_id: "nobody".into(), ..Default::default() };
    let plan = v1::Plan {
        waves: vec![v1::Wave { directives: vec![directive], ..Default::default() }],
        ..Default::default()
    };
    assert_eq!(
        faults(v1::SolveResponse { plan: Some(plan), ..whole }),
        ["E1105 plan /waves/0/directives/0/migration_strategy"]
    );
}
