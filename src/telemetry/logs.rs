//! The log: records on standard error.

use std::fmt::{self, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::{LogConfig, LogFormat};
use crate::input::say;

/// The variables that say what is logged; the first that is set counts.
const VARIABLES: [&str; 2] = ["COLOCATE_LOG", "RUST_LOG"];

/// Shows warnings as plain lines, or what a variable of the environment asks for.
pub(crate) fn show_warnings() {
    let registry = tracing_subscriber::registry();
    let shown = match asked_for() {
        Some(filter) => registry.with(records(LogFormat::Text).with_filter(filter)).try_init(),
        None => {
            let lines = tracing_subscriber::fmt::layer()
                .event_format(PlainLine)
                .with_writer(std::io::stderr)
                .log_internal_errors(false);
            // Targets know their highest level, so that what is below costs the solver one comparison.
            let ours = Targets::new().with_target("colocate", Level::WARN);
            registry.with(lines.with_filter(ours)).try_init()
        }
    };
    if shown.is_err() {
        say("warning: warnings go to a subscriber that was there before\n");
    }
}

/// Writes what the environment or `config` asks for.
pub(super) fn layer<S>(config: &LogConfig) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let filter = asked_for().unwrap_or_else(|| EnvFilter::builder().parse_lossy(&config.filter));
    records(config.format).with_filter(filter)
}

/// Says something that every log has, whatever its filter.
pub(crate) fn announce(format: LogFormat, text: &str) {
    say(&match format {
        LogFormat::Text => format!("{text}\n"),
        LogFormat::Json => {
            let record = serde_json::json!({ "timestamp": jiff::Timestamp::now().to_string(), "level": "INFO", "message": text, "target": "colocate" });
            format!("{record}\n")
        }
    });
}

/// What a variable of the environment asks for.
fn asked_for() -> Option<EnvFilter> {
    let set = VARIABLES
        .iter()
        .find_map(|&name| Some((name, std::env::var(name).ok().filter(|text| !text.is_empty())?)));
    let (name, text) = set?;
    EnvFilter::builder()
        .parse(text)
        .map_err(|error| say(&format!("warning: {name} is not heeded: {error}\n")))
        .ok()
}

/// Records of all levels. Where standard error is closed, nobody listens.
fn records<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).log_internal_errors(false);
    match format {
        LogFormat::Text => layer.boxed(),
        LogFormat::Json => layer.json().flatten_event(true).with_span_list(false).boxed(),
    }
}

/// `warning: what happened: why`.
struct PlainLine;

impl<S, N> FormatEvent<S, N> for PlainLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut words = Words::default();
        event.record(&mut words);
        let level = if *event.metadata().level() == Level::ERROR { "error" } else { "warning" };
        let line = format!("{level}: {}{}", words.message, words.values);
        writeln!(writer, "{}", line.replace(char::is_control, " "))
    }
}

/// The parts of an event.
#[derive(Default)]
struct Words {
    message: String,
    values: String,
}

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing into a text cannot fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            _ => write!(self.values, ": {value:?}"),
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt::MakeWriter;

    /// Keeps what is written.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("nobody panicked").extend(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Kept {
        type Writer = Self;
        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn a_warning_is_one_plain_line_with_its_cause() {
        let kept = Kept::default();
        let lines = tracing_subscriber::fmt::layer().event_format(PlainLine).with_writer(kept.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            let fault = io::Error::other("it ended\nearly");
            tracing::warn!(%fault, "the programme was not solved to the end");
            tracing::error!(file = "a", "no more");
        });
        let text = String::from_utf8(kept.0.lock().expect("nobody panicked").clone()).expect("it is text");
        assert_eq!(
            text,
            "warning: the programme was not solved to the end: it ended early\nerror: no more: a\n"
        );
    }
}
