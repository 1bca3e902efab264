//! The `colocate` command.

fn main() {}
