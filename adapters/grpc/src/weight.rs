//! What a message takes once it is decoded, told from its bytes as they pass.
//!
//! Two bytes on the wire can be a component of some hundred bytes, and five the first entry of a map, which has a node of
//! eleven. So no multiple of the length is safe: what is counted are the messages inside the message, each with the size
//! that its type has. A message that stops making sense is not followed further, for it will not be decoded either.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use colocate_proto::DESCRIPTORS;
use prost::Message;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};

/// Bytes of memory for a byte of an uncompressed message, whatever it says: its buffers, and text that is copied.
pub(crate) const TEXT: u64 = 4;
/// What the allocator adds to a piece of text.
const ALLOCATION: u64 = 16;
/// Elements of a list take up to twice their size while it grows, and are there once more as a draft.
const COPIES: u64 = 4;
/// Nodes of a map may be half empty; one map after the other becomes that of the draft.
const HALF_EMPTY: u64 = 2;
/// Entries of a node of a map, which the first entry brings along.
const NODE: u64 = 11;
/// Messages within messages, groups included, beyond which nothing is decoded.
const DEPTH: usize = 100;

/// A field of a message type.
struct Field {
    kind: Kind,
    /// Bytes of each value.
    cost: u64,
    /// Whether its values are the entries of a map, and as which of its message.
    map: Option<u32>,
}

enum Kind {
    /// A number, or a list of numbers in one piece of which a byte costs so much.
    Number { packed: u64 },
    /// Text.
    Text,
    /// A message of this type.
    Message(usize),
}

/// The message types of the protocol.
#[derive(Default)]
struct Types {
    /// Of each message type, by number.
    fields: Vec<Vec<Option<Field>>>,
    /// The request of every method, by its path without the first slash.
    requests: BTreeMap<String, usize>,
}

static TYPES: LazyLock<Types> = LazyLock::new(|| {
    let set = FileDescriptorSet::decode(DESCRIPTORS).expect("the descriptors are those of this build");
    Types::of(&set)
});

impl Types {
    fn of(set: &FileDescriptorSet) -> Self {
        let mut messages: Vec<(String, &DescriptorProto)> = Vec::new();
        for file in &set.file {
            file.message_type.iter().for_each(|message| collect(file.package(), message, &mut messages));
        }
        let positions: BTreeMap<&str, usize> =
            messages.iter().enumerate().map(|(index, (name, _))| (name.as_str(), index)).collect();
        let fields = messages.iter().map(|(_, message)| {
            let mut maps = 0;
            let field = |field: &FieldDescriptorProto| {
                let target = positions.get(field.type_name()).copied();
                let entry = target.is_some_and(|target| is_entry(messages[target].1));
                maps += u32::from(entry);
                let size = value_size(field, &messages, &positions, DEPTH);
                let repeated = field.label() == Label::Repeated;
                let kind = match (field.r#type(), target) {
                    (Type::String | Type::Bytes, _) => Kind::Text,
                    (_, Some(target)) if field.r#type() == Type::Message => Kind::Message(target),
                    // A byte is at least one number, but for those of fixed size.
                    (Type::Double | Type::Fixed64 | Type::Sfixed64, _) => Kind::Number { packed: 2 },
                    _ => Kind::Number { packed: 2 * size },
                };
                // What is there once is part of its message.
                let cost = match (repeated, entry) {
                    (true, true) => HALF_EMPTY * size,
                    (true, false) => COPIES * size,
                    (false, _) => 0,
                };
                (field.number() as usize, Field { kind, cost, map: entry.then(|| maps.min(63)) })
            };
            by_number(message.field.iter().map(field).collect())
        });
        let fields = fields.collect();
        let mut requests = BTreeMap::new();
        for (file, service) in
            set.file.iter().flat_map(|file| file.service.iter().map(move |one| (file, one)))
        {
            for method in &service.method {
                let path = format!("{}.{}/{}", file.package(), service.name(), method.name());
                requests.extend(positions.get(method.input_type()).map(|&request| (path, request)));
            }
        }
        Self { fields, requests }
    }
}

