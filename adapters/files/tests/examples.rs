//! The example files under `tests/data`, whole.

use std::path::{Path, PathBuf};

use colocate_files::{Input, Inputs, Loaded, load, native};
use colocate_model::{Document, Draft};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn inputs(folder: &Path) -> Inputs {
    let file = |name: &str| Some(folder.join(name)).filter(|path| path.exists()).map(Input::from);
    Inputs {
        utilisation: file("utilisation.json"),
        latency: file("latency.json"),
        forecast: file("forecast.json"),
        traffic: file("traffic.json"),
        policy: file("policy.toml"),
        ..Inputs::new(folder.join("cluster.json"))
    }
}

fn examples() -> Loaded {
    load(&inputs(&example(""))).unwrap_or_else(|faults| panic!("{:#?}", faults.0))
}

fn same(a: &Draft, b: &Draft) {
    assert_eq!(format!("{a:#?}"), format!("{b:#?}"));
}

#[test]
fn every_example_loads_and_builds() {
    let loaded = examples();
    loaded.build().unwrap_or_else(|faults| panic!("{:#?}", faults.0));
    assert_eq!(loaded.hashes.len(), 6);
    assert_eq!(loaded.ranking[0].latency_impact, 12.4);
    assert_eq!(loaded.utilisation.as_ref().map(|u| u.hosts["a"]["cpu"]), Some(80.25));
    assert_eq!(loaded.draft.hosts[0].capacity["disk"], (1 << 53) - 1);
    assert_eq!(loaded.draft.move_costs.pairs[3], 3);
    assert_eq!(loaded.draft.policy.budgets.moves_per_target["rack"], 6);
    let caps = &loaded.draft.policy.wave_caps;
    assert_eq!((caps.directives, caps.bytes, caps.per_domain["host"]), (Some(6), Some(4_000_000_000), 2));
}

#[test]
fn what_is_too_old_is_known() {
    let loaded = examples();
    let at = |time: &str| loaded.too_old(time.parse().expect("a time"));
    assert!(at("2026-05-04T09:00:00Z").0.is_empty());
    // Latency may be 15 minutes old, the cluster of any age; the others have their usual limits.
    let documents: Vec<Document> = at("2026-05-04T09:10:00Z").0.iter().map(|fault| fault.document).collect();
    assert_eq!(documents, [Document::Forecast, Document::Utilisation]);
}

#[test]
fn drafts_survive_native_files() {
    let draft = examples().draft;
    let folder = tempfile::tempdir().expect("a folder");

    let written = native::write(&draft, folder.path()).expect("it is written");

    assert_eq!(written.len(), 5);
    same(&load(&inputs(folder.path())).expect("it is read").draft, &draft);
}
