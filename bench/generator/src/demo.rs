//! The demo cluster: a web shop on a dozen hosts in four racks, shortly before its evening peak.
//!
//! What there is to see: rack-a1 passes its limit in 20 minutes, when search and recommendations take off; checkout
//! and cart, which talk most, are split over the two racks that are furthest apart; host b2-3 drains; `db` is pinned,
//! and `queue` keeps its instances in distinct racks.

use std::collections::BTreeMap;

use colocate_model::draft::{
    ComponentDraft, DomainDraft, EdgeDraft, EdgeForecastDraft, ForecastDraft, HostDraft, LatencyDraft,
    PathDraft, PolicyDraft, PowerDraft, ResourceDraft, SeriesDraft, ServiceDraft,
};
use colocate_model::{Basis, Draft, HostState, MigrationStrategy, Routing};

/// The zone of every rack.
const RACKS: [(&str, &str); 4] =
    [("rack-a1", "zone-a"), ("rack-a2", "zone-a"), ("rack-b1", "zone-b"), ("rack-b2", "zone-b")];
/// Hosts in each rack.
const HOSTS_PER_RACK: usize = 3;
/// mCPU of a host.
const HOST_CPU: i64 = 16_000;
/// Bytes of memory of a host.
const HOST_MEMORY: i64 = 64 << 30;
/// mCPU that a rack should not pass: three quarters of what its hosts have.
const RACK_SOFT_LIMIT: i64 = 36_000;
/// The host that drains.
const DRAINING: &str = "b2-3";

/// Steps of the forecast and their length in seconds.
const STEPS: usize = 6;
const STEP_S: i64 = 300;
/// Multiples of today's demand of the services that take off after 20 minutes.
const TAKE_OFF: [f64; STEPS] = [1.0, 1.01, 1.03, 1.06, 1.42, 1.56];
/// Multiples of today's demand of all others.
const STEADY: [f64; STEPS] = [1.0, 1.0, 1.01, 1.01, 1.0, 0.99];
/// The services that take off.
const GROWING: [&str; 2] = ["search", "recommend"];
/// How far the 95 % quantile lies above the mean, and the quantile of the maximum above that.
const QUANTILE_95: f64 = 1.06;
const WINDOW_MAX_95: f64 = 1.03;

/// Median round trips between racks in µs, row by row.
const MEDIANS_US: [[f64; 4]; 4] = [
    [92.0, 270.0, 910.0, 1150.0],
    [265.0, 88.0, 1230.0, 2400.0],
    [920.0, 1260.0, 95.0, 310.0],
    [1140.0, 2450.0, 305.0, 98.0],
];

