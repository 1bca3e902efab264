//! A heat map on a terminal, and the cells of any heat map.

use super::matrix::{Matrix, is_estimated};
use super::palette::{self, Scale, shown};
use crate::terminal::Style;

/// Cells of a heat map; where there are too many domains, several make one row and column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cells {
    /// The first domain of every row.
    pub(super) labels: Vec<String>,
    /// How many domains make a row.
    pub(super) each: usize,
    /// Rows of cells: the worst value of the pairs in each, in µs.
    pub(super) rows: Vec<Vec<Option<Cell>>>,
}

/// A cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    /// The value in µs.
    pub(super) us: f64,
    /// Whether nobody measured it.
    pub(super) estimated: bool,
}

impl Cells {
    /// The cells of a matrix, at most `most` in a row.
    pub(super) fn of(matrix: &Matrix<'_>, most: usize) -> Self {
        let count = matrix.names.len();
        let each = count.div_ceil(most.max(1)).max(1);
        let size = count.div_ceil(each);
        let mut rows = vec![vec![None; size]; size];
        for (from, to, path, us) in matrix.pairs() {
            let cell: &mut Option<Cell> = &mut rows[from / each][to / each];
            if cell.is_none_or(|cell| us > cell.us) {
                *cell = Some(Cell { us, estimated: is_estimated(path) });
            }
        }
        Self { labels: matrix.names.iter().step_by(each).cloned().collect(), each, rows }
    }

    /// The scale of all cells; `None` where there is no value.
    pub(super) fn scale(&self) -> Option<Scale> {
        Scale::of(self.rows.iter().flatten().flatten().map(|cell| cell.us))
    }
}

/// The longest label of a row.
const LABEL: usize = 16;
/// Steps of the ramp of the legend.
const RAMP: usize = 9;

/// The heat map, rows are where paths begin and columns where they end, with a legend.
pub(super) fn drawn(matrix: &Matrix<'_>, style: Style) -> String {
    let longest = matrix.names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let margin = longest.min(LABEL);
    let room = style.width.saturating_sub(margin + 1).max(8);
    // Two columns a cell look square, as long as there is room for them.
    let wide = if matrix.names.len() * 2 <= room { 2 } else { 1 };
    let cells = Cells::of(matrix, room / wide);
    let Some(scale) = cells.scale() else { return format!("no pair has a {}\n", matrix.quantile) };
    let mut text = String::new();
    for (label, row) in cells.labels.iter().zip(&cells.rows) {
        let label: String = label.chars().take(margin).collect();
        let row: String = row.iter().map(|cell| painted(cell.as_ref(), &scale, wide, style)).collect();
        text.push_str(format!("{label:>margin$} {row}").trim_end());
        text.push('\n');
    }
    if cells.each > 1 {
        text += &format!(
            "each cell is the worst pair of {} by {} {}s\n",
            cells.each, cells.each, matrix.file.level
        );
    }
    text + &legend(matrix, &cells, &scale, wide, style)
}

fn painted(cell: Option<&Cell>, scale: &Scale, wide: usize, style: Style) -> String {
    let Some(cell) = cell else { return " ".repeat(wide) };
    let place = scale.place(cell.us);
    let mark = if cell.estimated && wide > 1 { '~' } else { ' ' };
    if !style.colour {
        let character = palette::character(place);
        return if wide > 1 { format!("{character}{mark}") } else { character.to_string() };
    }
    // What is written on a colour is black or white, whichever can be read.
    let ink = if place > 0.5 { 30 } else { 97 };
    let paper = if style.true_colour {
        let [red, green, blue] = palette::colour(place);
        format!("2;{red};{green};{blue}")
    } else {
        format!("5;{}", palette::colour_256(place))
    };
    let text = format!("{mark:>wide$}");
    format!("\u{1b}[{ink};48;{paper}m{text}\u{1b}[0m")
}

fn legend(matrix: &Matrix<'_>, cells: &Cells, scale: &Scale, wide: usize, style: Style) -> String {
    let step = |step: usize| step as f64 / (RAMP - 1) as f64;
    let ramp: String = (0..RAMP)
        .map(|index| {
            let cell = Cell { us: scale.value(step(index)), estimated: false };
            painted(Some(&cell), scale, 1, style)
        })
        .collect();
    let mut text = format!(
        "{} from row to column: {} [{ramp}] {}, logarithmic; empty where nothing is known\n",
        matrix.quantile,
        shown(scale.least),
        shown(scale.most)
    );
    if wide > 1 && cells.rows.iter().flatten().flatten().any(|cell| cell.estimated) {
        text += "~ is estimated, not measured\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use colocate_files::{LatencyFile, MeasuredPath, PathSource};

    const PIPE: Style = Style { width: 80, unicode: false, colour: false, true_colour: false };

    /// Racks r0, r1, ... with 100 µs times 10 to the distance; nothing from the last to the first.
    fn file(racks: usize) -> LatencyFile {
        let mut file = LatencyFile { level: "rack".into(), ..LatencyFile::default() };
        for from in 0..racks {
            for to in 0..racks {
                if (from, to) == (racks - 1, 0) {
                    continue;
                }
                let mut path =
                    MeasuredPath::of_medians(vec![100.0 * 10_f64.powi(from.abs_diff(to).min(4) as i32)]);
                path.source = (from < to).then_some(PathSource::Estimated);
                file.paths.entry(format!("r{from}")).or_default().insert(format!("r{to}"), path);
            }
        }
        file
    }

    fn names(racks: usize) -> Vec<String> {
        (0..racks).map(|index| format!("r{index}")).collect()
    }

    #[test]
    fn a_pipe_gets_characters_with_what_is_estimated_and_what_is_missing() {
        let (file, names) = (file(3), names(3));
        let matrix = Matrix { file: &file, names: &names, quantile: "p50" };
        assert_eq!(
            drawn(&matrix, PIPE),
            "r0 . +~@~\nr1 + . +~\nr2   + .\n\
             p50 from row to column: 100 µs [.:-=+*#%@] 10 ms, logarithmic; empty where nothing is known\n\
             ~ is estimated, not measured\n"
        );
    }

    #[test]
    fn a_terminal_gets_colours() {
        let (file, names) = (file(2), names(2));
        let matrix = Matrix { file: &file, names: &names, quantile: "p50" };
        let deep = drawn(&matrix, Style { colour: true, true_colour: true, ..PIPE });
        let [red, green, blue] = palette::colour(0.0);
        assert!(deep.starts_with(&format!("r0 \u{1b}[97;48;2;{red};{green};{blue}m  \u{1b}[0m")), "{deep:?}");
        let flat = drawn(&matrix, Style { colour: true, ..PIPE });
        assert!(flat.contains("\u{1b}[97;48;5;"), "{flat:?}");
    }

    #[test]
    fn many_racks_share_cells_that_show_the_worst() {
        let (file, names) = (file(100), names(100));
        let matrix = Matrix { file: &file, names: &names, quantile: "p50" };
        let cells = Cells::of(&matrix, 40);
        assert_eq!((cells.each, cells.labels.len(), cells.rows[0].len()), (3, 34, 34));
        assert_eq!(cells.rows[0][0].map(|cell| cell.us), Some(10_000.0));
        let text = drawn(&matrix, PIPE);
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        assert!(text.contains("worst pair of 2 by 2 racks"), "{text}");
    }
}
