//! The protocol and the schemas of files: well formed, and only growing.

mod lock;

use std::collections::{BTreeMap, BTreeSet};

use colocate_proto::DESCRIPTORS;
use prost::Message;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
};
use serde_json::Value;

const PACKAGE: &str = "colocate.v1";

fn files() -> Vec<FileDescriptorProto> {
    let set = FileDescriptorSet::decode(DESCRIPTORS).expect("they are descriptors");
    set.file.into_iter().filter(|file| file.package() == PACKAGE).collect()
}

fn is_solver(file: &FileDescriptorProto) -> bool {
    file.name().ends_with("/solver.proto")
}

fn is_pascal(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn is_snake(name: &str, case: fn(&char) -> bool) -> bool {
    let edges = name.starts_with('_') || name.ends_with('_') || name.contains("__");
    !edges
        && name.starts_with(|c| case(&c))
        && name.chars().all(|c| c == '_' || c.is_ascii_digit() || case(&c))
}

/// `HostState` as `HOST_STATE`.
fn upper_snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_uppercase());
    }
    snake
}

/// What is wrong with a file: the rule and the place.
struct Lint {
    commented: BTreeSet<Vec<i32>>,
    found: Vec<String>,
}

impl Lint {
    fn of(file: &FileDescriptorProto) -> Vec<String> {
        let locations = file.source_code_info.iter().flat_map(|info| &info.location);
        let commented = locations.filter(|location| !location.leading_comments().trim().is_empty());
        let mut lint =
            Self { commented: commented.map(|location| location.path.clone()).collect(), found: Vec::new() };
        let folder = file.package().replace('.', "/");
        let inside = file.name().rsplit_once('/').is_some_and(|(parent, _)| parent == folder);
        lint.rule(inside, "package-directory", file.name());
        for (index, message) in (0..).zip(&file.message_type) {
            lint.message(message, &[4, index]);
        }
        for (index, words) in (0..).zip(&file.enum_type) {
            lint.words(words, &[5, index]);
        }
        let mut used = BTreeSet::new();
        for (index, service) in (0..).zip(&file.service) {
            let place = service.name();
            lint.rule(is_pascal(place), "service-pascal-case", place);
            lint.comment(&[6, index], place);
            for (position, method) in (0..).zip(&service.method) {
                let place = format!("{place}.{}", method.name());
                lint.rule(is_pascal(method.name()), "rpc-pascal-case", &place);
                lint.comment(&[6, index, 2, position], &place);
                for (kind, used_type) in
                    [("Request", method.input_type()), ("Response", method.output_type())]
                {
                    // A method whose name another service has as well says whose it is.
                    let wanted = ["", service.name()]
                        .map(|of| format!(".{}.{of}{}{kind}", file.package(), method.name()));
                    let named = wanted.iter().any(|wanted| wanted == used_type);
                    lint.rule(named, "rpc-types-named-after-it", &place);
                    lint.rule(used.insert(used_type.to_owned()), "rpc-types-unique", &place);
                }
            }
        }
        lint.found
    }

    fn rule(&mut self, holds: bool, rule: &str, place: &str) {
        if !holds {
            self.found.push(format!("{rule}: {place}"));
        }
    }

    fn comment(&mut self, path: &[i32], place: &str) {
        let holds = self.commented.contains(path);
        self.rule(holds, "comment", place);
    }

    fn message(&mut self, message: &DescriptorProto, path: &[i32]) {
        if message.options.as_ref().is_some_and(|options| options.map_entry()) {
            return;
        }
        let name = message.name();
        self.rule(is_pascal(name), "message-pascal-case", name);
        self.comment(path, name);
        for (index, field) in (0..).zip(&message.field) {
            let place = format!("{name}.{}", field.name());
            self.rule(is_snake(field.name(), char::is_ascii_lowercase), "field-lower-snake-case", &place);
            // Python takes no message where a JSON name is the name of another field.
            let taken = |other: &FieldDescriptorProto| {
                other.number() != field.number() && other.name() == field.json_name()
            };
            self.rule(!message.field.iter().any(taken), "json-name-of-no-other-field", &place);
            self.comment(&[path, &[2, index]].concat(), &place);
        }
        for (index, inner) in (0..).zip(&message.nested_type) {
            self.message(inner, &[path, &[3, index]].concat());
        }
        for (index, words) in (0..).zip(&message.enum_type) {
            self.words(words, &[path, &[4, index]].concat());
        }
    }

