//! The server as its clients see it, with a backend that waits for what a test says and never for time.

mod drain;
mod forecasts;
mod limits;
mod protocol;
mod support;
mod tls;
mod tokens;
