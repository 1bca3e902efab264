//! `colocate latency show`.

use std::path::Path;

use colocate_files::{Inputs, LatencyFile, load, write_atomically};
use colocate_model::Draft;

use super::asymmetry::{self, Asymmetric};
use super::changes::{self, Change};
use super::matrix::{self, Matrix};
use super::{json, level, order, svg, text, worst};
use crate::cli::Show;
use crate::exit::{Failure, Outcome};
use crate::input::print;
use crate::terminal::Style;

/// What stands out of a matrix.
#[derive(Debug)]
pub(super) struct Shown {
    /// The slowest pairs, by position.
    pub(super) worst: Vec<(usize, usize)>,
    /// Pairs whose directions differ.
    pub(super) asymmetric: Vec<Asymmetric>,
    /// What has changed, where there is an earlier matrix.
    pub(super) changes: Option<Vec<Change>>,
}

/// Reads a matrix, and shows it.
pub(crate) fn run(args: &Show) -> Result<Outcome, Failure> {
    let cluster = args.cluster.as_deref().map(cluster).transpose()?;
    let measured = LatencyFile::read(&args.file.as_path().into())?;
    let quantile = matrix::quantile(&measured, args.quantile.as_deref()).map_err(|known| {
        Failure::Usage(format!("no pair has this percentile; there are {}", known.join(", ")))
    })?;
    let raised = |file: LatencyFile| match (&cluster, &args.level) {
        (Some(cluster), Some(level)) => {
            level::raise(&file, cluster, level, &quantile).map_err(|error| Failure::Usage(error.to_string()))
        }
        _ => Ok(file),
    };
    let file = raised(measured)?;
    let previous = args.previous.as_deref().map(|path| LatencyFile::read(&path.into())).transpose()?;
    let previous = previous.map(raised).transpose()?;
    if let Some(previous) = previous.as_ref().filter(|previous| previous.level != file.level) {
        let levels = format!("one matrix is between {}s, the other between {}s", file.level, previous.level);
        return Err(Failure::Usage(levels));
    }
    let names = order::names(&file, cluster.as_ref());
    let matrix = Matrix { file: &file, names: &names, quantile: &quantile };
    let shown = Shown {
        worst: worst::pairs(&matrix, args.worst),
        asymmetric: asymmetry::pairs(&matrix),
        changes: previous.as_ref().map(|previous| changes::between(previous, &file)),
    };
    if let Some(path) = &args.svg {
        write_atomically(path, |file| file.write_all(svg::picture(&matrix)?.as_bytes()))?;
    }
    if args.json {
        print(&format!("{}\n", json::object(&matrix, &shown)))?;
    } else {
        let style = Style::of_terminal();
        let style = Style { colour: style.colour && !args.no_color, ..style };
        print(&text::summary(&matrix, &shown, args.worst, style))?;
    }
    Ok(Outcome::Done)
}

/// # Errors
/// All that is wrong with the file.
fn cluster(path: &Path) -> Result<Draft, Failure> {
    Ok(load(&Inputs::new(path))?.draft)
}
