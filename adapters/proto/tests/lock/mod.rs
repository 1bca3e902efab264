//! Listings that only grow.

use std::collections::BTreeSet;
use std::path::PathBuf;

/// Holds what there is against the listing `name`, which is renewed where that is asked for and nothing is lost.
/// `forbidden` says of an added line why it may not be.
pub(crate) fn assert_only_grows(
    name: &str,
    now: &BTreeSet<String>,
    forbidden: impl Fn(&str, &BTreeSet<String>) -> Option<String>,
) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let before: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    let breaks = breaks(&before, now, forbidden);
    assert!(breaks.is_empty(), "{name}: this breaks those who rely on it:\n{}", breaks.join("\n"));
    if *now == before {
        return;
    }
    assert!(
        std::env::var_os("COLOCATE_RENEW_LOCKS").is_some(),
        "{name} lacks what was added; renew it with `make locks` and commit it"
    );
    let lines: Vec<&str> = now.iter().map(String::as_str).collect();
    std::fs::write(path, lines.join("\n") + "\n").expect("it is written");
}

/// What is lost or changed, and what may not be added.
pub(crate) fn breaks(
    before: &BTreeSet<String>,
    now: &BTreeSet<String>,
    forbidden: impl Fn(&str, &BTreeSet<String>) -> Option<String>,
) -> Vec<String> {
    let lost = before.difference(now).map(|line| format!("removed or changed: {line}"));
    let added = now.difference(before).filter(|_| !before.is_empty());
    lost.chain(added.filter_map(|line| forbidden(line, before))).collect()
}
