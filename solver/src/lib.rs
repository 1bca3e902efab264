//! Solves placement problems: deterministic given a seed and an iteration limit.
