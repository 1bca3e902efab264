//! The shape that a JSON Schema describes, and all that is wrong with a value that should have it.
//!
//! A format is defined once, by types that derive `Deserialize` and `JsonSchema`. Serde stops at the first error and
//! knows no place, so a value is first held against the schema of its type: every fault is noted, faulty parts are
//! taken out, and what is left deserialises. Only the keywords that the schemas of this crate use are understood.

use std::collections::BTreeMap;

use colocate_model::{Document, FaultCode, Faults};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use crate::place::{Place, push_segment};
use crate::suggest::closest;
use crate::values::{self, Pattern};

/// What a value may be. Every list that is empty and every option that is `None` allows anything.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shape {
    kinds: Vec<Kind>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    /// The only text allowed: `version` and `kind`.
    fixed: Option<String>,
    words: Vec<String>,
    pattern: Option<Pattern>,
    items: Option<Box<Shape>>,
    /// The keys allowed in a map.
    keys: Vec<String>,
    fields: BTreeMap<String, Shape>,
    required: Vec<String>,
    prefixes: Vec<(String, Shape)>,
    others: Others,
    choices: Vec<Shape>,
}

/// Fields of an object that are not named.
#[derive(Debug, Clone, Default)]
enum Others {
    #[default]
    Allowed,
    Forbidden,
    Each(Box<Shape>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "null" => Self::Null,
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "string" => Self::String,
            "array" => Self::Array,
            "object" => Self::Object,
            _ => return None,
        })
    }

    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(number) if values::as_integer(number).is_some() => Self::Integer,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "true or false",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "a list",
            Self::Object => "an object",
        }
    }
}

impl Shape {
    /// The shape of `T`.
    pub(crate) fn of<T: JsonSchema>() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        Self::compile(settings.into_generator().into_root_schema_for::<T>().as_value())
    }

    /// The shape of the elements of a list or map that is a field of this one.
    pub(crate) fn element(&self, field: &str) -> Self {
        let Some(list) = self.fields.get(field) else { return Self::default() };
        match (&list.items, &list.others) {
            (Some(items), _) => (**items).clone(),
            (None, Others::Each(each)) => (**each).clone(),
            (None, _) => Self::default(),
        }
    }

    /// Whether `field` has to be there.
    pub(crate) fn requires(&self, field: &str) -> bool {
        self.required.iter().any(|required| required == field)
    }

    /// Lets a field be anything.
    pub(crate) fn allow(&mut self, field: &str) {
        self.fields.entry(field.to_owned()).or_default();
    }

    fn compile(schema: &Value) -> Self {
        let Some(schema) = schema.as_object() else { return Self::default() };
        let number = |key: &str| schema.get(key).and_then(Value::as_f64);
        let list = |key: &str| schema.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let texts =
            |items: &[Value]| items.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
        let object = |key: &str| schema.get(key).and_then(Value::as_object).into_iter().flatten();
        let alternatives = if schema.contains_key("anyOf") { list("anyOf") } else { list("oneOf") };
        let constants: Vec<Value> =
            alternatives.iter().filter_map(|choice| choice.get("const").cloned()).collect();
        let all_constant = !alternatives.is_empty() && constants.len() == alternatives.len();
        let mut kinds: Vec<Kind> = match schema.get("type") {
            Some(Value::String(word)) => Kind::from_word(word).into_iter().collect(),
            Some(Value::Array(words)) => {
                words.iter().filter_map(Value::as_str).filter_map(Kind::from_word).collect()
            }
            _ => Vec::new(),
        };
        let words = if all_constant { texts(&constants) } else { texts(list("enum")) };
        if kinds.is_empty() && (!words.is_empty() || schema.contains_key("const")) {
            kinds.push(Kind::String);
        }
        Self {
            kinds,
            minimum: number("minimum"),
            maximum: number("maximum").or(match schema.get("format").and_then(Value::as_str) {
                Some("uint16") => Some(f64::from(u16::MAX)),
                Some("uint32") => Some(f64::from(u32::MAX)),
                _ => None,
            }),
            fixed: schema.get("const").and_then(Value::as_str).map(str::to_owned),
            words,
            pattern: schema
                .get("format")
                .or(schema.get("pattern"))
                .and_then(Value::as_str)
                .and_then(Pattern::of),
            items: schema.get("items").map(|items| Box::new(Self::compile(items))),
            keys: schema
                .get("propertyNames")
                .and_then(|names| names.get("enum"))
                .and_then(Value::as_array)
                .map_or_else(Vec::new, |keys| texts(keys)),
            fields: object("properties").map(|(name, field)| (name.clone(), Self::compile(field))).collect(),
            required: texts(list("required")),
            // The patterns of this crate are all `^prefix`.
            prefixes: object("patternProperties")
                .map(|(pattern, field)| (pattern.trim_start_matches('^').to_owned(), Self::compile(field)))
                .collect(),
            others: match schema.get("additionalProperties") {
                Some(Value::Bool(false)) => Others::Forbidden,
                Some(each @ Value::Object(_)) => Others::Each(Box::new(Self::compile(each))),
                _ => Others::Allowed,
            },
            choices: if all_constant { Vec::new() } else { alternatives.iter().map(Self::compile).collect() },
        }
    }

    fn accepts(&self, kind: Kind) -> bool {
        let wide = |allowed: &Kind| *allowed == kind || (*allowed == Kind::Number && kind == Kind::Integer);
        if !self.choices.is_empty() {
            return self.choices.iter().any(|choice| choice.accepts(kind));
        }
        self.kinds.is_empty() || self.kinds.iter().any(wide)
    }

    /// What it wants, in words.
    fn wanted(&self) -> String {
        let pattern = self.pattern.filter(|pattern| *pattern != Pattern::Integer);
        let mut wanted: Vec<String> = self.choices.iter().map(Self::wanted).collect();
        wanted.extend(self.kinds.iter().filter_map(|&kind| match kind {
            // Null is the same as leaving the field out; integers as strings are for numbers that are too large.
            Kind::Null => None,
            Kind::String if self.pattern == Some(Pattern::Integer) => None,
            Kind::String => Some(pattern.map_or(kind.name(), Pattern::example).to_owned()),
            _ => Some(kind.name().to_owned()),
        }));
        wanted.retain(|words| !words.is_empty());
        wanted.dedup();
        wanted.join(" or ")
    }
}

