//! Reads and writes colocate's files: native JSON, JSON Lines, Parquet and TOML, and the formats of published benchmarks.
