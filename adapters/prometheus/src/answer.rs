//! What Prometheus answers.

use std::collections::BTreeMap;

use colocate_http::start_of;
use serde::{Deserialize, Deserializer, de};

use crate::error::Error;

/// The labels of a series, its name (`__name__`) among them where the query keeps it.
pub type Labels = BTreeMap<String, String>;

/// A value at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Unix time, in ms.
    pub time_ms: i64,
    /// The value; NaN and infinities are possible.
    pub value: f64,
}

/// What a query found of one set of labels.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeSeries {
    /// Its labels.
    pub labels: Labels,
    /// Its samples, oldest first, each time once.
    pub samples: Vec<Sample>,
}

/// What a query found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matrix {
    /// The series, in order of their labels where there was more than one page.
    pub series: Vec<TimeSeries>,
    /// What the server warns of: the answer may lack something.
    pub warnings: Vec<String>,
    /// What the server remarks on the query.
    pub infos: Vec<String>,
}

impl Matrix {
    /// Whether something may be missing: Prometheus and Thanos warn where a store did not answer.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !self.warnings.is_empty()
    }

    /// How many samples there are.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.series.iter().map(|series| series.samples.len()).sum()
    }
}

#[derive(Deserialize)]
struct Envelope {
    status: Status,
    data: Option<Data>,
    #[serde(default, rename = "errorType")]
    error_type: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    infos: Vec<String>,
}

#[derive(PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Success,
    Error,
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum Data {
    Matrix(Vec<MatrixEntry>),
    Vector(Vec<VectorEntry>),
    Scalar(Point),
    String(de::IgnoredAny),
}

/// Native histograms have other fields, which are passed over.
#[derive(Deserialize)]
struct MatrixEntry {
    metric: Labels,
    #[serde(default)]
    values: Vec<Point>,
}

#[derive(Deserialize)]
struct VectorEntry {
    metric: Labels,
    value: Option<Point>,
}

/// `[1435781430.781, "1.5"]`.
#[derive(Clone, Copy)]
struct Point(Sample);

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (seconds, value) = <(f64, std::borrow::Cow<'de, str>)>::deserialize(deserializer)?;
        let milliseconds = (seconds * 1e3).round();
        // Far from where doubles stop to hold every millisecond.
        if !(-1e15..1e15).contains(&milliseconds) {
            return Err(de::Error::custom("a time out of range"));
        }
        let value = value.parse().map_err(|_| de::Error::custom("a value that is no number"))?;
        Ok(Self(Sample { time_ms: milliseconds as i64, value }))
    }
}

/// Reads the body of an answer to an instant or range query. An instant vector becomes series of one sample.
///
/// # Errors
/// [`Error::Refused`] with what Prometheus itself says; [`Error::Truncated`] for half an answer, [`Error::NotJson`] and
/// [`Error::Unexpected`] for what is none.
pub fn parse(body: &[u8]) -> Result<Matrix, Error> {
    let envelope: Envelope = serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof => Error::Truncated { bytes: body.len(), source: None },
        serde_json::error::Category::Data => Error::Unexpected { what: error.to_string() },
        _ => Error::NotJson { start: start_of(body) },
    })?;
    if envelope.status == Status::Error {
        return Err(Error::Refused { status: 200, kind: envelope.error_type, error: envelope.error });
    }
    let series = match envelope.data {
        None => return Err(Error::Unexpected { what: "there is no `data`".into() }),
        Some(Data::String(_)) => {
            return Err(Error::Unexpected { what: "the query gives a text".into() });
        }
        Some(Data::Scalar(Point(sample))) => {
            vec![TimeSeries { labels: Labels::new(), samples: vec![sample] }]
        }
        Some(Data::Vector(entries)) => entries.into_iter().filter_map(from_vector).collect(),
        Some(Data::Matrix(entries)) => entries.into_iter().map(from_matrix).collect(),
    };
    Ok(Matrix { series, warnings: envelope.warnings, infos: envelope.infos })
}

fn from_vector(entry: VectorEntry) -> Option<TimeSeries> {
    Some(TimeSeries { labels: entry.metric, samples: vec![entry.value?.0] })
}

fn from_matrix(entry: MatrixEntry) -> TimeSeries {
    TimeSeries {
        labels: entry.metric,
        samples: entry.values.into_iter().map(|Point(sample)| sample).collect(),
    }
}

/// What Prometheus says of an error, `errorType` and `error`; the start of the body where it says nothing.
pub(crate) fn complaint(body: &[u8]) -> (String, String) {
    #[derive(Deserialize)]
    struct Complaint {
        #[serde(default, rename = "errorType")]
        error_type: String,
        error: String,
    }
    serde_json::from_slice(body)
        .map(|complaint: Complaint| (complaint.error_type, complaint.error))
        .unwrap_or_else(|_| (String::new(), start_of(body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"status":"success","warnings":["a store is away"],"data":{"resultType":"matrix","result":[
        {"metric":{"job":"a"},"values":[[1435781430.781,"1"],[1435781460.781,"NaN"],[1435781490.781,"+Inf"]]}]}}"#;

    #[test]
    fn a_matrix_is_read_with_its_warnings() {
        let matrix = parse(GOOD.as_bytes()).expect("it is sound");
        assert!(matrix.is_partial());
        let samples = &matrix.series[0].samples;
        assert_eq!(samples[0], Sample { time_ms: 1_435_781_430_781, value: 1.0 });
        assert!(samples[1].value.is_nan() && samples[2].value == f64::INFINITY);
    }

    #[test]
    fn vectors_and_scalars_are_series_of_one_sample() {
        for text in [
            r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"2.5"]}]}}"#,
            r#"{"status":"success","data":{"resultType":"scalar","result":[1,"2.5"]}}"#,
        ] {
            let matrix = parse(text.as_bytes()).expect("it is sound");
            assert_eq!(matrix.series[0].samples, [Sample { time_ms: 1000, value: 2.5 }]);
            assert!(!matrix.is_partial());
        }
    }

    #[test]
    fn every_prefix_of_an_answer_is_half_an_answer() {
        for end in 0..GOOD.len() {
            let error = parse(&GOOD.as_bytes()[..end]).expect_err("it is cut off");
            assert!(matches!(error, Error::Truncated { bytes, .. } if bytes == end), "{end}: {error}");
        }
    }

    #[test]
    fn what_is_no_answer_is_said() {
        let refused = parse(br#"{"status":"error","errorType":"bad_data","error":"parse error"}"#);
        assert!(matches!(refused, Err(Error::Refused { kind, .. }) if kind == "bad_data"));
        let page = parse(b"<html>\n  <b>Sign in</b>");
        assert!(matches!(page, Err(Error::NotJson { start }) if start == "<html> <b>Sign in</b>"));
        for text in [
            "[]",
            r#"{"status":"success"}"#,
            r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1e300,"1"]]}]}}"#,
            r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"x"]]}]}}"#,
            r#"{"status":"success","data":{"resultType":"string","result":[1,"text"]}}"#,
        ] {
            assert!(matches!(parse(text.as_bytes()), Err(Error::Unexpected { .. })), "{text}");
        }
    }
}
