//! The replay on traces small enough to follow by hand.

use std::cell::RefCell;
use std::rc::Rc;

use colocate_replay::{
    Cluster, DAY, Demand, Forecasts, INPUTS, Machine, Measures, Prediction, Replay, Settings, Trace, View,
};

/// Steps before the replay.
const HISTORY: usize = 2 * DAY;

fn machine(name: &str, cpu: Vec<f64>) -> Machine {
    Machine { name: name.into(), memory: 1 << 20, cpu }
}

/// Three machines of 300, 300 and 100 MHz; the first asks for 600 from the twelfth step of the replay on.
fn jump(replayed: usize) -> Trace {
    let steps = HISTORY + replayed;
    let jumping = (0..steps).map(|step| if step < HISTORY + 12 { 300.0 } else { 600.0 });
    let machines = vec![
        machine("jumps", jumping.collect()),
        machine("steady", vec![300.0; steps]),
        machine("small", vec![100.0; steps]),
    ];
    Trace { machines }
}

/// Two hosts of 1000 MHz, overloaded above 800.
const HOSTS: Cluster = Cluster { hosts: 2, hosts_per_rack: 2, cpu: 1_000.0, memory: 1 << 30 };

fn settings(replayed: usize) -> Settings {
    Settings { replayed, interval: 24, iterations: 2_000, power_managed: true, ..Settings::default() }
}

fn run(input: &str, trace: Trace, cluster: &Cluster, start: Vec<usize>, settings: &Settings) -> Measures {
    let trace = Rc::new(trace);
    let forecasts = Rc::new(Forecasts::new(&trace, settings));
    let input = INPUTS.into_iter().find(|known| known.name == input).expect("it is an input");
    let mut demand = (input.new)(&trace, &forecasts, settings);
    let replay = Replay { trace: &trace, cluster, settings, seed: 1 };
    replay.run(&mut *demand, start).expect("it can be replayed")
}

#[test]
fn reactive_is_overloaded_until_it_has_seen_the_jump() {
    let measures = run("reactive", jump(48), &HOSTS, vec![0, 0, 1], &settings(48));
    // All three fit on one host before the jump, and 1000 MHz is too much from step 12 until step 24, in which the
    // second plan is carried out.
    assert_eq!(measures.overloaded_host_minutes, 13 * 5);
    assert_eq!(measures.saturated_host_minutes, 0);
    // 200 MHz too much.
    assert!((measures.excess_ghz_h - 0.2 * 13.0 / 12.0).abs() < 1e-9);
    assert_eq!(measures.moves, 2);
    // Two hosts in the first step, one in the 24 after it, then two again.
    assert!((measures.hosts_used - (2.0 + 24.0 + 2.0 * 23.0) / 48.0).abs() < 1e-9);
    // What was not predicted: steps 12 to 23 of the one host. In step 24 the host had what was predicted of it.
    assert!((measures.coverage - (72.0 - 12.0) / 72.0).abs() < 1e-9);
}

#[test]
fn foresight_is_never_overloaded() {
    let measures = run("foresight", jump(48), &HOSTS, vec![0, 0, 1], &settings(48));
    assert_eq!(measures.overloaded_host_minutes, 0);
    assert_eq!((measures.hosts_used, measures.coverage), (2.0, 1.0));
}

/// Machines that come and go at times of their own.
fn restless(machines: usize, replayed: usize) -> Trace {
    let steps = HISTORY + replayed;
    let cpu = |index: usize| {
        let busy = move |step: usize| (step / (10 + 3 * index) + index).is_multiple_of(3);
        (0..steps).map(|step| if busy(step) { 150.0 + 10.0 * index as f64 } else { 20.0 }).collect()
    };
    Trace { machines: (0..machines).map(|index| machine(&format!("m{index}"), cpu(index))).collect() }
}

const FOUR: Cluster = Cluster { hosts: 4, hosts_per_rack: 2, cpu: 1_000.0, memory: 6 << 20 };

/// Passes on what another input says, and keeps what it was shown.
struct Watched<'a> {
    inner: Box<dyn Demand>,
    seen: &'a RefCell<Vec<Vec<usize>>>,
}

impl Demand for Watched<'_> {
    fn predict(&mut self, view: &View<'_>) -> Prediction {
        self.seen.borrow_mut().push(view.host_of.to_vec());
        self.inner.predict(view)
    }
}

#[test]
fn every_machine_is_on_a_host_and_none_holds_more_memory_than_it_has() {
    let (trace, settings) = (Rc::new(restless(12, DAY)), settings(DAY));
    let forecasts = Rc::new(Forecasts::new(&trace, &settings));
    for input in INPUTS {
        let seen = RefCell::new(Vec::new());
        let mut demand = Watched { inner: (input.new)(&trace, &forecasts, &settings), seen: &seen };
        let replay = Replay { trace: &trace, cluster: &FOUR, settings: &settings, seed: 3 };
        let measures = replay.run(&mut demand, FOUR.scattered(&trace, 3)).expect("it can be replayed");
        let mut placements = seen.into_inner();
        placements.push(measures.host_of);
        assert_eq!(placements.len(), DAY / settings.interval + 1, "{}", input.name);
        for host_of in placements {
            assert_eq!(host_of.len(), 12);
            for host in 0..FOUR.hosts {
                let here = host_of.iter().filter(|&&at| at == host).count();
                assert!(here <= 6, "{}: {here} machines on a host for six", input.name);
            }
            assert!(host_of.iter().all(|&host| host < FOUR.hosts));
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_figures() {
    for input in INPUTS {
        let mut measures = [(); 2].map(|()| {
            let trace = restless(12, DAY / 2);
            let start = FOUR.scattered(&trace, 5);
            run(input.name, trace, &FOUR, start, &settings(DAY / 2))
        });
        measures.iter_mut().for_each(|measures| measures.wall_s = 0.0);
        assert_eq!(measures[0], measures[1], "{}", input.name);
    }
}

#[test]
fn the_seed_decides_where_machines_start() {
    let trace = restless(12, DAY);
    assert_ne!(FOUR.scattered(&trace, 1), FOUR.scattered(&trace, 2));
}

#[test]
fn only_foresight_sees_what_is_replayed() {
    let (trace, settings) = (jump(48), settings(48));
    let mut calm = trace.clone();
    calm.machines[0].cpu[HISTORY..].fill(300.0);
    let first = |trace: &Trace, input: usize| {
        let trace = Rc::new(trace.clone());
        let forecasts = Rc::new(Forecasts::new(&trace, &settings));
        let seen = RefCell::new(Vec::new());
        let mut demand = Recorded { inner: (INPUTS[input].new)(&trace, &forecasts, &settings), said: &seen };
        let replay = Replay { trace: &trace, cluster: &HOSTS, settings: &settings, seed: 1 };
        replay.run(&mut demand, vec![0, 0, 1]).expect("it can be replayed");
        seen.into_inner().swap_remove(0)
    };
    for (index, input) in INPUTS.iter().enumerate() {
        let differs = first(&trace, index) != first(&calm, index);
        assert_eq!(differs, input.name == "foresight", "{}", input.name);
    }
}

/// Passes on what another input says, and keeps it.
struct Recorded<'a> {
    inner: Box<dyn Demand>,
    said: &'a RefCell<Vec<Prediction>>,
}

impl Demand for Recorded<'_> {
    fn predict(&mut self, view: &View<'_>) -> Prediction {
        let prediction = self.inner.predict(view);
        self.said.borrow_mut().push(prediction.clone());
        prediction
    }
}