    fn words(&mut self, words: &EnumDescriptorProto, path: &[i32]) {
        let name = words.name();
        let prefix = upper_snake(name);
        self.rule(is_pascal(name), "enum-pascal-case", name);
        self.comment(path, name);
        let zero = words.value.iter().find(|value| value.number() == 0).map(|value| value.name());
        self.rule(zero == Some(&format!("{prefix}_UNSPECIFIED")), "enum-zero-unspecified", name);
        for (index, value) in (0..).zip(&words.value) {
            let place = format!("{name}.{}", value.name());
            let snake = is_snake(value.name(), char::is_ascii_uppercase);
            self.rule(snake && value.name().starts_with(&format!("{prefix}_")), "enum-value-prefix", &place);
            self.comment(&[path, &[2, index]].concat(), &place);
        }
    }
}

#[test]
fn the_protocol_keeps_its_style() {
    let files = files();
    assert!(files.len() > 5);
    let found: Vec<String> = files.iter().flat_map(Lint::of).collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn lapses_of_style_are_told() {
    let mut file = files().into_iter().find(is_solver).expect("there is the solver");
    file.source_code_info = None;
    file.service[0].method[0].input_type = Some(".colocate.v1.Other".to_owned());
    file.message_type[0].field[0].name = Some("badName".to_owned());
    file.message_type[0].field[1].json_name = Some("badName".to_owned());
    file.enum_type[0].value[0].name = Some("NOTHING".to_owned());
    let found = Lint::of(&file);
    for rule in [
        "comment: Solver",
        "rpc-types-named-after-it: Solver.Solve",
        "field-lower-snake-case: Problem.badName",
        "json-name-of-no-other-field: Problem.utilisation",
        "enum-zero-unspecified: Method",
        "enum-value-prefix: Method.NOTHING",
    ] {
        assert!(found.iter().any(|line| line == rule), "{rule}: {found:?}");
    }
}

/// A line for all that others rely on.
fn listing(files: &[FileDescriptorProto]) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for file in files {
        file.message_type.iter().for_each(|message| list_message(message, PACKAGE, &mut lines));
        file.enum_type.iter().for_each(|words| list_words(words, PACKAGE, &mut lines));
        for service in &file.service {
            for method in &service.method {
                let stream = |streams: bool| if streams { "stream " } else { "" };
                lines.insert(format!(
                    "rpc {PACKAGE}.{}.{} {}{} returns {}{}",
                    service.name(),
                    method.name(),
                    stream(method.client_streaming()),
                    method.input_type(),
                    stream(method.server_streaming()),
                    method.output_type()
                ));
            }
        }
    }
    lines
}

fn list_message(message: &DescriptorProto, parent: &str, lines: &mut BTreeSet<String>) {
    let name = format!("{parent}.{}", message.name());
    lines.insert(format!("message {name}"));
    for field in &message.field {
        let kind = match field.r#type() {
            Type::Message | Type::Enum => field.type_name().to_owned(),
            plain => plain.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
        };
        let label = if field.label() == Label::Repeated { "repeated" } else { "singular" };
        let oneof = field.oneof_index.and_then(|index| message.oneof_decl.get(usize::try_from(index).ok()?));
        lines.insert(format!(
            "field {name}.{} = {} {label} {kind} json={} oneof={}",
            field.name(),
            field.number(),
            field.json_name(),
            oneof.map_or("-", |oneof| oneof.name())
        ));
    }
    for range in &message.reserved_range {
        lines.insert(format!("reserved {name} {} to {}", range.start(), range.end() - 1));
    }
    message.nested_type.iter().for_each(|inner| list_message(inner, &name, lines));
    message.enum_type.iter().for_each(|words| list_words(words, &name, lines));
}

fn list_words(words: &EnumDescriptorProto, parent: &str, lines: &mut BTreeSet<String>) {
    for value in &words.value {
        lines.insert(format!("value {parent}.{}.{} = {}", words.name(), value.name(), value.number()));
    }
}

#[test]
fn the_protocol_only_grows() {
    lock::assert_only_grows("colocate.v1.lock", &listing(&files()), |_, _| None);
}

