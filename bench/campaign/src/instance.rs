//! Instances by name.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, bail};
use colocate_files::{rasa, roadef};
use colocate_generator::{large, talkers};
use colocate_model::Problem;

/// Seed of generated instances; the seeds of a campaign are those of the solver.
const GENERATOR_SEED: u64 = 1;
/// Components of the generated instances, and their hosts.
const GENERATED: [(usize, usize); 4] = [(1_000, 50), (10_000, 500), (20_000, 1_000), (50_000, 2_500)];

/// An instance: a published one, found in the data folder, or a generated one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instance {
    /// Of the ROADEF/EURO challenge 2012: `roadef:a1_1`.
    Roadef(String),
    /// Of ByteDance's RASA data set: `rasa:M3`.
    Rasa(String),
    /// Made up: `generated:COMPONENTSxHOSTS`.
    Generated(usize, usize),
    /// Made up, for exact methods: `talkers:COMPONENTSxHOSTS-SEED`, the seed in two digits.
    Talkers(usize, usize, u64),
}

impl Instance {
    /// The problem; `data` is the folder of published instances.
    ///
    /// # Errors
    /// The file is not there, or it is faulty.
    pub fn read(&self, data: &Path) -> anyhow::Result<Problem> {
        let draft = match self {
            Self::Roadef(name) => {
                let file = |kind: &str| data.join(format!("roadef2012/{kind}_{name}.txt"));
                roadef::read(&file("model"), &file("assignment"))?
            }
            Self::Rasa(name) => rasa::read(&data.join(format!("rasa/{name}.json")))?,
            Self::Generated(components, hosts) => large(*components, *hosts, GENERATOR_SEED),
            Self::Talkers(components, hosts, seed) => talkers(*components, *hosts, *seed),
        };
        Ok(draft.build()?)
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Roadef(name) => write!(f, "roadef:{name}"),
            Self::Rasa(name) => write!(f, "rasa:{name}"),
            Self::Generated(components, hosts) => write!(f, "generated:{components}x{hosts}"),
            Self::Talkers(components, hosts, seed) => write!(f, "talkers:{components}x{hosts}-{seed:02}"),
        }
    }
}

impl FromStr for Instance {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let advice = "name an instance roadef:a1_1, rasa:M3, generated:10000x500 or talkers:25x5-01";
        let (family, name) = text.split_once(':').context(advice)?;
        Ok(match family {
            "roadef" => Self::Roadef(name.to_owned()),
            "rasa" => Self::Rasa(name.to_owned()),
            "generated" => {
                let (components, hosts) = name.split_once('x').context(advice)?;
                Self::Generated(components.parse().context(advice)?, hosts.parse().context(advice)?)
            }
            "talkers" => {
                let (size, seed) = name.split_once('-').context(advice)?;
                let (components, hosts) = size.split_once('x').context(advice)?;
                let size = (components.parse().context(advice)?, hosts.parse().context(advice)?);
                Self::Talkers(size.0, size.1, seed.parse().context(advice)?)
            }
            _ => bail!(advice),
        })
    }
}

/// Everything there is: the published instances in `data`, then generated ones.
#[must_use]
pub fn known(data: &Path) -> Vec<Instance> {
    let names = |folder: &str, prefix: &str, suffix: &str| {
        let entries = std::fs::read_dir(data.join(folder)).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some(name.strip_prefix(prefix)?.strip_suffix(suffix)?.to_owned())
        });
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        names
    };
    let roadef = names("roadef2012", "model_", ".txt").into_iter().map(Instance::Roadef);
    let rasa = names("rasa", "", ".json").into_iter().map(Instance::Rasa);
    let generated = GENERATED.map(|(components, hosts)| Instance::Generated(components, hosts));
    roadef.chain(rasa).chain(generated).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for name in ["roadef:b_1", "rasa:M3", "generated:10000x500", "talkers:25x5-01"] {
            let instance: Instance = name.parse().expect("it is a name");
            assert_eq!(instance.to_string(), name);
        }
        assert!("b_1".parse::<Instance>().is_err() && "generated:many".parse::<Instance>().is_err());
    }

    #[test]
    fn without_data_there_are_generated_instances() {
        assert_eq!(known(Path::new("/nowhere")).len(), GENERATED.len());
    }
}
