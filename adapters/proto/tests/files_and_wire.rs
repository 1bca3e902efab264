//! Files and wire carry the same fields: their schemas and descriptors, held against each other.

use std::collections::{BTreeMap, BTreeSet};

use colocate_files::schema;
use colocate_proto::DESCRIPTORS;
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::Value;

/// The schema of a file and the message it corresponds to.
const DOCUMENTS: [(&str, &str); 7] = [
    ("cluster", "Cluster"),
    ("utilisation", "CurrentUtilization"),
    ("latency", "LMSMeasurements"),
    ("traffic", "Traffic"),
    ("forecast", "Forecast"),
    ("policy", "Policy"),
    ("plan", "Plan"),
];

/// Messages that are there because maps and lists cannot hold each other, or nothing: what is seen through them.
const SEEN_THROUGH: [(&str, &str); 13] = [
    ("ComponentForecast", "resources"),
    ("ComponentRouting", "peers"),
    ("GoalBound", "value"),
    ("GoalGap", "value"),
    ("HostList", "hosts"),
    ("NetworkPrices", "paths"),
    ("PairCostRow", "costs"),
    ("PathRow", "to"),
    ("PerResource", "resources"),
    ("Period", "seconds"),
    ("ServiceRouting", "components"),
    ("StepValues", "values"),
    ("Utilization", "resources"),
];

/// Maps whose entries stand beside the other fields in files.
const FLATTENED: [(&str, &str); 1] = [("DomainCapacity", "resources")];
const REST: &str = "*";

/// What a value is made of.
#[derive(Debug, PartialEq)]
enum Shape {
    Anything,
    Leaf,
    Words(BTreeSet<String>),
    List(Box<Shape>),
    Map(Box<Shape>),
    Object(BTreeMap<String, Shape>),
}

fn of_schema(schema: &Value, root: &Value) -> Shape {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let pointer = reference.trim_start_matches('#');
        return of_schema(root.pointer(pointer).expect("references lead somewhere"), root);
    }
    let list = |key: &str| schema.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let choices: Vec<&Value> = list("anyOf").iter().chain(list("oneOf")).collect();
    let words: BTreeSet<String> = choices
        .iter()
        .filter_map(|choice| choice.get("const"))
        .chain(list("enum"))
        .filter_map(Value::as_str)
        .map(|word| word.replace('-', "_"))
        .collect();
    if !words.is_empty() {
        return Shape::Words(words);
    }
    if !choices.is_empty() {
        // A number in place of a list, and a number in place of an object, are shorthands.
        let shapes = choices.into_iter().map(|choice| of_schema(choice, root));
        let rank = |shape: &Shape| match shape {
            Shape::Object(_) | Shape::Words(_) => 3,
            Shape::Map(_) => 2,
            Shape::List(_) => 1,
            Shape::Leaf | Shape::Anything => 0,
        };
        return shapes.max_by_key(rank).expect("there is one");
    }
    let mut fields = BTreeMap::new();
    for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        fields.insert(name.clone(), of_schema(field, root));
    }
    for (pattern, field) in schema.get("patternProperties").and_then(Value::as_object).into_iter().flatten() {
        let name = pattern.trim_start_matches('^').trim_end_matches('_').to_owned();
        fields.insert(name, Shape::Map(Box::new(of_schema(field, root))));
    }
    let others = schema.get("additionalProperties").filter(|others| **others != Value::Bool(false));
    match (others, fields.is_empty()) {
        (Some(others), true) => Shape::Map(Box::new(of_schema(others, root))),
        (Some(others), false) => {
            fields.insert(REST.to_owned(), Shape::Map(Box::new(of_schema(others, root))));
            Shape::Object(fields)
        }
        (None, false) => Shape::Object(fields),
        (None, true) => match schema.get("items") {
            Some(items) => Shape::List(Box::new(of_schema(items, root))),
            None if schema.get("type").is_none() && schema.get("const").is_none() => Shape::Anything,
            None => Shape::Leaf,
        },
    }
}

fn of_message(message: &MessageDescriptor) -> Shape {
    if let Some((_, field)) = SEEN_THROUGH.iter().find(|(name, _)| *name == message.name()) {
        assert_eq!(
            message.fields().filter(|field| field.name() != "relaxation").count(),
            1,
            "{}",
            message.name()
        );
        return of_field(&message.get_field_by_name(field).expect("it is listed"));
    }
    if message.full_name().starts_with("google.protobuf.") {
        return Shape::Leaf;
    }
    let fields = message.fields().map(|field| {
        let flat = FLATTENED.contains(&(message.name(), field.name()));
        (if flat { REST.to_owned() } else { file_name(&field) }, of_field(&field))
    });
    Shape::Object(fields.collect())
}

