//! The demo cluster shows what it promises.

use colocate_generator::demo;
use colocate_model::{HostId, HostState, PartitionId, Problem, Term, check};

fn problem() -> Problem {
    demo().build().unwrap_or_else(|faults| panic!("{:#?}", faults.0))
}

/// CPU load per step of the hosts that `on` names.
fn cpu(problem: &Problem, on: impl Fn(HostId) -> bool) -> Vec<i64> {
    let steps = problem.steps();
    let base = problem.host_ids().filter(|&host| on(host)).map(|host| problem.host(host).base[0]).sum();
    let mut load = vec![base; steps];
    for component in problem.component_ids() {
        if problem.component(component).initial.is_some_and(&on) {
            load.iter_mut().zip(problem.demand(component)).for_each(|(load, demand)| *load += demand);
        }
    }
    load
}

#[test]
fn it_has_four_racks_in_two_zones_and_a_dozen_hosts() {
    let problem = problem();
    let domains: Vec<usize> = problem.partitions.iter().map(|partition| partition.domains.len()).collect();
    assert_eq!(domains, [12, 4, 2]);
    assert_eq!((problem.services.len(), problem.components.len()), (40, 108));
    assert_eq!((problem.steps(), problem.horizon_s), (6, 1800));
}

#[test]
fn just_one_rack_passes_its_limit_and_not_before_twenty_minutes() {
    let problem = problem();
    let racks = &problem.partitions[1];
    for (index, rack) in racks.domains.iter().enumerate() {
        let load = cpu(&problem, |host| problem.domain(PartitionId(1), host).index() == index);
        let over: Vec<usize> = (0..6).filter(|&step| load[step] > rack.soft_limit[0]).collect();
        let expected: &[usize] = if rack.name == "rack-a1" { &[4, 5] } else { &[] };
        assert_eq!(over, expected, "{}: {load:?}", rack.name);
    }
    let hot =
        problem.host_ids().filter(|&h| cpu(&problem, |host| host == h)[4] > problem.host(h).soft_limit[0]);
    let hot: Vec<&str> = hot.map(|host| problem.host(host).name.as_str()).collect();
    assert!(!hot.is_empty() && hot.iter().all(|name| name.starts_with("a1-")), "{hot:?}");
}

#[test]
fn the_start_violates_nothing_but_the_drain() {
    let problem = problem();
    let verdict = check(&problem, &problem.initial_placement());
    assert!(verdict.is_feasible());
    assert!(verdict.violations.iter().all(|violation| violation.row.constraint() == "C6 compatibility"));
    let draining: Vec<_> = problem.hosts.iter().filter(|host| host.state == HostState::Draining).collect();
    assert_eq!(draining.len(), 1);
    for term in Term::ALL {
        assert_eq!(verdict.terms.get(term) != 0, term != Term::Migration, "{term:?}");
    }
}

#[test]
fn the_pair_that_talks_most_is_on_the_racks_that_are_furthest_apart() {
    let problem = problem();
    let busiest = problem.traffic.edges.iter().max_by_key(|edge| edge.calls[0]).expect("there is traffic");
    let racks = |group: colocate_model::GroupId| {
        let members = problem.traffic.groups[group.index()].members.iter();
        let mut racks: Vec<_> = members
            .map(|&i| problem.domain(PartitionId(1), problem.component(i).initial.expect("none is pending")))
            .collect();
        racks.dedup();
        racks
    };
    let (from, to) = (racks(busiest.from), racks(busiest.to));
    assert_eq!((from.len(), to.len()), (1, 1));
    let furthest = problem.latency.price[0].values().iter().max();
    assert_eq!(Some(&problem.latency.price[0].get(from[0], to[0])), furthest);
}

#[test]
fn one_service_is_pinned_and_one_keeps_its_instances_apart() {
    let problem = problem();
    let pinned = |s: &&colocate_model::Service| s.components.iter().all(|&i| problem.component(i).pinned);
    assert_eq!(problem.services.iter().filter(pinned).map(|s| &s.name).collect::<Vec<_>>(), ["db"]);
    assert_eq!(problem.exclusions.len(), 1);
}