/// Service, mCPU, MiB, MiB on disk, hosts of its instances.
const SERVICES: [(&str, i64, i64, i64, &str); 40] = [
    ("gateway", 900, 1024, 64, "a1-1 a2-1 b1-1 b2-1"),
    ("web", 800, 2048, 128, "a1-2 a1-3 a2-2 b1-1 b1-3 b2-2"),
    ("mobile-api", 750, 1536, 128, "a1-3 a2-3 b1-2 b2-1"),
    ("catalog", 1000, 3072, 256, "a2-1 a2-2 b1-1 b1-3"),
    ("search", 2200, 6144, 512, "a1-1 a1-1 a1-2 a1-3 b1-2"),
    ("recommend", 1900, 6144, 512, "a1-1 a1-2 a1-3 b2-1"),
    ("pricing", 700, 1024, 64, "a2-1 b1-2 b2-2"),
    ("inventory", 800, 2048, 128, "a2-3 b1-2 b2-2"),
    ("cart", 1100, 2048, 128, "b2-1 b2-1 b2-2 b2-2"),
    ("checkout", 1200, 2048, 128, "a2-1 a2-2 a2-2 a2-3"),
    ("payment", 900, 1536, 64, "a2-1 a2-3 b1-1"),
    ("tax", 300, 512, 32, "a2-2 b1-3"),
    ("shipping", 500, 1024, 64, "a2-3 b1-2"),
    ("promotions", 400, 1024, 64, "b1-1 b2-1"),
    ("orders", 1000, 3072, 256, "a2-1 b1-1 b1-3"),
    ("invoices", 400, 1024, 128, "b1-2 b2-3"),
    ("returns", 300, 1024, 64, "b1-3"),
    ("reviews", 500, 1536, 128, "a2-2 b2-2"),
    ("wishlist", 350, 1024, 64, "b1-3 b2-3"),
    ("identity", 800, 1024, 64, "a1-2 a2-3 b1-2"),
    ("sessions", 700, 2048, 64, "a2-3 b1-1 b2-1"),
    ("profile", 450, 1024, 64, "a2-1 b2-3"),
    ("notifications", 400, 768, 32, "b1-2 b2-2"),
    ("email", 350, 768, 32, "b1-3 b2-3"),
    ("sms", 200, 512, 32, "b2-2"),
    ("db", 3000, 16_384, 65_536, "a1-3 a2-2 b1-2"),
    ("cache", 900, 8192, 0, "a1-2 a2-3 b1-1 b2-1"),
    ("queue", 1000, 4096, 8192, "a1-1 a2-1 b1-3"),
    ("search-index", 1600, 10_240, 16_384, "a1-2 a1-3 b1-1"),
    ("object-store", 900, 4096, 32_768, "a2-2 b2-1"),
    ("feature-store", 800, 6144, 8192, "a1-1 b2-2"),
    ("clickstream", 700, 2048, 1024, "a1-1 a2-3 b2-2"),
    ("fraud", 900, 3072, 512, "a2-1 a2-2"),
    ("ledger", 700, 2048, 4096, "a2-3 b1-3"),
    ("metrics", 600, 4096, 8192, "a1-2 b2-1"),
    ("logs", 700, 3072, 8192, "a1-3 b1-2 b2-3"),
    ("tracing", 500, 2048, 2048, "b2-2"),
    ("scheduler", 300, 512, 32, "b1-1"),
    ("config", 200, 512, 32, "a1-1 b1-3"),
    ("image-resizer", 600, 1024, 32, "b1-3 b2-3"),
];

/// From, to, calls/s, bytes a call.
const EDGES: [(&str, &str, f64, f64); 57] = [
    ("gateway", "web", 620.0, 9_000.0),
    ("gateway", "mobile-api", 540.0, 4_000.0),
    ("gateway", "identity", 410.0, 900.0),
    ("web", "catalog", 480.0, 6_000.0),
    ("web", "search", 390.0, 7_500.0),
    ("web", "cart", 210.0, 2_200.0),
    ("web", "recommend", 260.0, 5_200.0),
    ("web", "sessions", 520.0, 700.0),
    ("web", "reviews", 95.0, 3_500.0),
    ("web", "promotions", 130.0, 1_200.0),
    ("mobile-api", "catalog", 360.0, 3_800.0),
    ("mobile-api", "search", 310.0, 4_600.0),
    ("mobile-api", "cart", 170.0, 1_900.0),
    ("mobile-api", "recommend", 190.0, 3_900.0),
    ("mobile-api", "sessions", 430.0, 700.0),
    ("mobile-api", "wishlist", 45.0, 1_500.0),
    ("catalog", "pricing", 420.0, 800.0),
    ("catalog", "inventory", 280.0, 900.0),
    ("catalog", "cache", 900.0, 2_500.0),
    ("catalog", "db", 120.0, 4_800.0),
    ("catalog", "object-store", 75.0, 60_000.0),
    ("search", "search-index", 850.0, 12_000.0),
    ("search", "cache", 310.0, 2_600.0),
    ("search", "pricing", 180.0, 800.0),
    ("recommend", "feature-store", 520.0, 9_500.0),
    ("recommend", "cache", 240.0, 2_400.0),
    ("recommend", "clickstream", 110.0, 3_000.0),
    ("cart", "checkout", 1_800.0, 11_000.0),
    ("cart", "sessions", 260.0, 900.0),
    ("cart", "promotions", 110.0, 1_100.0),
    ("cart", "cache", 340.0, 1_600.0),
    ("checkout", "payment", 140.0, 2_400.0),
    ("checkout", "tax", 120.0, 600.0),
    ("checkout", "shipping", 115.0, 900.0),
    ("checkout", "inventory", 150.0, 700.0),
    ("checkout", "orders", 130.0, 3_200.0),
    ("payment", "fraud", 135.0, 2_800.0),
    ("payment", "ledger", 125.0, 1_100.0),
    ("fraud", "feature-store", 130.0, 4_200.0),
    ("orders", "db", 210.0, 3_600.0),
    ("orders", "queue", 160.0, 2_000.0),
    ("orders", "invoices", 60.0, 5_000.0),
    ("orders", "notifications", 85.0, 1_000.0),
    ("notifications", "email", 70.0, 8_000.0),
    ("notifications", "sms", 20.0, 400.0),
    ("invoices", "object-store", 25.0, 45_000.0),
    ("returns", "orders", 12.0, 2_000.0),
    ("reviews", "db", 60.0, 2_600.0),
    ("wishlist", "db", 30.0, 1_200.0),
    ("identity", "sessions", 330.0, 800.0),
    ("identity", "db", 90.0, 1_500.0),
    ("profile", "db", 55.0, 1_800.0),
    ("profile", "image-resizer", 18.0, 80_000.0),
    ("image-resizer", "object-store", 40.0, 95_000.0),
    ("inventory", "db", 140.0, 1_700.0),
    ("clickstream", "queue", 320.0, 2_200.0),
    ("scheduler", "queue", 15.0, 500.0),
];