fn of_field(field: &FieldDescriptor) -> Shape {
    let value = |kind: Kind| match kind {
        Kind::Message(message) => of_message(&message),
        Kind::Enum(words) => {
            let unspecified = words.get_value(0).map(|value| value.name().to_owned()).unwrap_or_default();
            let prefix = unspecified.trim_end_matches("UNSPECIFIED");
            let names = words.values().filter(|value| value.number() != 0);
            Shape::Words(names.map(|value| value.name().trim_start_matches(prefix).to_lowercase()).collect())
        }
        _ => Shape::Leaf,
    };
    if field.is_map() {
        let Kind::Message(entry) = field.kind() else { unreachable!("a map has entries") };
        return Shape::Map(Box::new(value(entry.map_entry_value_field().kind())));
    }
    let shape = value(field.kind());
    if field.is_list() { Shape::List(Box::new(shape)) } else { shape }
}

/// The name in files: the JSON name where it is given, else the name.
fn file_name(field: &FieldDescriptor) -> String {
    let mut camel = String::new();
    let mut upper = false;
    for letter in field.name().chars() {
        match letter {
            '_' => upper = true,
            _ if upper => {
                camel.extend(letter.to_uppercase());
                upper = false;
            }
            _ => camel.push(letter),
        }
    }
    if field.json_name() == camel { field.name().to_owned() } else { field.json_name().to_owned() }
}

/// Where the two differ.
fn differences(path: &str, file: &Shape, wire: &Shape, found: &mut Vec<String>) {
    match (file, wire) {
        (Shape::Anything, _) | (Shape::Leaf, Shape::Leaf) => {}
        // Violated rows of plans are free in files.
        (Shape::Map(value), Shape::Object(_)) if **value == Shape::Anything => {}
        // Plans have words that their schema does not list.
        (Shape::Leaf, Shape::Words(_)) if path.starts_with("plan") => {}
        (Shape::Words(file), Shape::Words(wire)) if file == wire => {}
        (Shape::List(file), Shape::List(wire)) => differences(&format!("{path}[]"), file, wire, found),
        (Shape::Map(file), Shape::Map(wire)) => differences(&format!("{path}{{}}"), file, wire, found),
        (Shape::Object(file), Shape::Object(wire)) => {
            for name in file.keys().chain(wire.keys()).collect::<BTreeSet<_>>() {
                let path = format!("{path}.{name}");
                match (file.get(name), wire.get(name)) {
                    (Some(file), Some(wire)) => differences(&path, file, wire, found),
                    (Some(_), None) => found.push(format!("{path} is in files only")),
                    (None, Some(_)) => found.push(format!("{path} is on the wire only")),
                    (None, None) => {}
                }
            }
        }
        _ => found.push(format!("{path}: {file:?} in files, {wire:?} on the wire")),
    }
}

#[test]
fn every_field_of_files_is_on_the_wire_and_the_other_way_round() {
    let pool = DescriptorPool::decode(DESCRIPTORS).expect("they are descriptors");
    let schemas = schema::all();
    assert_eq!(schemas.len(), DOCUMENTS.len(), "every kind of file has its message");
    let mut found = Vec::new();
    for (document, message) in DOCUMENTS {
        let schema = &schemas.iter().find(|(name, _)| *name == document).expect("there is one").1;
        let Shape::Object(mut file) = of_schema(schema.as_value(), schema.as_value()) else {
            panic!("{document} is an object")
        };
        assert!(file.remove("version").is_some() && file.remove("kind").is_some());
        let message = pool.get_message_by_name(&format!("colocate.v1.{message}")).expect("there is one");
        differences(document, &Shape::Object(file), &of_message(&message), &mut found);
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_field_on_one_side_only_is_told() {
    let schema = |text: &str| {
        let value: Value = serde_json::from_str(text).expect("it is JSON");
        of_schema(&value, &value)
    };
    let one = schema(
        r#"{"properties": {"a": {"type": "string"}, "m": {"additionalProperties": {"enum": ["x-y"]}}}}"#,
    );
    let two = schema(
        r#"{"properties": {"a": {"items": {"type": "string"}}, "b": {"type": "number"},
            "m": {"additionalProperties": {"enum": ["x_y", "z"]}}}}"#,
    );
    let told = |a: &Shape, b: &Shape| {
        let mut found = Vec::new();
        differences("it", a, b, &mut found);
        found
    };
    assert_eq!(told(&one, &one), Vec::<String>::new());
    let (forth, back) = (told(&one, &two), told(&two, &one));
    assert_eq!((forth.len(), back.len()), (3, 3));
    assert!(forth[0].starts_with("it.a:") && forth[1] == "it.b is on the wire only");
    assert!(back[1] == "it.b is in files only" && back[2].starts_with("it.m{}:"));
}