/// Fields at the position of their number. Numbers of the protocol are small.
fn by_number(fields: Vec<(usize, Field)>) -> Vec<Option<Field>> {
    let most = fields.iter().map(|entry| entry.0).max().unwrap_or(0);
    let mut list: Vec<Option<Field>> = (0..=most).map(|_| None).collect();
    fields.into_iter().for_each(|(number, field)| list[number] = Some(field));
    list
}

/// Full names as type names have them, with their messages.
fn collect<'d>(
    prefix: &str,
    message: &'d DescriptorProto,
    messages: &mut Vec<(String, &'d DescriptorProto)>,
) {
    let prefix = prefix.trim_start_matches('.');
    let name = format!(".{prefix}.{}", message.name());
    message.nested_type.iter().for_each(|inner| collect(&name, inner, messages));
    messages.push((name, message));
}

fn is_entry(message: &DescriptorProto) -> bool {
    message.options.as_ref().is_some_and(|options| options.map_entry())
}

/// Bytes of one value of a field as Rust keeps it, `depth` types down.
fn value_size(
    field: &FieldDescriptorProto,
    messages: &[(String, &DescriptorProto)],
    positions: &BTreeMap<&str, usize>,
    depth: usize,
) -> u64 {
    match field.r#type() {
        Type::String | Type::Bytes => 24,
        Type::Message => {
            let Some(&target) = positions.get(field.type_name()) else { return 24 };
            let inner = messages[target].1.field.iter().map(|field| match field.label() {
                Label::Repeated => 24,
                _ if depth == 0 => 24,
                // What may be absent says so.
                _ => 8 + value_size(field, messages, positions, depth - 1),
            });
            inner.sum::<u64>().max(8)
        }
        Type::Double | Type::Int64 | Type::Uint64 | Type::Fixed64 | Type::Sfixed64 | Type::Sint64 => 8,
        _ => 4,
    }
}

/// Weighs one message while its bytes pass.
pub(crate) struct Scanner {
    types: &'static Types,
    /// The messages that have begun and not ended, the outermost first.
    open: Vec<Open>,
    /// Bytes that have passed.
    position: u64,
    awaited: Awaited,
}

/// A message that has begun.
struct Open {
    /// Its type; `None` for what nobody knows.
    message: Option<usize>,
    /// Where it ends; a group ends with a tag, and at the latest where it is in does.
    end: u64,
    group: bool,
    /// The maps that have an entry, a bit each.
    maps: u64,
}

/// What comes next.
#[derive(Clone, Copy)]
enum Awaited {
    Tag(Varint),
    Length(u32, Varint),
    /// A number that does not count.
    Number(Varint),
    /// So many bytes that do not count.
    Rest(u64),
    /// Nothing that makes sense.
    Nonsense,
}

/// A number of up to ten bytes.
#[derive(Clone, Copy, Default)]
struct Varint {
    value: u64,
    bits: u32,
}

impl Varint {
    /// Takes a byte; the number once it is whole, `Err` where it is too long.
    fn take(&mut self, byte: u8) -> Result<Option<u64>, ()> {
        if self.bits >= 70 {
            return Err(());
        }
        if self.bits < 64 {
            self.value |= u64::from(byte & 0x7f) << self.bits;
        }
        self.bits += 7;
        Ok((byte < 0x80).then_some(self.value))
    }
}

impl Default for Scanner {
    /// For a message that nobody knows.
    fn default() -> Self {
        Self::new("")
    }
}

impl Scanner {
    /// For the request of the method at `path`, such as `/colocate.v1.Solver/Solve`.
    pub(crate) fn new(path: &str) -> Self {
        let types = &*TYPES;
        let message = types.requests.get(path.trim_start_matches('/')).copied();
        let open = vec![Open { message, end: u64::MAX, group: false, maps: 0 }];
        Self { types, open, position: 0, awaited: Awaited::Tag(Varint::default()) }
    }

