//! Seeded instances of placement problems: the same parameters and seed always give the same instance.
