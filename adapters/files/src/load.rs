//! All native inputs of a run, with every fault of all of them.

use std::collections::BTreeMap;

use colocate_model::{Document, Draft, Fault, FaultCode, Faults, Problem};
use jiff::Timestamp;

use crate::input::Input;
use crate::native::forecast::Ranked;
use crate::native::latency::file::LatencyFile;
use crate::native::{cluster, forecast, latency, policy, rules, traffic, utilisation};
use crate::place::Places;
use crate::read::{Contents, Format, read};

/// What to read.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// The cluster.
    pub cluster: Input,
    /// Measured utilisation.
    pub utilisation: Option<Input>,
    /// Measured latency.
    pub latency: Option<Input>,
    /// Forecast demand.
    pub forecast: Option<Input>,
    /// Measured traffic.
    pub traffic: Option<Input>,
    /// The policy.
    pub policy: Option<Input>,
}

impl Inputs {
    /// A cluster and nothing else.
    #[must_use]
    pub fn new(cluster: impl Into<Input>) -> Self {
        let cluster = cluster.into();
        Self { cluster, utilisation: None, latency: None, forecast: None, traffic: None, policy: None }
    }
}

/// What was read.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The problem by name.
    pub draft: Draft,
    /// When each input was taken, measured or made, where it says so.
    pub times: BTreeMap<Document, Timestamp>,
    /// When the first step of the forecast begins.
    pub forecast_start: Option<Timestamp>,
    /// How old each input may be, in seconds.
    pub max_age_s: BTreeMap<Document, i64>,
    /// The hash of each file, `blake3:<hex>`.
    pub hashes: BTreeMap<Document, String>,
    /// Utilisation.
    pub utilisation: Option<Utilisation>,
    /// Components by what they would cost if they stayed, the worst first.
    pub ranking: Vec<Ranked>,
    places: BTreeMap<Document, Places>,
}

/// Utilisation in percent of capacity: rack or host, then resource.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Utilisation {
    /// Per rack.
    pub racks: BTreeMap<String, BTreeMap<String, f64>>,
    /// Per host.
    pub hosts: BTreeMap<String, BTreeMap<String, f64>>,
}

impl From<Draft> for Loaded {
    /// A draft, and nothing beside it.
    fn from(draft: Draft) -> Self {
        Self {
            draft,
            times: BTreeMap::new(),
            forecast_start: None,
            max_age_s: BTreeMap::new(),
            hashes: BTreeMap::new(),
            utilisation: None,
            ranking: Vec::new(),
            places: BTreeMap::new(),
        }
    }
}

impl Loaded {
    /// What came from elsewhere than files: nothing has a hash or a time, ages are limited as usual, and places of
    /// faults stay those of the draft.
    #[must_use]
    pub fn new(draft: Draft) -> Self {
        Self {
            draft,
            times: BTreeMap::new(),
            forecast_start: None,
            max_age_s: policy::usual_max_age(),
            hashes: BTreeMap::new(),
            utilisation: None,
            ranking: Vec::new(),
            places: BTreeMap::new(),
        }
    }

    /// The validated problem.
    ///
    /// # Errors
    /// Every fault of the draft, at its place in the files.
    pub fn build(&self) -> Result<Problem, Faults> {
        self.draft
            .build()
            .map_err(|faults| Faults(faults.0.into_iter().map(|fault| self.located(fault)).collect()))
    }

    /// The inputs that are older at `now` than the policy allows.
    #[must_use]
    pub fn too_old(&self, now: Timestamp) -> Faults {
        let mut faults = Faults::default();
        for (&document, &time) in &self.times {
            let Some(&limit) = self.max_age_s.get(&document) else { continue };
            let age = now.as_second().saturating_sub(time.as_second());
            if age > limit {
                let field = match document {
                    Document::Cluster => "/taken_at",
                    Document::Forecast => "/made_at",
                    Document::Utilisation => "/sampled_at",
                    _ => "/measured_at",
                };
                let cause = format!("{age} s old, {limit} s are allowed");
                let action = format!("renew it, or raise max_age.{} in the policy", document.name());
                faults.add(document, field, FaultCode::TooOld, cause, action);
            }
        }
        faults
    }

    /// `fault` with its place in the file instead of in the draft.
    fn located(&self, mut fault: Fault) -> Fault {
        if let Some(places) = self.places.get(&fault.document) {
            fault.place = places.locate(&fault.place);
        }
        fault
    }
}