    /// Bytes of memory that what begins in `bytes` will take, beside [`TEXT`], after those that passed before.
    pub(crate) fn weigh(&mut self, mut bytes: &[u8]) -> u64 {
        let mut weight = 0_u64;
        while let Some((&first, rest)) = bytes.split_first() {
            match self.awaited {
                Awaited::Nonsense => break,
                Awaited::Rest(left) => {
                    let taken = left.min(bytes.len() as u64);
                    bytes = &bytes[taken as usize..];
                    self.position += taken;
                    self.go_on(if taken == left { None } else { Some(Awaited::Rest(left - taken)) });
                }
                Awaited::Tag(mut varint) => {
                    bytes = rest;
                    self.position += 1;
                    match varint.take(first) {
                        Ok(None) => self.awaited = Awaited::Tag(varint),
                        Ok(Some(tag)) => weight = weight.saturating_add(self.field(tag)),
                        Err(()) => self.awaited = Awaited::Nonsense,
                    }
                }
                Awaited::Number(mut varint) => {
                    bytes = rest;
                    self.position += 1;
                    match varint.take(first) {
                        Ok(whole) => self.go_on(whole.is_none().then_some(Awaited::Number(varint))),
                        Err(()) => self.awaited = Awaited::Nonsense,
                    }
                }
                Awaited::Length(number, mut varint) => {
                    bytes = rest;
                    self.position += 1;
                    match varint.take(first) {
                        Ok(None) => self.awaited = Awaited::Length(number, varint),
                        Ok(Some(length)) => weight = weight.saturating_add(self.piece(number, length)),
                        Err(()) => self.awaited = Awaited::Nonsense,
                    }
                }
            }
        }
        weight
    }

    /// Awaits what is given, or after the end of a value the next tag; closes what ends here.
    fn go_on(&mut self, awaited: Option<Awaited>) {
        if let Some(awaited) = awaited {
            self.awaited = awaited;
            return;
        }
        while self.open.len() > 1 && self.open.last().is_some_and(|open| open.end == self.position) {
            self.open.pop();
        }
        self.awaited = Awaited::Tag(Varint::default());
    }