/// The demo cluster. It does not depend on a seed.
#[must_use]
pub fn demo() -> Draft {
    let request = ResourceDraft { basis: Basis::Request, ..ResourceDraft::used("cpu.request", "mcpu") };
    Draft {
        resources: vec![ResourceDraft::used("cpu", "mcpu"), ResourceDraft::used("memory", "bytes"), request],
        partitions: vec!["rack".into(), "zone".into()],
        domains: domains(),
        hosts: hosts(),
        services: SERVICES.iter().map(|&(name, ..)| service(name)).collect(),
        components: SERVICES.iter().flat_map(components).collect(),
        edges: EDGES.iter().map(edge).collect(),
        latency: Some(latency()),
        forecast: Some(forecast()),
        policy: PolicyDraft { max_migration_latency_us: Some(5_000.0), ..PolicyDraft::default() },
        ..Draft::default()
    }
}

fn domains() -> Vec<DomainDraft> {
    let rack = |&(name, zone): &(&str, &str)| DomainDraft {
        partition: "rack".into(),
        name: name.into(),
        parent: Some(zone.into()),
        soft_limit: [("cpu".to_owned(), RACK_SOFT_LIMIT)].into(),
        ..DomainDraft::default()
    };
    let zone =
        |name: &str| DomainDraft { partition: "zone".into(), name: name.into(), ..DomainDraft::default() };
    ["zone-a", "zone-b"].into_iter().map(zone).chain(RACKS.iter().map(rack)).collect()
}

fn hosts() -> Vec<HostDraft> {
    let mut hosts = Vec::new();
    for (rack, _) in RACKS {
        for number in 1..=HOSTS_PER_RACK {
            let name = format!("{}-{number}", rack.trim_start_matches("rack-"));
            let mut host = HostDraft::new(&name)
                .with_capacity("cpu", HOST_CPU)
                .with_capacity("memory", HOST_MEMORY)
                .with_capacity("cpu.request", HOST_CPU)
                .in_domain("rack", rack);
            let is_draining = name == DRAINING;
            host.state = if is_draining { HostState::Draining } else { HostState::Ready };
            host.power = Some(PowerDraft { idle_w: 115.0, max_w: 330.0, power_managed: is_draining });
            // The third host of each rack has spinning disks.
            let disk = if number == 3 { "hdd" } else { "ssd" };
            host.labels.insert("disk".into(), disk.into());
            hosts.push(host);
        }
    }
    hosts
}

fn service(name: &str) -> ServiceDraft {
    let mut service = ServiceDraft::new(name);
    match name {
        "queue" => service.anti_affinity = Some("rack".into()),
        "gateway" => _ = service.spread.insert("zone".into(), 2),
        "cart" => service.depends_on.push(("sessions".into(), "zone".into())),
        "payment" => service.max_latency.push(("fraud".into(), 2_500.0)),
        _ => {}
    }
    if matches!(name, "search-index" | "object-store" | "feature-store" | "ledger") {
        service.strategies = vec![MigrationStrategy::PreCopy, MigrationStrategy::StopFirst];
        service.max_in_motion = Some(1);
    }
    service
}