/// Reads everything. Where files are faulty, what can be read of them is validated too, so that all is said at once.
///
/// # Errors
/// Every fault of all files.
pub fn load(inputs: &Inputs) -> Result<Loaded, Faults> {
    let mut reader = Reader::default();
    let cluster = reader.read::<cluster::ClusterFormat>(Some(&inputs.cluster), |header| header.taken_at);
    let utilisation = reader
        .read::<utilisation::UtilisationFormat>(inputs.utilisation.as_ref(), |header| header.sampled_at);
    let latency = reader.read::<latency::LatencyFormat>(inputs.latency.as_ref(), |header| header.measured_at);
    let traffic = reader.read::<traffic::TrafficFormat>(inputs.traffic.as_ref(), |header| header.measured_at);
    let forecast = reader.read::<forecast::ForecastFormat>(inputs.forecast.as_ref(), |header| header.made_at);
    let policy = reader.read::<policy::PolicyFormat>(inputs.policy.as_ref(), |_| None);

    let mut draft = Draft::default();
    let mut max_age = policy::MaxAge::default();
    let (mut forecast_start, mut ranking) = (None, Vec::new());
    let mut faults = Faults::default();
    if let Some((header, body)) = cluster {
        cluster::fill(header, body, &mut draft, &mut faults);
    }
    let utilisation = utilisation.map(|(header, _)| {
        let utilisation = Utilisation { racks: header.racks, hosts: header.hosts };
        rules::utilisation(&utilisation, &draft, &mut faults);
        utilisation
    });
    draft.latency = latency.map(|(header, body)| {
        let file = LatencyFile::of(header, body);
        rules::loss_intervals(&file, &mut faults);
        file.draft()
    });
    draft.edges = traffic.map(|(_, body)| traffic::edges(body)).unwrap_or_default();
    draft.forecast = forecast.map(|(header, body)| {
        forecast_start = header.start.map(|time| time.0);
        ranking.clone_from(&body.ranking);
        forecast::draft(&header, body, &mut faults)
    });
    if let Some((mut header, _)) = policy {
        max_age = header.max_age.take().unwrap_or_default();
        draft.policy = policy::draft(header, &mut faults);
    }
    let Reader { faults: mut all, times, hashes, places, complete, holes } = reader;
    let loaded = Loaded {
        draft,
        times,
        forecast_start,
        max_age_s: max_age.seconds(),
        hashes,
        utilisation,
        ranking,
        places,
    };
    add_others(&mut all, faults.0.into_iter().map(|fault| loaded.located(fault)), &holes);
    if all.0.is_empty() {
        return Ok(loaded);
    }
    if complete && let Err(more) = loaded.build() {
        add_others(&mut all, more.0.into_iter(), &holes);
    }
    all.0.sort_by_key(|fault| fault.document);
    Err(all)
}

/// Adds the faults that are not merely there because something faulty was left out.
fn add_others(faults: &mut Faults, others: impl Iterator<Item = Fault>, holes: &[&str]) {
    let others: Vec<Fault> = others.filter(|fault| !is_consequence(fault, &faults.0, holes)).collect();
    faults.0.extend(others);
}

/// Whether `fault` may be there because of one of `faults`, or of what `holes` lack.
fn is_consequence(fault: &Fault, faults: &[Fault], holes: &[&str]) -> bool {
    let list = match fault.code {
        FaultCode::Missing => {
            let within =
                |known: &Fault| known.document == fault.document && known.place.starts_with(&fault.place);
            return faults.iter().any(within);
        }
        FaultCode::UnknownResource => "resources",
        FaultCode::UnknownDomain => "domains",
        FaultCode::UnknownHost => "hosts",
        FaultCode::UnknownService => "services",
        FaultCode::UnknownComponent => "components",
        _ => return false,
    };
    holes.contains(&list)
}

/// Reads one file after the other and remembers what is common to all.
struct Reader {
    faults: Faults,
    times: BTreeMap<Document, Timestamp>,
    hashes: BTreeMap<Document, String>,
    places: BTreeMap<Document, Places>,
    /// Whether every file could be read to its end.
    complete: bool,
    /// The lists of the cluster that lack an element.
    holes: Vec<&'static str>,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            faults: Faults::default(),
            times: BTreeMap::new(),
            hashes: BTreeMap::new(),
            places: BTreeMap::new(),
            complete: true,
            holes: Vec::new(),
        }
    }
}

impl Reader {
    fn read<F: Format>(
        &mut self,
        input: Option<&Input>,
        time: impl Fn(&F::Header) -> Option<crate::values::Time>,
    ) -> Option<(F::Header, F::Body)> {
        let contents = read::<F>(input?, &mut self.faults);
        self.complete &= contents.as_ref().is_some_and(|contents| contents.complete);
        let Contents { header, body, places, holes, hash, .. } = contents?;
        if F::DOCUMENT == Document::Cluster {
            self.holes = holes;
        }
        self.hashes.insert(F::DOCUMENT, hash);
        self.places.insert(F::DOCUMENT, places);
        self.times.extend(time(&header).map(|time| (F::DOCUMENT, time.0)));
        Some((header, body))
    }
}
