//! The server as its clients see it, with a backend that waits for what a test says and never for time.

mod agents;
mod drain;
mod forecasts;
mod latency;
mod limits;
mod protocol;
mod support;
mod tls;
mod tokens;
