//! Hashes that command line, server and client agree on.

use colocate_model::Problem;
use serde_json::Value;

/// Integers up to this size are exact in every JSON reader.
pub(crate) const MAX_SAFE_INTEGER: i64 = 1 << 53;

/// The hash of a validated problem: BLAKE3 of its postcard encoding, as `blake3:<hex>`.
#[must_use]
pub fn problem_hash(problem: &Problem) -> String {
    struct Sink(blake3::Hasher);
    impl std::io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let sink = postcard::to_io(problem, Sink(blake3::Hasher::new()))
        .expect("the hasher takes everything, and every sequence of a problem knows its length");
    text(&sink.0.finalize())
}

/// The hash of a JSON value: BLAKE3 of its canonical form (RFC 8785), as `blake3:<hex>`. Integers beyond 2^53, which
/// that form cannot hold, are hashed as strings.
#[must_use]
pub fn canonical_json_hash(value: &Value) -> String {
    let mut value = value.clone();
    quote_large_integers(&mut value);
    let canonical = serde_jcs::to_vec(&value).expect("a JSON value has string keys and finite numbers");
    text(&blake3::hash(&canonical))
}

/// The hash as files and plans show it.
pub(crate) fn text(hash: &blake3::Hash) -> String {
    format!("blake3:{}", hash.to_hex())
}

fn quote_large_integers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let large = number.as_i64().is_some_and(|n| n.unsigned_abs() > MAX_SAFE_INTEGER.unsigned_abs());
            if large || (number.as_u64().is_some() && number.as_i64().is_none()) {
                *value = Value::String(number.to_string());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(quote_large_integers),
        Value::Object(fields) => fields.values_mut().for_each(quote_large_integers),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_of_fields_does_not_matter() {
        let (a, b) = (json!({"a": 1, "b": [1.5]}), json!({"b": [1.5], "a": 1}));
        assert_eq!(canonical_json_hash(&a), canonical_json_hash(&b));
    }

    #[test]
    fn large_integers_do_not_collide() {
        let hash = |n: u64| canonical_json_hash(&json!(n));
        assert_ne!(hash((1 << 53) + 1), hash((1 << 53) + 2));
        assert_ne!(hash(u64::MAX), hash(u64::MAX - 1));
        assert_eq!(hash(u64::MAX), canonical_json_hash(&json!(u64::MAX.to_string())));
    }
}
