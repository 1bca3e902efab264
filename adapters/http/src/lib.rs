//! Asks servers over HTTP: one careful client for every adapter that reads an API.
//!
//! [`Client`] shows what [`Auth`] names, never in the clear to another machine unless told, follows no redirects and takes
//! no answer larger than its limit. [`Retry`] asks again where that may help. [`Error`] says what happened; secrets stay in
//! their files, so that no message holds one.
//!
//! ```no_run
//! use colocate_http::{Client, Config};
//!
//! # async fn example() -> Result<(), colocate_http::Error> {
//! let client = Client::new(Config::new("https://nomad.example:4646"))?;
//! let answer = client.retry().run(|| async { client.get(&["v1", "nodes"], &[]).await?.accepted() }).await?;
//! println!("{} bytes", answer.body.len());
//! # Ok(())
//! # }
//! ```

mod answer;
mod client;
mod config;
mod error;
mod retry;
mod tls;

pub use answer::{Answer, start_of};
pub use client::Client;
pub use config::{Auth, Config, Retry, Tls};
pub use error::{Cause, Error, SetupError};
pub use retry::Transient;
