//! Budgets of moves, and what a wave may hold.

use serde_json::json;

use crate::files::Cluster;

/// `web` and `batch` have to change places; a third host has room for one of them.
fn ring() -> Cluster {
    Cluster::default()
        .host("h1", 100)
        .host("h2", 100)
        .host("h3", 100)
        .component("web", "web.0", "h1", 100)
        .component("batch", "batch.0", "h2", 100)
        .pinned("cache", "h2")
        .pinned("store", "h1")
        .calls("web", "cache", 1000.0, 0)
        .calls("batch", "store", 1000.0, 0)
}

/// Six components that each save latency elsewhere.
fn scattered() -> Cluster {
    let mut cluster = Cluster::default().host("h1", 1000).host("h2", 1000).host("h3", 1000);
    for (index, target) in ["h2", "h2", "h2", "h3", "h3", "h3"].iter().enumerate() {
        let (service, peer) = (format!("s{index}"), format!("p{index}"));
        cluster = cluster
            .component(&service, &format!("{service}.0"), "h1", 100)
            .pinned(&peer, target)
            .calls(&service, &peer, 1000.0, 0);
    }
    cluster
}

fn budget(moves: u32) -> String {
    format!("payback = \"8h\"\n[budgets]\nmoves = {moves}\n")
}

#[test]
fn a_detour_counts_in_the_budget_of_moves() {
    let enough = ring().replan(&budget(3));
    assert_eq!((enough.waves().iter().sum::<usize>(), enough.parking()), (3, 1));
    assert_eq!(enough.left_out(), (json!([]), json!({})));
    let short = ring().replan(&budget(2));
    assert!(short.waves().is_empty());
    let left_out = |component: &str| json!({ "component_id": component, "reason": "budget" });
    assert_eq!(short.left_out(), (json!([left_out("web.0"), left_out("batch.0")]), json!({ "budget": 2 })));
}

#[test]
fn a_wave_holds_what_the_policy_lets_it() {
    let waves = |caps: &str| scattered().replan(&format!("payback = \"8h\"\n[execution]\n{caps}\n")).waves();
    assert_eq!(waves(""), [6]);
    assert_eq!(waves("max_per_wave = 4"), [4, 2]);
    assert_eq!(waves("max_per_wave_per_rack = 5"), [5, 1]);
    assert_eq!(waves("max_per_wave_per_host = 2"), [2, 2, 2]);
}
