//! Lexicographic order, weights and tolerances.

use crate::files::Cluster;

/// `web` on h1 saves 0.036 $ an hour of latency on h2, or 3.60 $ an hour of network on h3.
fn torn() -> Cluster {
    Cluster::default()
        .host("h1", 1000)
        .host("h2", 1000)
        .host("h3", 1000)
        .component("web", "web.0", "h1", 100)
        .pinned("cache", "h2")
        .pinned("store", "h3")
        .calls("web", "cache", 1000.0, 0)
        .calls("web", "store", 0.0, 1_000_000)
}

/// `web` is close to its cache; beside its store it would save network, and lose 36,000,000 units of latency.
fn tempted() -> Cluster {
    Cluster::default()
        .host("h1", 1000)
        .host("h2", 1000)
        .component("web", "web.0", "h1", 100)
        .pinned("cache", "h1")
        .pinned("store", "h2")
        .calls("web", "cache", 1000.0, 0)
        .calls("web", "store", 0.0, 1_000_000)
}

/// Goals of one term each, the first with a tolerance.
fn tolerating(tolerance: &str, later: &[&str]) -> String {
    let mut text =
        format!("payback = \"none\"\n[[goals]]\nterms = {{ latency = 1 }}\ntolerance = {{ {tolerance} }}\n");
    later.iter().for_each(|term| text.push_str(&format!("[[goals]]\nterms = {{ {term} = 1 }}\n")));
    text
}

#[test]
fn an_earlier_goal_decides_whatever_a_later_one_would_save() {
    let goals = |first: &str, second: &str| {
        format!(
            "payback = \"none\"\n[[goals]]\nterms = {{ {first} = 1 }}\n[[goals]]\nterms = {{ {second} = 1 }}\n"
        )
    };
    // The sum of both is a hundred times smaller on h3.
    assert_eq!(torn().replan(&goals("latency", "network_cost")).moves(), ["web.0 -> h2"]);
    assert_eq!(torn().replan(&goals("network_cost", "latency")).moves(), ["web.0 -> h3"]);
}

#[test]
fn weights_decide_inside_a_goal() {
    let goal = |latency: f64| {
        format!("payback = \"none\"\n[[goals]]\nterms = {{ latency = {latency}, network_cost = 1 }}\n")
    };
    // 3.60 / 0.036 = 100.
    let light = torn().replan(&goal(99.0));
    let heavy = torn().replan(&goal(101.0));
    assert_eq!(light.moves(), ["web.0 -> h3"]);
    assert_eq!(heavy.moves(), ["web.0 -> h2"]);
    assert_eq!(light.total(0), 99 * 36_000_000);
    assert_eq!(heavy.total(0), 3_600_000_000);
}

#[test]
fn a_weight_below_one_counts_too() {
    let goal = |network: f64| {
        format!("payback = \"none\"\n[[goals]]\nterms = {{ latency = 1, network_cost = {network} }}\n")
    };
    assert_eq!(torn().replan(&goal(0.009)).moves(), ["web.0 -> h2"]);
    assert_eq!(torn().replan(&goal(0.011)).moves(), ["web.0 -> h3"]);
}

#[test]
fn a_later_goal_may_take_the_absolute_tolerance_and_no_more() {
    let given = tempted().replan(&tolerating("absolute = 36000000", &["network_cost"]));
    assert_eq!(given.moves(), ["web.0 -> h2"]);
    assert_eq!((given.total(0), given.total(1)), (36_000_000, 0));
    let refused = tempted().replan(&tolerating("absolute = 35999999", &["network_cost"]));
    assert!(refused.moves().is_empty());
    assert_eq!((refused.total(0), refused.total(1)), (0, 3_600_000_000));
}

#[test]
fn a_later_goal_may_take_the_relative_tolerance_of_what_was_reached_and_no_more() {
    // Between pinned components there are 360,000,000 units that nothing can save.
    let cluster = tempted().calls("cache", "store", 10_000.0, 0);
    let given = cluster.replan(&tolerating("relative = 0.1", &["network_cost"]));
    assert_eq!(given.moves(), ["web.0 -> h2"]);
    assert_eq!((given.total(0), given.total(1)), (396_000_000, 0));
    let refused = cluster.replan(&tolerating("relative = 0.099999", &["network_cost"]));
    assert!(refused.moves().is_empty());
    assert_eq!(refused.total(0), 360_000_000);
}

#[test]
fn the_larger_of_both_tolerances_counts() {
    let cluster = tempted().calls("cache", "store", 10_000.0, 0);
    for tolerance in ["absolute = 36000000, relative = 0.01", "absolute = 1, relative = 0.1"] {
        assert_eq!(cluster.replan(&tolerating(tolerance, &["network_cost"])).moves(), ["web.0 -> h2"]);
    }
}

#[test]
fn what_one_later_goal_has_taken_the_next_cannot_take_again() {
    // `batch` would leave its crowded host for another 36,000,000 units of latency.
    let cluster = tempted()
        .host("h3", 2000)
        .host("h4", 2000)
        .pinned("queue", "h3")
        .allowed("batch", "h3", 1500, r#"["h3", "h4"]"#)
        .allowed("report", "h3", 500, r#"["h3"]"#)
        .calls("batch", "queue", 1000.0, 0);
    let once = cluster.replan(&tolerating("absolute = 36000000", &["network_cost", "overload"]));
    assert_eq!(once.moves(), ["web.0 -> h2"]);
    let twice = cluster.replan(&tolerating("absolute = 72000000", &["network_cost", "overload"]));
    assert_eq!(twice.moves(), ["batch -> h4", "web.0 -> h2"]);
    assert_eq!(twice.total(0), 72_000_000);
    // In the other order it is the other one that moves.
    let other = cluster.replan(&tolerating("absolute = 36000000", &["overload", "network_cost"]));
    assert_eq!(other.moves(), ["batch -> h4"]);
}

#[test]
fn a_tolerance_is_not_given_up_for_nothing() {
    // Beside its cache `web` saves latency; the later goal does not care.
    let cluster = Cluster::default()
        .host("h1", 1000)
        .host("h2", 1000)
        .component("web", "web.0", "h1", 100)
        .pinned("cache", "h2")
        .calls("web", "cache", 1000.0, 0);
    let answer = cluster.replan(&tolerating("absolute = 100000000", &["network_cost"]));
    assert_eq!(answer.moves(), ["web.0 -> h2"]);
    assert_eq!(answer.total(0), 0);
}
