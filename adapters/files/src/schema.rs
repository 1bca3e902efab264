//! JSON Schemas of the native formats, from the types that read them.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use crate::native::{cluster, forecast, latency, plan, policy, traffic, utilisation};
use crate::read::Format;

/// The name and the JSON Schema (draft 2020-12) of every native format. The policy is TOML, with the same structure.
#[must_use]
pub fn all() -> Vec<(&'static str, Schema)> {
    vec![
        ("cluster", of::<cluster::ClusterFormat>("cluster")),
        ("utilisation", of::<utilisation::UtilisationFormat>("utilisation")),
        ("latency", of::<latency::LatencyFormat>("latency")),
        ("traffic", of::<traffic::TrafficFormat>("traffic")),
        ("forecast", of::<forecast::ForecastFormat>("forecast")),
        ("policy", of::<policy::PolicyFormat>("policy")),
        ("plan", of::<plan::PlanFormat>("plan")),
    ]
}

/// The schema of a whole file: the fields of the header and the lists.
fn of<F: Format>(name: &str) -> Schema {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let body = F::Body::json_schema(&mut generator);
    let mut schema = generator.root_schema_for::<F::Header>();
    schema.insert("title".to_owned(), name.into());
    for keyword in ["properties", "required"] {
        let Some(more) = body.get(keyword) else { continue };
        match (schema.ensure_object().get_mut(keyword), more) {
            (Some(Value::Object(fields)), Value::Object(more)) => fields.extend(more.clone()),
            (Some(Value::Array(names)), Value::Array(more)) => names.extend(more.iter().cloned()),
            _ => {
                schema.insert(keyword.to_owned(), more.clone());
            }
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undescribed(path: &str, schema: &Value, found: &mut Vec<String>) {
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, field) in properties.into_iter().flatten() {
            let path = format!("{path}/{name}");
            if field.get("description").or(field.get("$ref")).is_none() {
                found.push(path.clone());
            }
            undescribed(&path, field, found);
        }
        for (name, definition) in schema.get("$defs").and_then(Value::as_object).into_iter().flatten() {
            undescribed(name, definition, found);
        }
    }

    #[test]
    fn every_field_is_described() {
        for (name, schema) in all() {
            let mut found = Vec::new();
            undescribed(name, schema.as_value(), &mut found);
            assert_eq!(found, Vec::<String>::new());
        }
    }

    #[test]
    fn version_and_kind_are_required() {
        for (name, schema) in all() {
            let required = schema.get("required").and_then(Value::as_array).expect("something is required");
            assert!(required.contains(&"version".into()), "{name}");
            assert_eq!(required.contains(&"kind".into()), name != "policy", "{name}");
        }
    }

    #[test]
    fn lists_of_the_body_are_part_of_the_file() {
        let (_, cluster) = all().swap_remove(0);
        let items = cluster.pointer("/properties/hosts/items/$ref").and_then(Value::as_str);
        assert_eq!(items, Some("#/$defs/Host"));
        assert!(cluster.pointer("/$defs/Host/properties/in").is_some());
    }
}
