//! JSON: one object, whose long lists are read element by element.

use std::fmt;
use std::io::{self, BufReader};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use colocate_model::FaultCode;

use super::{Format, List, Reading, Source};
use crate::place::{Place, push_segment};
use crate::source::BUFFER;

/// Reads the file into `reading`.
pub(super) fn read<F: Format>(source: &mut Source, reading: &mut Reading<'_, F>) -> io::Result<()> {
    // Bytes are taken one by one, which only a buffer right here makes fast.
    let mut deserializer = serde_json::Deserializer::from_reader(BufReader::with_capacity(BUFFER, source));
    let header = RootSeed { reading: &mut *reading }.deserialize(&mut deserializer);
    match header {
        Ok(header) => reading.header(header, &Place::Root),
        Err(error) => return reading.syntax(&error, None),
    }
    deserializer.end().or_else(|error| reading.syntax(&error, None))
}

/// The whole file; gives back the fields that are no lists.
struct RootSeed<'r, 'a, F: Format> {
    reading: &'r mut Reading<'a, F>,
}

impl<'de, F: Format> DeserializeSeed<'de> for RootSeed<'_, '_, F> {
    type Value = Map<String, Value>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: Format> Visitor<'de> for RootSeed<'_, '_, F> {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let (mut header, mut seen) = (Map::new(), vec![false; F::LISTS.len()]);
        let mut duplicates = Vec::new();
        while let Some(key) = access.next_key::<String>()? {
            let mut path = String::new();
            push_segment(&mut path, &key);
            let known = if let Some(list) = F::LISTS.iter().position(|list| list.field == key) {
                access.next_value_seed(ListSeed { reading: self.reading, list })?;
                std::mem::replace(&mut seen[list], true)
            } else {
                let value =
                    access.next_value_seed(ValueSeed { path: &mut path, duplicates: &mut duplicates })?;
                header.insert(key, value).is_some()
            };
            if known {
                duplicates.push(path);
            }
        }
        self.reading.duplicate_fields(&Place::Root, &mut duplicates);
        for (list, List { field, .. }) in F::LISTS.iter().enumerate() {
            if self.reading.shapes.required[list] && !seen[list] {
                let (cause, action) = (format!("`{field}` is missing"), format!("add the field `{field}`"));
                self.reading.fault(format!("/{field}"), FaultCode::MissingField, cause, &action);
                self.reading.holes.push(field);
            }
        }
        Ok(header)
    }
}

/// A list or map whose elements go to `reading` one by one.
struct ListSeed<'r, 'a, F: Format> {
    reading: &'r mut Reading<'a, F>,
    list: usize,
}

impl<F: Format> ListSeed<'_, '_, F> {
    fn wrong_type<E: Error>(self, found: &str) -> Result<(), E> {
        let list = &F::LISTS[self.list];
        let wanted = if list.is_map { "an object" } else { "a list" };
        let (cause, action) = (format!("{found} is not {wanted}"), format!("write {wanted}"));
        self.reading.fault(format!("/{}", list.field), FaultCode::WrongType, cause, &action);
        self.reading.holes.push(list.field);
        Ok(())
    }
}

impl<'de, F: Format> DeserializeSeed<'de> for ListSeed<'_, '_, F> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: Format> Visitor<'de> for ListSeed<'_, '_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let List { field, is_map, .. } = F::LISTS[self.list];
        if is_map {
            while access.next_element::<IgnoredAny>()?.is_some() {}
            return self.wrong_type("a list");
        }
        let (mut path, mut duplicates) = (String::new(), Vec::new());
        for index in 0.. {
            let seed = ValueSeed { path: &mut path, duplicates: &mut duplicates };
            let Some(value) = access.next_element_seed(seed)? else { break };
            let place = Place::Element(field, index);
            self.reading.duplicate_fields(&place, &mut duplicates);
            self.reading.element(self.list, "", index, value, &place);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let List { field, is_map, .. } = F::LISTS[self.list];
        if !is_map {
            while access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return self.wrong_type("an object");
        }
        let (mut path, mut duplicates) = (String::new(), Vec::new());
        let mut index = 0;
        while let Some(key) = access.next_key::<String>()? {
            let value = access.next_value_seed(ValueSeed { path: &mut path, duplicates: &mut duplicates })?;
            let place = Place::Entry(field, &key);
            self.reading.duplicate_fields(&place, &mut duplicates);
            self.reading.element(self.list, &key, index, value, &place);
            index += 1;
        }
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.wrong_type("null")
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.wrong_type(&value.to_string())
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.wrong_type(&value.to_string())
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.wrong_type(&value.to_string())
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.wrong_type(&value.to_string())
    }
    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.wrong_type("a string")
    }
}

/// A JSON value; the paths of fields that are there twice are noted, the last one counts.
pub(super) struct ValueSeed<'a> {
    /// The pointer of the value, as it was given when the value has been read.
    pub(super) path: &'a mut String,
    pub(super) duplicates: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        let length = self.path.len();
        while let Some(key) = access.next_key::<String>()? {
            push_segment(self.path, &key);
            let value = access.next_value_seed(ValueSeed { path: self.path, duplicates: self.duplicates })?;
            if fields.insert(key, value).is_some() {
                self.duplicates.push(self.path.clone());
            }
            self.path.truncate(length);
        }
        Ok(Value::Object(fields))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        let length = self.path.len();
        loop {
            push_segment(self.path, &items.len().to_string());
            let item =
                access.next_element_seed(ValueSeed { path: self.path, duplicates: self.duplicates })?;
            self.path.truncate(length);
            match item {
                Some(item) => items.push(item),
                None => return Ok(Value::Array(items)),
            }
        }
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }
}
