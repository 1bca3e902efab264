//! What standard output can show.

use std::io::IsTerminal;

/// Columns where there is no terminal.
const WIDTH: usize = 80;

/// How to draw.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// Columns.
    pub(crate) width: usize,
    /// Whether there are more characters than ASCII has.
    pub(crate) unicode: bool,
    /// Whether there are colours.
    pub(crate) colour: bool,
    /// Whether there are more colours than 256.
    pub(crate) true_colour: bool,
}

impl Style {
    /// What standard output can show, with colour unless `NO_COLOR` is set.
    pub(crate) fn of_terminal() -> Self {
        let terminal = std::io::stdout().is_terminal();
        let size = terminal_size::terminal_size().filter(|_| terminal);
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default();
        let locale = locale.to_lowercase();
        let depth = set("COLORTERM").unwrap_or_default();
        Self {
            width: size.map_or(WIDTH, |(width, _)| width.0.into()),
            unicode: locale.contains("utf-8") || locale.contains("utf8"),
            colour: terminal && set("NO_COLOR").is_none(),
            true_colour: ["truecolor", "24bit"].contains(&depth.as_str()),
        }
    }
}
