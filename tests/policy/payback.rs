//! Payback: a move has to pay within it, alone or with those it only pays together with.

use crate::files::Cluster;

/// The usual goals with `payback`; a move costs 0.252 $.
fn usual(payback: &str) -> String {
    format!(
        "payback = \"{payback}\"\n[[goals]]\nterms = {{ violation = 1 }}\n[[goals]]\nterms = {{ overload = 1 }}\n\
         [[goals]]\nterms = {{ latency = 1, network_cost = 1, migration = 1 }}\n"
    )
}

/// `web` would save 0.036 $ an hour beside its cache: a move pays back in 7 h.
fn apart() -> Cluster {
    Cluster::default()
        .host("h1", 1000)
        .host("h2", 1000)
        .component("web", "web.0", "h1", 100)
        .pinned("cache", "h2")
        .calls("web", "cache", 1000.0, 0)
}

#[test]
fn a_move_that_pays_back_in_seven_hours_needs_more_than_six() {
    let short = apart().replan(&usual("6h"));
    assert!(short.moves().is_empty());
    // A running term counts for the payback, what is paid once counts once.
    assert_eq!(short.total(2), 6 * 36_000_000);
    let long = apart().replan(&usual("8h"));
    assert_eq!(long.moves(), ["web.0 -> h2"]);
    assert_eq!((long.total(2), long.term(2, "migration")), (252_000_000, 252_000_000));
}

#[test]
fn what_just_breaks_even_is_not_proposed() {
    assert!(apart().replan(&usual("7h")).moves().is_empty());
    assert_eq!(apart().replan(&usual("421m")).moves(), ["web.0 -> h2"]);
}

#[test]
fn a_payback_that_is_no_whole_hour_counts_exactly() {
    // 90 minutes are 3/2 hours: what runs counts three times, what is paid once twice.
    let answer = apart().replan(&usual("90m"));
    assert_eq!(answer.total(2), 3 * 36_000_000);
}

#[test]
fn a_pair_that_only_pays_together_goes_or_stays_together() {
    // Alone, either loses 0.36 $ an hour; together each saves 0.036 $.
    let cluster = apart()
        .component("cart", "cart.0", "h1", 100)
        .calls("cart", "cache", 1000.0, 0)
        .calls("web", "cart", 10_000.0, 0);
    assert!(cluster.replan(&usual("6h")).moves().is_empty());
    assert_eq!(cluster.replan(&usual("8h")).moves(), ["cart.0 -> h2", "web.0 -> h2"]);
}

#[test]
fn a_swap_goes_or_stays_together() {
    // The hosts are full; a third one has room while they change places, and nothing else to offer.
    let cluster = Cluster::default()
        .host("h1", 100)
        .host("h2", 100)
        .host("h3", 100)
        .component("web", "web.0", "h1", 100)
        .component("batch", "batch.0", "h2", 100)
        .pinned("cache", "h2")
        .pinned("store", "h1")
        .calls("web", "cache", 1000.0, 0)
        .calls("batch", "store", 1000.0, 0);
    assert!(cluster.replan(&usual("6h")).moves().is_empty());
    let swap = cluster.replan(&usual("8h"));
    assert_eq!(swap.moves(), ["batch.0 -> h1", "web.0 -> h2"]);
    assert_eq!(swap.parking(), 1);
}

#[test]
fn a_service_goes_or_stays_together() {
    // Its three components talk to each other; each would save 0.036 $ an hour beside the cache.
    let cluster = Cluster::default()
        .host("h1", 1000)
        .host("h2", 1000)
        .component("web", "web.0", "h1", 100)
        .component("web", "web.1", "h1", 100)
        .component("web", "web.2", "h1", 100)
        .pinned("cache", "h2")
        .calls("web", "cache", 3000.0, 0)
        .calls("web", "web", 30_000.0, 0);
    assert!(cluster.replan(&usual("6h")).moves().is_empty());
    assert_eq!(cluster.replan(&usual("8h")).moves(), ["web.0 -> h2", "web.1 -> h2", "web.2 -> h2"]);
}

#[test]
fn a_move_against_overload_need_not_pay() {
    let cluster = Cluster::default()
        .host("h1", 2000)
        .host("h2", 2000)
        .component("web", "web.0", "h1", 600)
        .component("cart", "cart.0", "h1", 600)
        .calls("web", "cart", 1000.0, 0);
    // It costs 0.252 $, and latency from then on.
    let answer = cluster.replan(&usual("1h"));
    assert_eq!((answer.moves().len(), answer.total(1)), (1, 0));
}

#[test]
fn a_move_against_a_violation_need_not_pay() {
    let cluster = Cluster::default()
        .host("h1", 1000)
        .host("h2", 1000)
        .component("web", "web.0", "h1", 600)
        .component("cart", "cart.0", "h1", 600)
        .calls("web", "cart", 1000.0, 0);
    let answer = cluster.replan(&usual("1h"));
    assert_eq!((answer.moves().len(), answer.total(0)), (1, 0));
}

#[test]
fn a_move_made_for_a_later_goal_within_the_tolerance_is_kept() {
    // Network alone would pay for the move; it is a later goal, and the earlier one holds the price of the move.
    let cluster = Cluster::default()
        .host("h1", 1000)
        .host("h2", 1000)
        .component("web", "web.0", "h1", 100)
        .pinned("store", "h2")
        .calls("web", "store", 0.0, 1_000_000);
    let policy = |absolute: u64| {
        format!(
            "payback = \"6h\"\n[[goals]]\nterms = {{ latency = 1, migration = 1 }}\n\
             tolerance = {{ absolute = {absolute} }}\n[[goals]]\nterms = {{ network_cost = 1 }}\n"
        )
    };
    let kept = cluster.replan(&policy(252_000_000));
    assert_eq!(kept.moves(), ["web.0 -> h2"]);
    assert_eq!((kept.total(0), kept.total(1)), (252_000_000, 0));
    assert!(cluster.replan(&policy(251_999_999)).moves().is_empty());
}

#[test]
fn without_payback_an_hour_counts_once_and_nothing_is_dropped() {
    // An hour of 0.036 $ does not pay for a move of 0.252 $ ...
    let counted = apart().replan("payback = \"none\"\n[[goals]]\nterms = { latency = 1, migration = 1 }\n");
    assert!(counted.moves().is_empty());
    assert_eq!(counted.total(0), 36_000_000);
    // ... that of 0.36 $ does ...
    let dearer = apart().calls("cache", "web", 9000.0, 0);
    let paid = dearer.replan("payback = \"none\"\n[[goals]]\nterms = { latency = 1, migration = 1 }\n");
    assert_eq!(paid.moves(), ["web.0 -> h2"]);
    assert_eq!(paid.total(0), 252_000_000);
    // ... and where moves count in no goal, the least gain is enough.
    let least = Cluster::default()
        .host("h1", 1000)
        .host("h2", 1000)
        .component("web", "web.0", "h1", 100)
        .pinned("cache", "h2")
        .calls("web", "cache", 0.001, 0);
    let free = least.replan("payback = \"none\"\n[[goals]]\nterms = { latency = 1 }\n");
    assert_eq!(free.moves(), ["web.0 -> h2"]);
}
