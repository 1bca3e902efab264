//! Settings: a TOML file that is one value of a type, read as whole files of data are.

use colocate_model::{Document, FaultCode, Faults};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::toml;
use crate::input::Input;
use crate::place::{Lines, Place};
use crate::shape::{Shape, Validator};
use crate::source;

/// A value, and where in the file its parts stand.
#[derive(Debug, Clone, Default)]
pub struct Settings<T> {
    /// The value.
    pub value: T,
    lines: Lines,
}

impl<T> Settings<T> {
    /// The place of `path`, such as `metrics.listen` or `goals[0].terms`: with the line of it, or of what it lies in, in
    /// front where the file has one.
    #[must_use]
    pub fn place(&self, path: &str) -> String {
        self.lines.place(path)
    }
}

/// Reads a TOML file as a `T`; the schema of `T` says what is wrong with it.
///
/// An address that `T` marks with the format `socket-address` is checked with everything else.
///
/// # Errors
/// All that is wrong: fields nobody knows, values of another type, fields that are missing, each with its line.
pub fn read_toml<T: DeserializeOwned + JsonSchema>(
    input: &Input,
    document: Document,
) -> Result<Settings<T>, Faults> {
    let mut faults = Faults::default();
    let parsed = match input.open().and_then(|mut source| toml::parse(&mut source)) {
        Ok(parsed) => parsed,
        Err(error) => {
            source::unreadable(input.name(), document, &error, &mut faults);
            return Err(faults);
        }
    };
    for (place, cause) in parsed.errors {
        faults.add(document, place, FaultCode::Syntax, cause, toml::ACTION);
    }
    if !faults.0.is_empty() {
        return Err(faults);
    }
    let (mut value, place) = (Value::Object(parsed.fields), Place::Toml(&parsed.lines));
    Validator::new(document, &place, &mut faults).check(&Shape::of::<T>(), &mut value);
    if !faults.0.is_empty() {
        // Tables are held by name; people read from top to bottom.
        faults.0.sort_by_key(|fault| line_of(&fault.place));
        return Err(faults);
    }
    match serde_path_to_error::deserialize(value) {
        Ok(value) => Ok(Settings { value, lines: parsed.lines }),
        Err(error) => {
            // What a schema cannot say.
            let place = parsed.lines.place(&error.path().to_string());
            let action = "see the description of the field";
            faults.add(document, place, FaultCode::WrongType, error.inner().to_string(), action);
            Err(faults)
        }
    }
}

/// The line that a place begins with.
fn line_of(place: &str) -> Option<usize> {
    place.strip_prefix("line ")?.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::net::{IpAddr, SocketAddr};

    /// Two listeners.
    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    struct Listeners {
        first: First,
        /// A number of connections.
        connections: u16,
    }

    #[derive(Debug, Default, PartialEq, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    struct First {
        #[schemars(extend("format" = "socket-address"))]
        listen: Option<SocketAddr>,
        host: Option<IpAddr>,
    }

    impl Default for Listeners {
        fn default() -> Self {
            Self { first: First::default(), connections: 7 }
        }
    }

    fn read(text: &str) -> Result<Settings<Listeners>, Vec<String>> {
        read_toml(&Input::from_bytes("serve.toml", text), Document::Config)
            .map_err(|faults| faults.0.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_is_absent_is_as_usual_and_places_have_lines() {
        let settings = read("[first]\nlisten = \"[::1]:80\"\n").expect("it is sound");
        assert_eq!(settings.value.first.listen, "[::1]:80".parse().ok());
        assert_eq!(settings.value.connections, 7);
        assert_eq!(settings.place("first.listen"), "line 2 first.listen");
        assert_eq!(settings.place("connections"), "connections");
    }

    #[test]
    fn all_faults_come_at_once() {
        let faults =
            read("conections = 3\n[first]\nlisten = \"localhost\"\nhost = 7\n").expect_err("three are wrong");
        let wanted = "an address and a port such as \"127.0.0.1:7000\"";
        assert_eq!(
            faults,
            [
                "E1103 config line 1 conections: there is no field `conections`; maybe you meant `connections`",
                &format!("E1104 config line 3 first.listen: \"localhost\" is not {wanted}; write {wanted}"),
                "E1104 config line 4 first.host: 7 is not a string; write a string",
            ]
        );
        assert_eq!(read("connections = 70000").expect_err("65535 is the most").len(), 1);
        assert!(
            read("connections =\n[first").expect_err("it is no TOML")[0].starts_with("E1102 config line 1")
        );
    }

    #[test]
    fn what_a_schema_cannot_say_has_its_place_all_the_same() {
        let faults = read("[first]\nhost = \"nowhere\"\n").expect_err("that is no address");
        assert_eq!(faults.len(), 1);
        assert!(faults[0].starts_with("E1104 config line 2 first.host: invalid IP address"), "{faults:?}");
    }
}
