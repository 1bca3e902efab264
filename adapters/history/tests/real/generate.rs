//! Made-up use, with gaps and restarts: 50 components with two gauges and two counters each.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

pub(crate) const DAYS: u32 = 14;
pub(crate) const STEP_S: u32 = 60;
/// A time at which one of Prometheus' longer blocks begins, so that all samples lie in one.
pub(crate) const START: i64 = 1_749_600_000;
const COMPONENTS: u64 = 50;
const METRICS: [(&str, &str, &str); 4] = [
    ("cpu", "used_mcpu", "gauge"),
    ("memory", "used_bytes", "gauge"),
    ("network_total", "sent_bytes", "counter"),
    ("requests_total", "requests", "counter"),
];

/// A number in 0..1 from its place: xorshift-multiply, so that every sample can be made on its own.
fn noise(component: u64, metric: u64, minute: u64) -> f64 {
    let mut x = (component << 48) ^ (metric << 40) ^ minute ^ 0x9e37_79b9_7f4a_7c15;
    for _ in 0..2 {
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x ^= x >> 27;
    }
    (x >> 11) as f64 / (1_u64 << 53) as f64
}

/// Single samples are lost everywhere, hours in one component, three days in another.
fn is_lost(component: u64, metric: u64, minute: u64) -> bool {
    noise(component, metric + 8, minute) < 0.001
        || component == 3 && (5000..5200).contains(&minute)
        || component == 7 && (8000..12_400).contains(&minute)
}

/// Writes the CSV file, a column a metric, and the same samples in OpenMetrics.
pub(crate) fn write(csv: &Path, open_metrics: &Path) {
    let minutes = u64::from(DAYS) * 86_400 / u64::from(STEP_S);
    let mut csv = BufWriter::new(File::create(csv).expect("there is room"));
    writeln!(csv, "time,component,service,cpu,memory,network_total,requests_total").expect("there is room");
    let mut families = [const { String::new() }; METRICS.len()];
    for component in 0..COMPONENTS {
        let (name, service) = (format!("c.{component}"), format!("s{}", component % 5));
        let mut counts = [0.0; 2];
        for minute in 0..minutes {
            let time = START + minute as i64 * i64::from(STEP_S);
            let day = (minute as f64 / 1440.0 * std::f64::consts::TAU).sin();
            let uncertain = |metric| noise(component, metric, minute);
            // A process starts again now and then; both its counters do.
            if noise(component, 7, minute) < 0.0005 {
                counts = [0.0; 2];
            }
            counts[0] += ((1e6 + 5e5 * day) * (0.9 + 0.2 * uncertain(2))).floor();
            counts[1] += (600.0 * (1.5 + day) * uncertain(3)).floor();
            let values =
                [300.0 * (1.2 + day) + 50.0 * uncertain(0), 1e9 + 1e8 * uncertain(1), counts[0], counts[1]];
            write!(csv, "{time},{name},{service}").expect("there is room");
            for (metric, value) in values.iter().enumerate() {
                if is_lost(component, metric as u64, minute) {
                    write!(csv, ",").expect("there is room");
                    continue;
                }
                write!(csv, ",{value}").expect("there is room");
                let suffix = if METRICS[metric].2 == "counter" { "_total" } else { "" };
                let metric_name = METRICS[metric].1;
                writeln!(
                    families[metric],
                    "{metric_name}{suffix}{{component=\"{name}\",service=\"{service}\"}} {value} {time}"
                )
                .expect("there is memory");
            }
            writeln!(csv).expect("there is room");
        }
    }
    csv.flush().expect("there is room");
    let mut file = BufWriter::new(File::create(open_metrics).expect("there is room"));
    for ((_, name, kind), lines) in METRICS.iter().zip(&families) {
        write!(file, "# TYPE {name} {kind}\n{lines}").expect("there is room");
    }
    writeln!(file, "{}# EOF", presets()).expect("there is room");
    file.flush().expect("there is room");
}