/// Holds values against shapes.
pub(crate) struct Validator<'a> {
    document: Document,
    place: &'a Place<'a>,
    path: String,
    faults: &'a mut Faults,
}

impl<'a> Validator<'a> {
    pub(crate) fn new(document: Document, place: &'a Place<'a>, faults: &'a mut Faults) -> Self {
        Self { document, place, path: String::new(), faults }
    }

    /// Notes all that is wrong with `value` and takes it out; what can only be one thing is put right. False when
    /// nothing useful is left.
    pub(crate) fn check(&mut self, shape: &Shape, value: &mut Value) -> bool {
        let kind = Kind::of(value);
        if !shape.accepts(kind) {
            let (shown, wanted) = (brief(value), shape.wanted());
            self.fault(FaultCode::WrongType, format!("{shown} is not {wanted}"), format!("write {wanted}"));
            return false;
        }
        if let Some(choice) = shape.choices.iter().find(|choice| choice.accepts(kind)) {
            return self.check(choice, value);
        }
        match value {
            Value::String(text) => self.text(shape, text),
            Value::Number(number) => number.as_f64().is_none_or(|number| self.number(shape, number)),
            Value::Array(items) => match &shape.items {
                Some(shape) => self.items(shape, items),
                None => true,
            },
            Value::Object(fields) => self.object(shape, fields),
            Value::Null | Value::Bool(_) => true,
        }
    }

    fn items(&mut self, shape: &Shape, items: &mut [Value]) -> bool {
        let mut sound = true;
        for (index, item) in items.iter_mut().enumerate() {
            sound &= self.within(&index.to_string(), |this| this.check(shape, item));
        }
        sound
    }

