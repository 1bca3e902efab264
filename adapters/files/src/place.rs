//! Where in a file something stands, as faults say it.

use std::collections::BTreeMap;

/// What the paths inside a value are relative to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    /// The whole file; paths are JSON pointers.
    Root,
    /// An element of a list of the file.
    Element(&'a str, usize),
    /// An entry of a map of the file.
    Entry(&'a str, &'a str),
    /// A line of a JSON Lines file, or a row of a Parquet file: the word, its number, the record.
    Line(&'a str, usize, &'a str),
    /// A TOML file; paths are dotted and have the line in front.
    Toml(&'a Lines),
}

impl Place<'_> {
    /// The place of `path`, a JSON pointer relative to this one.
    pub(crate) fn at(&self, path: &str) -> String {
        match self {
            Self::Root if path.is_empty() => "/".to_owned(),
            Self::Root => path.to_owned(),
            Self::Element(list, index) => format!("/{list}/{index}{path}"),
            Self::Entry(map, key) => {
                let mut place = format!("/{map}");
                push_segment(&mut place, key);
                place + path
            }
            Self::Line(word, number, "") => format!("{word} {number} {path}").trim_end().to_owned(),
            Self::Line(word, number, record) => format!("{word} {number} /{record}{path}"),
            Self::Toml(lines) => lines.place(&dotted(path)),
        }
    }
}

/// Appends a segment to a JSON pointer.
pub(crate) fn push_segment(pointer: &mut String, segment: &str) {
    pointer.push('/');
    if segment.contains(['~', '/']) {
        pointer.push_str(&segment.replace('~', "~0").replace('/', "~1"));
    } else {
        pointer.push_str(segment);
    }
}

/// The line of every key of a TOML file, by dotted path.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines(BTreeMap<String, usize>);

impl Lines {
    pub(crate) fn insert(&mut self, pointer: &str, line: usize) {
        self.0.insert(dotted(pointer), line);
    }

    /// `path` with the line of it, or of what it lies in, in front.
    pub(crate) fn place(&self, path: &str) -> String {
        let mut known = path;
        loop {
            if let Some(line) = self.0.get(known) {
                return format!("line {line} {path}");
            }
            match known.rfind(['.', '[']) {
                Some(end) => known = &known[..end],
                None => return path.to_owned(),
            }
        }
    }
}

/// A JSON pointer as a TOML path: `/goals/0/terms` is `goals[0].terms`.
fn dotted(pointer: &str) -> String {
    let mut path = String::new();
    for segment in pointer.split('/').skip(1) {
        if segment.bytes().all(|byte| byte.is_ascii_digit()) && !segment.is_empty() {
            path.push_str(&format!("[{segment}]"));
        } else {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(&segment.replace("~1", "/").replace("~0", "~"));
        }
    }
    path
}

/// Where the elements of the lists of a file stand, so that faults found later can say so.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    /// The word for a line, where the file is not one JSON value.
    pub(crate) word: Option<&'static str>,
    /// Per list: the name of its records, and the position or line of each that was kept.
    pub(crate) lists: BTreeMap<&'static str, (&'static str, Vec<u32>)>,
    /// Lines of a TOML file.
    pub(crate) lines: Option<Lines>,
}

impl Places {
    /// The place in the file of a pointer into what was kept of it.
    pub(crate) fn locate(&self, place: &str) -> String {
        if let Some(lines) = &self.lines {
            return lines.place(place);
        }
        let mut segments = place.splitn(4, '/').skip(1);
        let (Some(list), Some(index), rest) = (segments.next(), segments.next(), segments.next()) else {
            return place.to_owned();
        };
        let position = || self.lists.get(list)?.1.get(index.parse::<usize>().ok()?);
        let Some(position) = position() else { return place.to_owned() };
        let rest = rest.map(|rest| format!("/{rest}")).unwrap_or_default();
        match self.word {
            None => format!("/{list}/{position}{rest}"),
            Some(word) => format!("{word} {position} /{}{rest}", self.lists[list].0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_escaped() {
        assert_eq!(Place::Entry("components", "a/b~").at("/cpu"), "/components/a~1b~0/cpu");
    }

    #[test]
    fn toml_paths_have_the_nearest_line_in_front() {
        let mut lines = Lines::default();
        lines.insert("/goals/0", 7);
        assert_eq!(lines.place("goals[0].terms.latency"), "line 7 goals[0].terms.latency");
        assert_eq!(lines.place("version"), "version");
    }

    #[test]
    fn elements_are_found_where_they_stood() {
        let mut places = Places::default();
        places.lists.insert("hosts", ("host", vec![0, 5]));
        assert_eq!(places.locate("/hosts/1/capacity/cpu"), "/hosts/5/capacity/cpu");
        places.word = Some("line");
        assert_eq!(places.locate("/hosts/1"), "line 5 /host");
        assert_eq!(places.locate("/resources"), "/resources");
    }
}
