//! What is known of a path.

use colocate_model::draft::PathDraft;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::is_default;
use crate::values::{Amount, optional_amount};

/// All that is known of a path. A list has a value a step; in files a list of one value is a number.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasuredPath {
    /// Median round trip, in µs.
    #[serde(default, with = "steps", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Steps")]
    pub p50_us: Vec<f64>,
    /// 75th percentile.
    #[serde(default, with = "steps", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Steps")]
    pub p75_us: Vec<f64>,
    /// 90th percentile.
    #[serde(default, with = "steps", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Steps")]
    pub p90_us: Vec<f64>,
    /// 95th percentile.
    #[serde(default, with = "steps", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Steps")]
    pub p95_us: Vec<f64>,
    /// 99th percentile.
    #[serde(default, with = "steps", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Steps")]
    pub p99_us: Vec<f64>,
    /// 99.9th percentile.
    #[serde(default, with = "steps", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Steps")]
    pub p999_us: Vec<f64>,
    /// Jitter per RFC 3550, in µs.
    #[serde(default, with = "steps", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Steps")]
    pub jitter_us: Vec<f64>,
    /// Share of packets lost.
    #[serde(default, with = "steps", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Steps")]
    pub loss: Vec<f64>,
    /// Lower end of the 95 % confidence interval (Wilson's) of the loss.
    #[serde(default, with = "steps", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Steps")]
    pub loss_low: Vec<f64>,
    /// Upper end of it.
    #[serde(default, with = "steps", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Steps")]
    pub loss_high: Vec<f64>,
    /// How many samples it rests on.
    #[serde(default, with = "optional_amount", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Amount>")]
    pub samples: Option<i64>,
    /// How old the newest sample is, in s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub age_s: Option<f64>,
    /// Where the numbers come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<PathSource>,
    /// Half-width of the confidence interval of an estimate, relative.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(range(min = 0.0))]
    pub relative_error: f64,
}

/// Where the numbers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PathSource {
    /// Probes.
    Measured,
    /// Completed from other pairs.
    Estimated,
    /// Forecast.
    Forecast,
    /// Written by hand.
    Declared,
}

impl PathSource {
    /// Every source.
    pub const ALL: [Self; 4] = [Self::Measured, Self::Estimated, Self::Forecast, Self::Declared];

    /// The word of files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Estimated => "estimated",
            Self::Forecast => "forecast",
            Self::Declared => "declared",
        }
    }
}

impl MeasuredPath {
    /// A path of which nothing is known but its median round trip, in µs.
    #[must_use]
    pub fn of_medians(p50_us: Vec<f64>) -> Self {
        Self { p50_us, ..Self::default() }
    }

    /// The percentiles by name, such as `p50`, lowest first; those that are not known are empty.
    #[must_use]
    pub fn percentiles(&self) -> [(&'static str, &[f64]); 6] {
        [
            ("p50", &self.p50_us),
            ("p75", &self.p75_us),
            ("p90", &self.p90_us),
            ("p95", &self.p95_us),
            ("p99", &self.p99_us),
            ("p999", &self.p999_us),
        ]
    }

    /// The percentile of that name; empty where it is not known.
    #[must_use]
    pub fn percentile(&self, name: &str) -> &[f64] {
        self.percentiles().into_iter().find(|(known, _)| *known == name).map_or(&[], |(_, values)| values)
    }

    /// What the optimiser needs of it.
    pub(super) fn draft(&self) -> PathDraft {
        let percentiles = self.percentiles().into_iter().filter(|(_, values)| !values.is_empty());
        PathDraft {
            percentiles: percentiles.map(|(name, values)| (name.to_owned(), values.to_vec())).collect(),
            jitter_us: self.jitter_us.clone(),
            loss: self.loss.clone(),
            relative_error: self.relative_error,
        }
    }
}

impl From<&PathDraft> for MeasuredPath {
    fn from(path: &PathDraft) -> Self {
        let percentile = |name: &str| path.percentiles.get(name).cloned().unwrap_or_default();
        Self {
            p50_us: percentile("p50"),
            p75_us: percentile("p75"),
            p90_us: percentile("p90"),
            p95_us: percentile("p95"),
            p99_us: percentile("p99"),
            p999_us: percentile("p999"),
            jitter_us: path.jitter_us.clone(),
            loss: path.loss.clone(),
            relative_error: path.relative_error,
            ..Self::default()
        }
    }
}

/// A path as files have it: its median, its median per step, or all that is known of it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Path {
    Median(f64),
    Medians(Vec<f64>),
    Measured(Box<MeasuredPath>),
}

impl From<Path> for MeasuredPath {
    fn from(path: Path) -> Self {
        match path {
            Path::Median(us) => Self::of_medians(vec![us]),
            Path::Medians(us) => Self::of_medians(us),
            Path::Measured(measured) => *measured,
        }
    }
}

/// A number, or a number a step.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Steps {
    One(f64),
    Each(Vec<f64>),
}

/// A list of one value as a number.
mod steps {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Steps;

    pub(super) fn serialize<S: Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
        match values {
            [value] => value.serialize(serializer),
            _ => values.serialize(serializer),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
        Ok(match Steps::deserialize(deserializer)? {
            Steps::One(value) => vec![value],
            Steps::Each(values) => values,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_files() {
        for source in PathSource::ALL {
            assert_eq!(serde_json::to_value(source).expect("it is written"), source.word());
        }
    }

    #[test]
    fn a_list_of_one_value_is_a_number() {
        let path =
            MeasuredPath { p95_us: vec![7.5], loss: vec![0.0, 0.5], samples: Some(3), ..Default::default() };
        let text = serde_json::to_string(&path).expect("it is written");
        assert_eq!(text, r#"{"p95_us":7.5,"loss":[0.0,0.5],"samples":3}"#);
        assert_eq!(serde_json::from_str::<MeasuredPath>(&text).expect("it is read"), path);
    }
}
