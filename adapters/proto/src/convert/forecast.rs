//! Forecast demand and traffic.

use std::collections::BTreeMap;
use std::fmt::Display;

use colocate_files::native::rules;
use colocate_files::{ForecastFile, ForecastOverload, Ranked};
use colocate_model::draft::{EdgeForecastDraft, ForecastDraft, SeriesDraft};
use colocate_model::{Document, Faults};

use super::checks::{Checks, Segment};
use super::time;
use crate::v1;

/// The forecast and its ranking; the time it was made at is left to the caller.
pub(super) fn from_wire(forecast: v1::Forecast, faults: &mut Faults) -> (ForecastDraft, Vec<Ranked>) {
    let mut checks = Checks::new(Document::Forecast, faults);
    checks.time(forecast.history_until, "/history_until");
    let mut components = BTreeMap::new();
    for (component, by_resource) in forecast.components {
        let mut resources = BTreeMap::new();
        for (resource, series) in by_resource.resources {
            let place = format_args!("/components/{}/{}", Segment(&component), Segment(&resource));
            let series = self::series(series, place, &mut checks);
            resources.insert(resource, series);
        }
        components.insert(component, resources);
    }
    let mut edges = Vec::with_capacity(forecast.edges.len());
    for (index, edge) in forecast.edges.into_iter().enumerate() {
        let mut rate = |series: Option<v1::Series>, field: &str| {
            series.map(|series| self::series(series, format_args!("/edges/{index}/{field}"), &mut checks))
        };
        edges.push(EdgeForecastDraft {
            calls_per_s: rate(edge.calls_per_s, "calls_per_s"),
            bytes_per_s: rate(edge.bytes_per_s, "bytes_per_s"),
            from: checks.required(edge.caller, format_args!("/edges/{index}/from")),
            to: checks.required(edge.callee, format_args!("/edges/{index}/to")),
        });
    }
    let mut ranking = Vec::with_capacity(forecast.ranking.len());
    for (index, ranked) in forecast.ranking.into_iter().enumerate() {
        ranking.push(self::ranked(ranked, index, &mut checks));
    }
    let draft = ForecastDraft {
        step_s: checks.amount(forecast.step_s, "/step_s"),
        steps: forecast.step_count as usize,
        components,
        edges,
        reserve: checks.numbers(forecast.reserve, "/", "/reserve"),
        ranking: ranking.iter().map(|ranked| ranked.component.clone()).collect(),
    };
    (draft, ranking)
}

fn series(series: v1::Series, place: impl Display, checks: &mut Checks<'_>) -> SeriesDraft {
    let mut lists = Vec::with_capacity(series.q.len());
    for (q, values) in series.q {
        let values = checks.list(values.values, format_args!("{place}/q/{}", Segment(&q)));
        lists.push((q, values));
    }
    let window_max = checks.numbers(series.window_max, "/", format_args!("{place}/window_max"));
    SeriesDraft {
        mean: checks.list(series.mean, format_args!("{place}/mean")),
        quantiles: rules::quantiles(lists, format_args!("{place}/q"), checks.faults),
        window_max: rules::quantiles(window_max, format_args!("{place}/window_max"), checks.faults),
    }
}

fn ranked(ranked: v1::Ranked, index: usize, checks: &mut Checks<'_>) -> Ranked {
    let overload = ranked.overload.map(|overload| ForecastOverload {
        rack: checks.required(overload.rack, format_args!("/ranking/{index}/overload/rack")),
        resource: checks.required(overload.resource, format_args!("/ranking/{index}/overload/resource")),
        step: overload.step,
        by: checks.finite(overload.by, format_args!("/ranking/{index}/overload/by")),
    });
    Ranked {
        component: checks.required(ranked.component, format_args!("/ranking/{index}/component")),
        latency_impact: checks.finite(ranked.latency_impact, format_args!("/ranking/{index}/latency_impact")),
        overload,
    }
}

/// The message of a forecast with all that its file says of it.
#[must_use]
pub fn file_to_wire(file: &ForecastFile) -> v1::Forecast {
    v1::Forecast {
        made_at: file.made_at.map(time::to_wire),
        start: file.start.map(time::to_wire),
        model: file.model.clone(),
        history_until: file.history_until.map(time::to_wire),
        ..to_wire(&file.draft, &file.ranking)
    }
}

/// The message of a forecast; `ranking` where there is more to say than the draft does.
pub(super) fn to_wire(forecast: &ForecastDraft, ranking: &[Ranked]) -> v1::Forecast {
    let components = forecast.components.iter().map(|(name, resources)| {
        let resources = resources.iter().map(|(resource, series)| (resource.clone(), to_series(series)));
        (name.clone(), v1::ComponentForecast { resources: resources.collect() })
    });
    let edge = |edge: &EdgeForecastDraft| v1::EdgeForecast {
        caller: edge.from.clone(),
        callee: edge.to.clone(),
        calls_per_s: edge.calls_per_s.as_ref().map(to_series),
        bytes_per_s: edge.bytes_per_s.as_ref().map(to_series),
    };
    let named = |name: &String| v1::Ranked { component: name.clone(), ..v1::Ranked::default() };
    let ranking = if ranking.is_empty() {
        forecast.ranking.iter().map(named).collect()
    } else {
        ranking.iter().map(to_ranked).collect()
    };
    v1::Forecast {
        made_at: None,
        start: None,
        step_s: forecast.step_s,
        step_count: u32::try_from(forecast.steps).unwrap_or(u32::MAX),
        model: None,
        history_until: None,
        reserve: forecast.reserve.clone(),
        components: components.collect(),
        edges: forecast.edges.iter().map(edge).collect(),
        ranking,
    }
}

fn to_series(series: &SeriesDraft) -> v1::Series {
    let lists = series.quantiles.iter();
    v1::Series {
        mean: series.mean.clone(),
        q: lists.map(|(q, values)| (q.to_string(), v1::StepValues { values: values.clone() })).collect(),
        window_max: series.window_max.iter().map(|(q, value)| (q.to_string(), *value)).collect(),
    }
}

fn to_ranked(ranked: &Ranked) -> v1::Ranked {
    v1::Ranked {
        component: ranked.component.clone(),
        latency_impact: ranked.latency_impact,
        overload: ranked.overload.as_ref().map(|overload| v1::ForecastOverload {
            rack: overload.rack.clone(),
            resource: overload.resource.clone(),
            step: overload.step,
            by: overload.by,
        }),
    }
}
