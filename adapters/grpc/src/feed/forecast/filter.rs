//! Parts of a forecast.

use std::collections::BTreeSet;

use colocate_model::{Document, FaultCode, Faults};
use colocate_proto::v1;

use super::PublishedForecast;

/// Notes every name that the forecast does not know.
pub(super) fn check(filter: &v1::ForecastFilter, published: &PublishedForecast, faults: &mut Faults) {
    let forecast = &published.message;
    let ends: BTreeSet<&str> =
        forecast.edges.iter().flat_map(|edge| [edge.caller.as_str(), edge.callee.as_str()]).collect();
    let services: BTreeSet<&str> = published.services.values().map(String::as_str).collect();
    let resources: BTreeSet<&str> = forecast
        .components
        .values()
        .flat_map(|component| component.resources.keys().map(String::as_str))
        .chain(forecast.reserve.keys().map(String::as_str))
        .collect();
    let component = |name: &str| {
        let edge = ends.contains(name) && !services.contains(name);
        forecast.components.contains_key(name) || published.services.contains_key(name) || edge
    };
    let service = |name: &str| services.contains(name) || ends.contains(name);
    let mut unknown = |field: &str, what: &str, code, names: &[String], known: &dyn Fn(&str) -> bool| {
        for (index, name) in names.iter().enumerate().filter(|(_, name)| !known(name)) {
            let place = format!("/filter/{field}/{index}");
            let cause = format!("the forecast has no {what} `{name}`");
            faults.add(Document::Request, place, code, cause, "name what is forecast, or nothing for all");
        }
    };
    unknown("components", "component", FaultCode::UnknownComponent, &filter.components, &component);
    unknown("services", "service", FaultCode::UnknownService, &filter.services, &service);
    unknown("resources", "resource", FaultCode::UnknownResource, &filter.resources, &|name| {
        resources.contains(name)
    });
}

/// The part of a forecast that is asked for; what it does not know is not in it.
pub(super) fn select(filter: &v1::ForecastFilter, published: &PublishedForecast) -> v1::Forecast {
    let forecast = &published.message;
    let set = |names: &[String]| names.iter().cloned().collect::<BTreeSet<String>>();
    let (components, services) = (set(&filter.components), set(&filter.services));
    let resources = set(&filter.resources);
    let all = components.is_empty() && services.is_empty();
    let service_of = |component: &str| published.services.get(component).map(String::as_str);
    let wanted = |component: &str| {
        all || components.contains(component)
            || service_of(component).is_some_and(|service| services.contains(service))
    };
    // Edges are between services, or components.
    let near: BTreeSet<&str> = components.iter().filter_map(|component| service_of(component)).collect();
    let end = |name: &str| wanted(name) || services.contains(name) || near.contains(name);
    let kept = |resource: &str| resources.is_empty() || resources.contains(resource);
    let of_component = |component: &v1::ComponentForecast| v1::ComponentForecast {
        resources: component
            .resources
            .iter()
            .filter(|(resource, _)| kept(resource))
            .map(|(resource, series)| (resource.clone(), series.clone()))
            .collect(),
    };
    v1::Forecast {
        made_at: forecast.made_at,
        start: forecast.start,
        step_s: forecast.step_s,
        step_count: forecast.step_count,
        model: forecast.model.clone(),
        history_until: forecast.history_until,
        reserve: forecast
            .reserve
            .iter()
            .filter(|(resource, _)| kept(resource))
            .map(|(resource, &share)| (resource.clone(), share))
            .collect(),
        components: forecast
            .components
            .iter()
            .filter(|(name, _)| wanted(name))
            .map(|(name, component)| (name.clone(), of_component(component)))
            .collect(),
        edges: forecast.edges.iter().filter(|edge| end(&edge.caller) || end(&edge.callee)).cloned().collect(),
        ranking: forecast.ranking.iter().filter(|ranked| wanted(&ranked.component)).cloned().collect(),
    }
}