    fn object(&mut self, shape: &Shape, fields: &mut Map<String, Value>) -> bool {
        for name in shape.required.iter().filter(|&name| !fields.contains_key(name)) {
            let (cause, action) = (format!("`{name}` is missing"), format!("add the field `{name}`"));
            self.within(name, |this| this.fault(FaultCode::MissingField, cause, action));
        }
        fields.retain(|name, value| {
            let known = shape.fields.get(name);
            let prefixed = || shape.prefixes.iter().find(|(prefix, _)| name.starts_with(prefix.as_str()));
            match (known.or_else(|| prefixed().map(|(_, shape)| shape)), &shape.others) {
                (Some(shape), _) => self.within(name, |this| this.check(shape, value)),
                (None, Others::Each(each)) => {
                    self.within(name, |this| this.word(&shape.keys, name) & this.check(each, value))
                }
                (None, Others::Allowed) => true,
                (None, Others::Forbidden) => {
                    self.within(name, |this| this.unknown_field(shape, name));
                    false
                }
            }
        });
        for (name, field) in &shape.fields {
            if let (Some(fixed), true) = (&field.fixed, shape.required.contains(name)) {
                fields.entry(name.clone()).or_insert_with(|| Value::String(fixed.clone()));
            }
        }
        shape.required.iter().all(|name| fields.contains_key(name))
    }

    fn unknown_field(&mut self, shape: &Shape, name: &str) {
        let known = || shape.fields.keys().chain(shape.prefixes.iter().map(|(prefix, _)| prefix));
        let action = match closest(name, known().map(String::as_str)) {
            Some(field) => format!("maybe you meant `{field}`"),
            None => format!(
                "use some of {}",
                known().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            ),
        };
        self.fault(FaultCode::UnknownField, format!("there is no field `{name}`"), action);
    }

    fn number(&mut self, shape: &Shape, number: f64) -> bool {
        let (low, high) =
            (shape.minimum.unwrap_or(f64::NEG_INFINITY), shape.maximum.unwrap_or(f64::INFINITY));
        // An integer of the formats has 64 bits.
        let wide = shape.pattern == Some(Pattern::Integer) && number >= i64::MAX as f64;
        if (low..=high).contains(&number) && !wide {
            return true;
        }
        let action = match (shape.minimum, shape.maximum) {
            _ if wide => format!("write {}", Pattern::Integer.example()),
            (_, None) => format!("write {low} or more"),
            (None, Some(_)) => format!("write {high} or less"),
            (Some(_), Some(_)) => format!("write {low} to {high}"),
        };
        self.fault(FaultCode::OutOfRange, format!("{number} is out of range"), action);
        false
    }

    fn text(&mut self, shape: &Shape, text: &mut String) -> bool {
        if let Some(fixed) = &shape.fixed {
            if text != fixed {
                let action = format!("it has to be \"{fixed}\"; maybe this is another file");
                self.fault(FaultCode::WrongKind, format!("\"{text}\" is not \"{fixed}\""), action);
                text.clone_from(fixed);
            }
            return true;
        }
        if !self.word(&shape.words, text) {
            return false;
        }
        match shape.pattern {
            Some(pattern) if !pattern.accepts(text) => {
                let (shown, wanted) = (brief(&Value::String(text.to_owned())), pattern.example());
                self.fault(
                    FaultCode::WrongType,
                    format!("{shown} is not {wanted}"),
                    format!("write {wanted}"),
                );
                false
            }
            _ => true,
        }
    }

    /// Whether `text` is one of `words`, or these are open.
    fn word(&mut self, words: &[String], text: &str) -> bool {
        if words.is_empty() || words.iter().any(|word| word == text) {
            return true;
        }
        let action = closest(text, words.iter().map(String::as_str)).map_or_else(
            || format!("use one of {}", words.join(", ")),
            |word| format!("maybe you meant \"{word}\""),
        );
        self.fault(FaultCode::UnknownWord, format!("\"{text}\" is none of the words allowed"), action);
        false
    }

    fn within<T>(&mut self, segment: &str, check: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        push_segment(&mut self.path, segment);
        let result = check(self);
        self.path.truncate(length);
        result
    }

    fn fault(&mut self, code: FaultCode, cause: String, action: String) {
        self.faults.add(self.document, self.place.at(&self.path), code, cause, action);
    }
}

/// A value as messages show it.
fn brief(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) if text.chars().count() > 40 => {
            format!("\"{}...\"", text.chars().take(40).collect::<String>())
        }
        _ => value.to_string(),
    }
}
