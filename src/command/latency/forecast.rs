//! `colocate latency forecast`.

use std::fs;
use std::path::PathBuf;

use colocate_files::LatencyFile;
use colocate_latency::foresee;
use colocate_model::Faults;

use super::collect::give;
use crate::cli::LatencyForecast;
use crate::exit::{Failure, Outcome};

/// Reads past matrices, and forecasts the next.
pub(crate) fn run(args: &LatencyForecast) -> Result<Outcome, Failure> {
    let (mut past, mut faults) = (Vec::new(), Faults::default());
    for path in files(&args.past)? {
        match LatencyFile::read(&path.as_path().into()) {
            Ok(file) => past.push(file),
            Err(found) => faults.0.extend(found.0),
        }
    }
    faults.into_result(())?;
    let step_s = u32::try_from(args.step.as_secs().max(1)).unwrap_or(u32::MAX);
    let steps = args.horizon.as_secs().div_ceil(u64::from(step_s)).clamp(1, MOST_STEPS);
    give(&foresee(past, step_s, steps as usize, args.model)?, args.out.as_deref())?;
    Ok(Outcome::Done)
}

/// The most steps of a forecast.
const MOST_STEPS: u64 = 10_000;

/// The files that are named, and those of the folders that are.
fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let failed = |error: std::io::Error| {
            Failure::Usage(format!("cannot read the folder {}: {error}", path.display()))
        };
        for entry in fs::read_dir(path).map_err(failed)? {
            let name = entry.map_err(failed)?.path();
            let text = name.to_string_lossy();
            if text.ends_with(".json") || text.ends_with(".json.gz") {
                files.push(name);
            }
        }
    }
    files.sort_unstable();
    Ok(files)
}
