//! Micro benchmarks: what one step of each part costs.

use std::hint::black_box;
use std::time::Duration;

use colocate_forecast::{Input, Method as Forecaster, Series, Settings};
use colocate_generator::{large, medium};
use colocate_model::{Checker, ComponentId, HostId, Problem};
use colocate_solver::{Change, Interrupt, Method, SearchParams, SearchState, Stop, greedy, plan, solve};
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};

/// Components of the generated instances; twenty a host.
const SIZES: [usize; 3] = [1_000, 10_000, 50_000];

fn generated(components: usize) -> Problem {
    large(components, components / 20, 1).build().expect("generated drafts are valid")
}

/// A relocation and its undoing, all over the cluster.
fn delta(c: &mut Criterion) {
    let mut group = c.benchmark_group("delta");
    for (name, problem) in [
        ("1000", generated(1_000)),
        ("10000", generated(10_000)),
        ("medium with everything", medium(3).build().expect("generated drafts are valid")),
    ] {
        let mut state = SearchState::new(&problem);
        let (components, hosts) = (problem.components.len(), problem.hosts.len());
        let mut step = 0;
        group.bench_function(BenchmarkId::new("apply and undo", name), |b| {
            b.iter(|| {
                step += 1;
                let component = ComponentId::new(step * 7919 % components);
                let mut changes = [Change { component, to: Some(HostId::new(step * 104_729 % hosts)) }];
                state.apply(&mut changes);
                black_box(state.terms());
                state.undo(&changes);
            });
        });
    }
}

/// From a problem in memory to a repaired placement.
fn construct(c: &mut Criterion) {
    let mut group = c.benchmark_group("greedy");
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    for size in SIZES {
        let problem = generated(size);
        group.bench_function(BenchmarkId::from_parameter(size), |b| {
            b.iter(|| {
                let mut state = SearchState::new(&problem);
                greedy(&mut state);
                black_box(state.is_feasible())
            });
        });
    }
}

/// The naive checker.
fn check(c: &mut Criterion) {
    let mut group = c.benchmark_group("check");
    group.sample_size(10).measurement_time(Duration::from_secs(2));
    for size in SIZES {
        let problem = generated(size);
        let (checker, placement) = (Checker::new(&problem), problem.initial_placement());
        group.bench_function(BenchmarkId::from_parameter(size), |b| {
            b.iter(|| black_box(checker.check(&placement)));
        });
    }
}

/// Waves for what a short search found.
fn planner(c: &mut Criterion) {
    let mut group = c.benchmark_group("planner");
    group.sample_size(10).measurement_time(Duration::from_secs(2));
    let problem = generated(1_000);
    let params = SearchParams { seed: 1, iterations: Some(20_000), threads: 1 };
    let stop = Stop::new(None, Interrupt::default());
    let solved = solve(&problem, Method::Search, &params, &stop).expect("the evaluators agree");
    let placement = solved.incumbent.expect("the start is feasible").placement;
    group.bench_function("1000", |b| {
        b.iter_batched(
            || &placement,
            |placement| black_box(plan(&problem, placement)),
            BatchSize::LargeInput,
        );
    });
}

/// From a history of 14 days in steps of 5 minutes to a forecast of 2 hours, on one thread.
fn forecast(c: &mut Criterion) {
    let mut state = 1u32;
    let value = |time: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let season = (std::f64::consts::TAU * f64::from(time) / 288.0).sin();
        100.0 + 40.0 * season + 10.0 * f64::from(state) / f64::from(u32::MAX)
    };
    let series = Series { start: 0, step_s: 300, values: (0..14 * 288).map(value).collect() };
    let inputs = [Input { series, kin: 0, requests: None }];
    let threads = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("there is a thread");
    let mut group = c.benchmark_group("forecast");
    group.sample_size(20);
    for method in [Forecaster::Pool, Forecaster::Auto] {
        let settings = Settings { horizon: 24, quantiles: vec![0.5, 0.95], method, keep_past: None };
        group.bench_function(BenchmarkId::from_parameter(method.name()), |b| {
            b.iter(|| threads.install(|| black_box(colocate_forecast::forecast(&inputs, &settings, &|| ()))));
        });
    }
}

criterion_group!(benches, delta, construct, check, planner, forecast);
criterion_main!(benches);