fn components(&(name, cpu, memory, disk, hosts): &(&str, i64, i64, i64, &str)) -> Vec<ComponentDraft> {
    let instance = |(number, host): (usize, &str)| {
        let mut component = ComponentDraft::new(&format!("{name}.{number}"), name)
            .on(host)
            .with_demand("cpu", cpu)
            .with_demand("memory", memory << 20)
            // A quarter more than is used is reserved, in steps of 100 mCPU.
            .with_demand("cpu.request", (cpu * 5 / 4 + 99) / 100 * 100);
        component.pinned = name == "db";
        component.bytes = disk << 20;
        component.downtime_ms =
            [(MigrationStrategy::StopFirst, 8_000 + disk / 4), (MigrationStrategy::PreCopy, 600)].into();
        component
    };
    hosts.split(' ').enumerate().map(instance).collect()
}

fn edge(&(from, to, calls, bytes_per_call): &(&str, &str, f64, f64)) -> EdgeDraft {
    EdgeDraft {
        from: from.into(),
        to: to.into(),
        calls_per_s: calls,
        bytes_per_s: calls * bytes_per_call,
        routing: (to == "cache").then_some(Routing::LocalFirst),
    }
}

fn latency() -> LatencyDraft {
    let mut paths = Vec::new();
    for (row, (from, from_zone)) in RACKS.iter().enumerate() {
        for (column, (to, to_zone)) in RACKS.iter().enumerate() {
            let p50 = MEDIANS_US[row][column];
            let tail = if from_zone == to_zone { 1.45 } else { 1.7 };
            let tenths = |us: f64| (us * 10.0).round() / 10.0;
            let percentiles = [("p50", p50), ("p95", p50 * tail), ("p99", p50 * tail * 1.5)];
            let path = PathDraft {
                percentiles: percentiles.map(|(name, us)| (name.to_owned(), vec![tenths(us)])).into(),
                jitter_us: vec![tenths(p50 * 0.09)],
                loss: vec![(p50 * 0.3).round() / 1e6],
                relative_error: 0.0,
            };
            paths.push(((*from).to_owned(), (*to).to_owned(), path));
        }
    }
    LatencyDraft { level: "rack".into(), same_host_us: 18.0, paths, ..LatencyDraft::default() }
}

fn forecast() -> ForecastDraft {
    let mut components = BTreeMap::new();
    let mut ranking = Vec::new();
    for (name, cpu, .., hosts) in SERVICES {
        for number in 0..hosts.split(' ').count() {
            let component = format!("{name}.{number}");
            if GROWING.contains(&name) {
                ranking.push(component.clone());
            }
            components.insert(component, [("cpu".to_owned(), series(name, cpu as f64))].into());
        }
    }
    let grows = |end: &str| GROWING.contains(&end);
    let edges = EDGES.iter().filter(|(from, to, ..)| grows(from) || grows(to));
    let edges = edges.map(|&(from, to, calls, bytes)| EdgeForecastDraft {
        from: from.into(),
        to: to.into(),
        calls_per_s: Some(series(if grows(from) { from } else { to }, calls)),
        bytes_per_s: Some(series(if grows(from) { from } else { to }, calls * bytes)),
    });
    ForecastDraft {
        step_s: STEP_S,
        steps: STEPS,
        components,
        edges: edges.collect(),
        reserve: [("cpu".to_owned(), 0.02)].into(),
        ranking,
    }
}

/// The forecast of an amount that follows the demand of a service.
fn series(service: &str, now: f64) -> SeriesDraft {
    let profile = if GROWING.contains(&service) { TAKE_OFF } else { STEADY };
    let scaled = |factor: f64| profile.iter().map(|step| (now * step * factor).round()).collect::<Vec<_>>();
    let (median, high) = (scaled(1.0), scaled(QUANTILE_95));
    let highest = |values: &[f64]| (values.iter().copied().fold(0.0, f64::max) * WINDOW_MAX_95).round();
    SeriesDraft {
        mean: median.clone(),
        window_max: vec![(0.5, highest(&median)), (0.95, highest(&high))],
        quantiles: vec![(0.5, median), (0.95, high)],
    }
}