    /// The field that is open, if its message and its number are known.
    fn known(&self, number: u32) -> Option<&'static Field> {
        self.types.fields[self.open.last()?.message?].get(number as usize)?.as_ref()
    }

    /// Begins a field; what it costs by being there.
    fn field(&mut self, tag: u64) -> u64 {
        let Ok(number) = u32::try_from(tag >> 3) else {
            self.awaited = Awaited::Nonsense;
            return 0;
        };
        match tag & 7 {
            0 => self.awaited = Awaited::Number(Varint::default()),
            1 => self.awaited = Awaited::Rest(8),
            2 => {
                self.awaited = Awaited::Length(number, Varint::default());
                return 0;
            }
            3 if self.open.len() < DEPTH => {
                let end = self.open.last().map_or(u64::MAX, |open| open.end);
                self.open.push(Open { message: None, end, group: true, maps: 0 });
                self.go_on(None);
                return 0;
            }
            4 if self.open.last().is_some_and(|open| open.group) => {
                self.open.pop();
                self.go_on(None);
                return 0;
            }
            5 => self.awaited = Awaited::Rest(4),
            _ => self.awaited = Awaited::Nonsense,
        }
        self.known(number).map_or(0, |field| field.cost)
    }

    /// Begins a piece of `length` bytes; what it costs beside them.
    fn piece(&mut self, number: u32, length: u64) -> u64 {
        let within = self.open.last().map_or(u64::MAX, |open| open.end);
        let Some(end) = self.position.checked_add(length).filter(|&end| end <= within) else {
            self.awaited = Awaited::Nonsense;
            return 0;
        };
        let known = self.known(number);
        match known.map(|field| &field.kind) {
            Some(&Kind::Message(_)) if self.open.len() >= DEPTH => self.awaited = Awaited::Nonsense,
            Some(&Kind::Message(message)) => {
                let first = known.and_then(|field| field.map).is_some_and(|bit| self.is_first(bit));
                self.open.push(Open { message: Some(message), end, group: false, maps: 0 });
                self.go_on(None);
                let cost = known.map_or(0, |field| field.cost);
                return if first { cost / HALF_EMPTY * NODE } else { cost };
            }
            kind => {
                self.go_on((length > 0).then_some(Awaited::Rest(length)));
                let cost = known.map_or(0, |field| field.cost);
                return match kind {
                    Some(Kind::Text) => cost + ALLOCATION,
                    Some(Kind::Number { packed }) => length.saturating_mul(*packed),
                    _ => 0,
                };
            }
        }
        0
    }

    /// Whether this is the first entry of a map of the open message.
    fn is_first(&mut self, bit: u32) -> bool {
        let Some(open) = self.open.last_mut() else { return false };
        let seen = open.maps & (1 << bit) != 0;
        open.maps |= 1 << bit;
        !seen
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use colocate_proto::v1;

    use super::*;

    fn path(method: &str) -> String {
        format!("/colocate.v1.Solver/{method}")
    }

    fn weigh(method: &str, bytes: &[u8]) -> u64 {
        Scanner::new(&path(method)).weigh(bytes)
    }

    fn check(cluster: v1::Cluster) -> Vec<u8> {
        let problem = v1::Problem { cluster: Some(cluster), ..v1::Problem::default() };
        let source = Some(v1::check_request::Source::Problem(problem));
        v1::CheckRequest { source, placement: None }.encode_to_vec()
    }

    #[test]
    fn an_empty_message_weighs_what_it_becomes() {
        let components = vec![v1::Component::default(); 1000];
        let bytes = check(v1::Cluster { components, ..v1::Cluster::default() });
        assert!(bytes.len() < 2100);
        assert!(weigh("Check", &bytes) >= 1000 * size_of::<v1::Component>() as u64);
    }

    #[test]
    fn the_first_entry_of_a_map_weighs_a_node() {
        let row = v1::PathRow { to: BTreeMap::from([(String::new(), v1::Path::default())]) };
        let rows = (0..100_u32).map(|index| (index.to_string(), row.clone())).collect();
        let latency = v1::LmsMeasurements { lms_measurements: rows, ..v1::LmsMeasurements::default() };
        let problem = v1::Problem { latency: Some(latency), ..v1::Problem::default() };
        let source = Some(v1::solve_request::Source::Problem(problem));
        let bytes = v1::SolveRequest { source, ..v1::SolveRequest::default() }.encode_to_vec();
        let node = 11 * (size_of::<String>() + size_of::<v1::Path>()) as u64;
        assert!(weigh("Solve", &bytes) >= 100 * node);
    }

    #[test]
    fn pieces_make_no_difference() {
        let host = v1::Host {
            id: "h1".into(),
            capacity: BTreeMap::from([("cpu".into(), 1), ("memory".into(), i64::MAX)]),
            ports: vec![1, 2, 300],
            ..v1::Host::default()
        };
        let hosts = vec![host; 20];
        let bytes = check(v1::Cluster { hosts, ..v1::Cluster::default() });
        let whole = weigh("Check", &bytes);
        for size in 1..40 {
            let mut scanner = Scanner::new(&path("Check"));
            let sum: u64 = bytes.chunks(size).map(|piece| scanner.weigh(piece)).sum();
            assert_eq!(sum, whole, "{size}");
        }
    }

    #[test]
    fn groups_and_unknown_fields_hide_nothing() {
        let components = vec![v1::Component::default(); 1000];
        let known = check(v1::Cluster { components, ..v1::Cluster::default() });
        // Field 100: a group with a number in it, a number, eight bytes, text.
        let strange = [0xa3, 6, 8, 1, 0xa4, 6, 0xa0, 6, 5, 0xa1, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0xa2, 6, 2, 8, 8];
        let bytes = [&strange[..], &known].concat();
        assert!(v1::CheckRequest::decode(&*bytes).is_ok());
        assert!(weigh("Check", &bytes) > 1000 * size_of::<v1::Component>() as u64);
    }

    #[test]
    fn nonsense_weighs_nothing() {
        for bytes in
            [&[0xff; 40][..], &[0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f], &[0x0b; 4000], &[0x0c; 10], &[7; 9]]
        {
            assert_eq!(weigh("Solve", bytes), 0);
        }
    }

    #[test]
    fn every_method_has_a_request() {
        let services =
            ["Solver/Solve", "Solver/SolveStream", "Solver/Cancel", "Forecasts/Get", "Forecasts/Watch"];
        for method in services {
            assert!(TYPES.requests.contains_key(&format!("colocate.v1.{method}")), "{method}");
        }
    }
}