/// Two hours of what Nomad, cAdvisor and node_exporter publish, constant or growing evenly.
fn presets() -> String {
    let nomad = r#"exported_job="shop",job="nomad",task_group="web",alloc_id="alloc-1",env="test""#;
    let docker =
        r#"name="redis",image="redis:7",container_label_com_docker_compose_service="cache",env="test""#;
    let node = r#"instance="host:9100",job="node",env="test""#;
    let of = |labels: &str, more: &str| format!("{labels},{more}");
    // Gauges: name, labels, value. Two tasks in one allocation are added up.
    let gauges = [
        ("nomad_client_allocs_cpu_total_percent", of(nomad, r#"task="app""#), 50.0),
        ("nomad_client_allocs_cpu_total_percent", of(nomad, r#"task="proxy""#), 25.0),
        ("nomad_client_allocs_cpu_total_ticks", of(nomad, r#"task="app""#), 1200.0),
        ("nomad_client_allocs_cpu_total_ticks", of(nomad, r#"task="proxy""#), 600.0),
        ("nomad_client_allocs_memory_usage", of(nomad, r#"task="app""#), 2e8),
        ("nomad_client_allocs_memory_usage", of(nomad, r#"task="proxy""#), 1e8),
        ("container_memory_working_set_bytes", docker.to_owned(), 2e8),
        ("node_memory_MemTotal_bytes", node.to_owned(), 8e9),
        ("node_memory_MemAvailable_bytes", node.to_owned(), 2e9),
    ];
    // Counters: name, labels, growth per second.
    let counters = [
        ("container_cpu_usage_seconds", of(docker, r#"cpu="0""#), 0.15),
        ("container_cpu_usage_seconds", of(docker, r#"cpu="1""#), 0.1),
        ("container_fs_reads_bytes", of(docker, r#"device="sda""#), 100.0),
        ("container_fs_writes_bytes", of(docker, r#"device="sda""#), 200.0),
        ("container_network_receive_bytes", of(docker, r#"interface="eth0""#), 500.0),
        ("container_network_transmit_bytes", of(docker, r#"interface="eth0""#), 400.0),
        ("node_cpu_seconds", of(node, r#"cpu="0",mode="user""#), 1.0),
        ("node_cpu_seconds", of(node, r#"cpu="0",mode="system""#), 0.5),
        ("node_cpu_seconds", of(node, r#"cpu="0",mode="idle""#), 2.5),
        ("node_cpu_seconds", of(node, r#"cpu="0",mode="guest""#), 0.7),
        ("node_disk_read_bytes", of(node, r#"device="sda""#), 1000.0),
        ("node_disk_written_bytes", of(node, r#"device="sda""#), 2000.0),
        ("node_disk_written_bytes", of(node, r#"device="dm-0""#), 2000.0),
        ("node_network_receive_bytes", of(node, r#"device="eth0""#), 3000.0),
        ("node_network_receive_bytes", of(node, r#"device="lo""#), 900.0),
        ("node_network_transmit_bytes", of(node, r#"device="eth0""#), 4000.0),
        ("calls", r#"source="web",destination="cache""#.to_owned(), 12.0),
    ];
    let mut text = String::new();
    let mut last = "";
    let end = START + i64::from(DAYS) * 86_400;
    let gauges = gauges.iter().map(|(name, labels, value)| (*name, "", labels, *value));
    let counters = counters.iter().map(|(name, labels, growth)| (*name, "_total", labels, *growth));
    for (name, suffix, labels, number) in gauges.chain(counters) {
        let kind = if suffix.is_empty() { "gauge" } else { "counter" };
        if name != last {
            writeln!(text, "# TYPE {name} {kind}").expect("there is memory");
            last = name;
        }
        for time in (end - 7200..end).step_by(15) {
            let value = if suffix.is_empty() { number } else { number * (time - (end - 9000)) as f64 };
            writeln!(text, "{name}{suffix}{{{labels}}} {value} {time}").expect("there is memory");
        }
    }
    text
}
