//! Somebody else's forecast, from a file or an address, in place of ours.

use colocate_files::{ForecastFile, Input};
use colocate_model::draft::EdgeForecastDraft;
use colocate_prometheus::{Client, Config};

use crate::exit::Failure;

/// Reads forecasts from files and addresses.
pub(super) async fn read(sources: &[String]) -> Result<Vec<(&str, ForecastFile)>, Failure> {
    let mut files = Vec::new();
    for source in sources {
        let input = if source.starts_with("http://") || source.starts_with("https://") {
            let failed = |error| Failure::External(source.clone(), error);
            let client = Client::new(Config::new(source)).map_err(failed)?;
            Input::from_bytes(source, client.document().await.map_err(failed)?)
        } else {
            Input::from(std::path::Path::new(source))
        };
        files.push((&**source, ForecastFile::read(&input)?));
    }
    Ok(files)
}

/// Takes the series that others forecast in place of ours; what comes later wins.
pub(super) fn merge(externals: Vec<(&str, ForecastFile)>, ours: &mut ForecastFile) -> Result<(), Failure> {
    for (source, theirs) in externals {
        let same = theirs.draft.step_s == ours.draft.step_s
            && theirs.draft.steps == ours.draft.steps
            && theirs.start.is_none_or(|start| Some(start) == ours.start);
        if !same {
            let text = |file: &ForecastFile| {
                let start = file.start.map(|start| format!(" from {start}")).unwrap_or_default();
                format!("{} steps of {} s{start}", file.draft.steps, file.draft.step_s)
            };
            return Err(Failure::Usage(format!("{source} is of {}, ours of {}", text(&theirs), text(ours))));
        }
        for (component, resources) in theirs.draft.components {
            ours.draft.components.entry(component).or_default().extend(resources);
        }
        for edge in theirs.draft.edges {
            let known =
                ours.draft.edges.iter_mut().find(|known| known.from == edge.from && known.to == edge.to);
            match known {
                Some(known) => replace(known, edge),
                None => ours.draft.edges.push(edge),
            }
        }
        ours.draft.reserve.extend(theirs.draft.reserve);
        let names = [ours.model.take(), theirs.model.or_else(|| Some("external".to_owned()))];
        ours.model = Some(names.into_iter().flatten().collect::<Vec<_>>().join(", "));
    }
    Ok(())
}

fn replace(known: &mut EdgeForecastDraft, by: EdgeForecastDraft) {
    known.calls_per_s = by.calls_per_s.or_else(|| known.calls_per_s.take());
    known.bytes_per_s = by.bytes_per_s.or_else(|| known.bytes_per_s.take());
}
