//! Latency monitoring service: probes between hosts, the matrix between racks, what is missing from it and what it will be.