#[test]
fn a_change_of_the_protocol_is_told() {
    let before = listing(&files());
    let mut changed = files();
    let file = changed.iter_mut().find(|file| is_solver(file)).expect("there is the solver");
    file.message_type[0].field[0].number = Some(77);
    file.enum_type[0].value.pop();
    file.service[0].method.pop();
    let breaks = lock::breaks(&before, &listing(&changed), |_, _| None);
    let starts: Vec<&str> = breaks.iter().filter_map(|line| line.split(' ').nth(3)).collect();
    assert_eq!(starts, ["field", "rpc", "value"], "{breaks:?}");
}

/// A line for every field of a schema: where it is, what it is, whether it has to be there.
fn list_schema(
    name: &str,
    schema: &Value,
    root: &Value,
    path: &str,
    required: bool,
    lines: &mut BTreeSet<String>,
) {
    let target = match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) => {
            root.pointer(reference.trim_start_matches('#')).expect("references lead somewhere")
        }
        None => schema,
    };
    let kind = match target.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("|"),
        _ if target.get("const").is_some() => "constant".to_owned(),
        _ if target.get("anyOf").or(target.get("oneOf")).is_some() => "choice".to_owned(),
        _ => "anything".to_owned(),
    };
    let presence = if required { "required" } else { "optional" };
    lines.insert(format!("{name} {path} {kind} {presence}"));
    let list = |key: &str| target.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for choice in list("anyOf").iter().chain(list("oneOf")).chain(list("enum")) {
        match choice.get("const").or(choice.is_string().then_some(choice)) {
            Some(word) => _ = lines.insert(format!("{name} {path} word {word}")),
            None if choice.get("type") != Some(&"null".into()) => {
                list_schema(name, choice, root, &format!("{path}?"), false, lines);
            }
            None => {}
        }
    }
    let names: BTreeMap<&str, bool> =
        list("required").iter().filter_map(Value::as_str).map(|n| (n, true)).collect();
    for (field, inner) in target.get("properties").and_then(Value::as_object).into_iter().flatten() {
        list_schema(name, inner, root, &format!("{path}/{field}"), names.contains_key(&**field), lines);
    }
    for (pattern, inner) in target.get("patternProperties").and_then(Value::as_object).into_iter().flatten() {
        list_schema(name, inner, root, &format!("{path}/{pattern}"), false, lines);
    }
    if let Some(inner) = target.get("additionalProperties").filter(|inner| inner.is_object()) {
        list_schema(name, inner, root, &format!("{path}/*"), false, lines);
    }
    if let Some(inner) = target.get("items") {
        list_schema(name, inner, root, &format!("{path}/-"), false, lines);
    }
}

/// Why a line may not be added: files that were good lack the field.
fn newly_required(line: &str, before: &BTreeSet<String>) -> Option<String> {
    let path = line.strip_suffix(" required")?.rsplit_once(' ')?.0;
    let parent = path.rsplit_once('/')?.0;
    let known = before.iter().any(|old| old.strip_prefix(parent).is_some_and(|rest| rest.starts_with(' ')));
    known.then(|| format!("a new field that has to be there: {line}"))
}

#[test]
fn files_only_grow() {
    let mut lines = BTreeSet::new();
    for (name, schema) in colocate_files::schema::all() {
        list_schema(name, schema.as_value(), schema.as_value(), "", true, &mut lines);
    }
    lock::assert_only_grows("schemas.lock", &lines, newly_required);
}

#[test]
fn a_change_of_a_schema_is_told() {
    let list = |text: &str| {
        let (schema, mut lines) = (serde_json::from_str::<Value>(text).expect("it is JSON"), BTreeSet::new());
        list_schema("it", &schema, &schema, "", true, &mut lines);
        lines
    };
    let before = list(r#"{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}"#);
    let more = |field: &str, required: &str| {
        list(&format!(
            r#"{{"type": "object", "properties": {{"a": {{"type": "string"}}, "b": {field}}}, "required": [{required}]}}"#
        ))
    };
    assert_eq!(lock::breaks(&before, &more(r#"{"type": "number"}"#, r#""a""#), newly_required).len(), 0);
    assert_eq!(lock::breaks(&before, &more(r#"{"type": "number"}"#, r#""a", "b""#), newly_required).len(), 1);
    assert_eq!(lock::breaks(&before, &more(r#"{"type": "number"}"#, ""), newly_required).len(), 1);
}
