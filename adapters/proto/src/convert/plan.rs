//! Plans: as messages, as documents and as the model has them.

use std::collections::BTreeMap;
use std::fmt::Display;

use colocate_files::native::plan::document::{
    Channel as ChannelDocument, Directive, GoalTotal, HostAndRack, LeftOut as LeftOutDocument, PlanInputs,
    Wave as WaveDocument,
};
use colocate_files::{PlanDocument, ReadPlan, Time, Version, judge_plan};
use colocate_model::{
    Bound, Channel, ChannelKind, Document, FaultCode, Faults, LeftOut, LeftOutReason, MigrationDirective,
    MigrationStrategy, Plan, Problem, Status, Terms, Violation, Wave, violation_words,
};
use serde_json::Value;

use super::checks::{Checks, Segment};
use super::names::{At, Names};
use super::outcome::{self, in_range, terms_at};
use super::row;
use super::time;
use super::words::Word;
use crate::v1;

/// The message of a plan, which says more than its document where `bounds` and `violations` are known.
///
/// Words that there are not become unspecified, and violations that are not of `problem` are left out.
///
/// # Panics
/// If `violations` are not of `problem`.
#[must_use]
pub fn plan(
    document: &PlanDocument,
    problem: &Problem,
    bounds: &[Option<Bound>],
    violations: &[Violation],
) -> v1::Plan {
    let known = |object: &BTreeMap<String, Value>| {
        let object = Value::Object(object.clone().into_iter().collect());
        let violation = serde_json::from_value::<Violation>(object).ok()?;
        row::is_of(problem, &violation.row).then(|| row::violation(problem, &violation))
    };
    let violations = if violations.is_empty() {
        document.violations.iter().filter_map(known).collect()
    } else {
        row::violations(problem, violations)
    };
    let values = document.bound.iter().flatten();
    let bound = if bounds.is_empty() {
        values.map(|&value| v1::GoalBound { value, relaxation: 0 }).collect()
    } else {
        outcome::bounds(bounds)
    };
    let routing = document.routing.iter().map(|(service, components)| {
        let components = components
            .iter()
            .map(|(component, peers)| (component.clone(), v1::ComponentRouting { peers: peers.clone() }));
        (service.clone(), v1::ServiceRouting { components: components.collect() })
    });
    v1::Plan {
        id: document.id.clone(),
        hash: document.hash.clone(),
        made_at: document.made_at.map(|time| time::to_wire(time.0)),
        valid_until: document.valid_until.map(|time| time::to_wire(time.0)),
        executable: document.executable,
        method: document.method.clone(),
        seed: document.seed,
        inputs: Some(v1::PlanInputs {
            problem: document.inputs.problem.clone(),
            files: document.inputs.files.clone(),
        }),
        status: document.status.as_deref().and_then(status).map_or(0, Word::number),
        bound,
        gap: document.gap.iter().flatten().map(|&value| v1::GoalGap { value }).collect(),
        before: document.before.iter().map(total).collect(),
        after: document.after.iter().map(total).collect(),
        waves: document.waves.iter().map(wave).collect(),
        left_out: document.left_out.iter().map(left_out).collect(),
        routing: routing.collect(),
        violations,
    }
}

fn status(name: &str) -> Option<Status> {
    Status::ALL.into_iter().find(|status| status.name() == name)
}

fn strategy(name: &str) -> Option<MigrationStrategy> {
    MigrationStrategy::ALL.into_iter().find(|strategy| strategy.name() == name)
}

fn channel_kind(name: &str) -> Option<ChannelKind> {
    ChannelKind::ALL.into_iter().find(|kind| kind.name() == name)
}

fn reason(name: &str) -> Option<LeftOutReason> {
    LeftOutReason::ALL.into_iter().find(|reason| reason.name() == name)
}

fn total(total: &GoalTotal) -> v1::GoalTotal {
    v1::GoalTotal {
        goal: u32::try_from(total.goal).unwrap_or(u32::MAX),
        total: total.total,
        terms: total.terms.clone(),
    }
}

fn wave(wave: &WaveDocument) -> v1::Wave {
    v1::Wave {
        wave: u32::try_from(wave.wave).unwrap_or(u32::MAX),
        starts_s: wave.starts_s,
        ends_s: wave.ends_s,
        directives: wave.directives.iter().map(directive).collect(),
    }
}

fn directive(directive: &Directive) -> v1::MigrationDirective {
    let channel = |channel: &ChannelDocument| v1::Channel {
        peer: channel.peer.clone(),
        kind: channel_kind(&channel.kind).map_or(0, Word::number),
        endpoint: channel.endpoint.clone(),
    };
    v1::MigrationDirective {
        component_id: directive.component_id.clone(),
        target_rack: directive.target_rack.clone(),
        migration_strategy: strategy(&directive.migration_strategy).map_or(0, Word::number),
        source: directive
            .source
            .as_ref()
            .map(|source| v1::HostAndRack { host: source.host.clone(), rack: source.rack.clone() }),
        target_host: directive.target_host.clone(),
        parking: directive.parking,
        bytes: directive.bytes,
        downtime_ms: directive.downtime_ms,
        gain: directive.gain.clone(),
        reason: directive.reason.clone(),
        channels: directive.channels.iter().map(channel).collect(),
    }
}

fn left_out(left: &LeftOutDocument) -> v1::LeftOut {
    v1::LeftOut {
        component_id: left.component_id.clone(),
        reason: reason(&left.reason).map_or(0, Word::number),
    }
}

/// The document of the message of a plan: what `plan.json` would hold.
///
/// # Errors
/// Words that are unknown or missing, numbers and times out of range, and violations that are not of `problem`.
/// Whether components and hosts exist is for [`to_model`] and [`read_plan`].
pub fn plan_document(plan: v1::Plan, problem: &Problem) -> Result<PlanDocument, Faults> {
    let mut faults = Faults::default();
    let violations = if plan.violations.is_empty() {
        Vec::new()
    } else {
        let (names, mut at) = (Names::new(problem), At::new(Document::Plan, &mut faults));
        row::violations_at(&plan.violations, &names, &mut at, "/violations")
    };
    let mut checks = Checks::new(Document::Plan, &mut faults);
    let checks = &mut checks;
    let inputs = plan.inputs.unwrap_or_default();
    let mut routing = BTreeMap::new();
    for (service, message) in plan.routing {
        let mut components = BTreeMap::new();
        for (component, message) in message.components {
            let place = format_args!("/routing/{}/{}", Segment(&service), Segment(&component)).to_string();
            components.insert(component, checks.numbers(message.peers, "/", place));
        }
        routing.insert(service, components);
    }
    let status: Option<Status> = checks.word(plan.status, "/status");
    let mut gap = Vec::with_capacity(plan.gap.len());
    for (index, message) in plan.gap.iter().enumerate() {
        gap.push(message.value.map(|value| checks.finite(value, format_args!("/gap/{index}/value"))));
    }
    for (index, message) in plan.bound.iter().enumerate() {
        checks.word::<colocate_model::Relaxation>(
            message.relaxation,
            format_args!("/bound/{index}/relaxation"),
        );
    }
    let waves = plan.waves.into_iter().enumerate();
    let waves = waves.map(|(index, message)| wave_document(message, index, checks)).collect();
    let left_out = plan.left_out.into_iter().enumerate().map(|(index, message)| LeftOutDocument {
        component_id: message.component_id,
        reason: word_name::<LeftOutReason>(
            message.reason,
            format_args!("/left_out/{index}/reason"),
            checks,
            |word| word.name(),
        ),
    });
    let document = PlanDocument {
        version: Version,
        kind: "plan".to_owned(),
        id: plan.id,
        hash: plan.hash,
        left_out: left_out.collect(),
        made_at: checks.time(plan.made_at, "/made_at").map(Time),
        valid_until: checks.time(plan.valid_until, "/valid_until").map(Time),
        executable: plan.executable,
        method: plan.method,
        seed: plan.seed,
        inputs: PlanInputs { problem: inputs.problem, files: inputs.files },
        status: status.map(|status| status.name().to_owned()),
        bound: (!plan.bound.is_empty()).then(|| plan.bound.iter().map(|bound| bound.value).collect()),
        gap: (!gap.is_empty()).then_some(gap),
        before: plan.before.into_iter().map(total_document).collect(),
        after: plan.after.into_iter().map(total_document).collect(),
        waves,
        routing,
        violations: violations.iter().map(|violation| violation_document(violation, problem)).collect(),
    };
    faults.into_result(document)
}

fn total_document(total: v1::GoalTotal) -> GoalTotal {
    GoalTotal { goal: u64::from(total.goal), total: total.total, terms: total.terms }
}

fn violation_document(violation: &Violation, problem: &Problem) -> BTreeMap<String, Value> {
    let Ok(Value::Object(mut object)) = serde_json::to_value(violation) else { return BTreeMap::new() };
    object.insert("words".to_owned(), Value::String(violation_words(problem, violation)));
    object.into_iter().collect()
}

/// The name of a word that has to be there.
fn word_name<W: Word>(
    number: i32,
    place: impl Display,
    checks: &mut Checks<'_>,
    name: fn(W) -> &'static str,
) -> String {
    let before = checks.faults.0.len();
    let place = place.to_string();
    let word = checks.word::<W>(number, &place);
    if word.is_none() && checks.faults.0.len() == before {
        let field = place.rsplit('/').next().unwrap_or(&place).to_owned();
        checks.missing(&place, &field);
    }
    word.map_or_else(String::new, |word| name(word).to_owned())
}

fn wave_document(wave: v1::Wave, index: usize, checks: &mut Checks<'_>) -> WaveDocument {
    let place = format!("/waves/{index}/directives");
    let directives = wave.directives.into_iter().enumerate();
    WaveDocument {
        wave: u64::from(wave.wave),
        starts_s: wave.starts_s,
        ends_s: wave.ends_s,
        directives: directives
            .map(|(order, message)| directive_document(message, &format!("{place}/{order}"), checks))
            .collect(),
    }
}

fn directive_document(directive: v1::MigrationDirective, place: &str, checks: &mut Checks<'_>) -> Directive {
    let channels = directive.channels.into_iter().enumerate().map(|(index, channel)| ChannelDocument {
        peer: channel.peer,
        kind: word_name::<ChannelKind>(
            channel.kind,
            format_args!("{place}/channels/{index}/kind"),
            checks,
            |kind| kind.name(),
        ),
        endpoint: channel.endpoint,
    });
    let channels = channels.collect();
    Directive {
        component_id: directive.component_id,
        target_rack: directive.target_rack,
        migration_strategy: word_name::<MigrationStrategy>(
            directive.migration_strategy,
            format_args!("{place}/migration_strategy"),
            checks,
            |strategy| strategy.name(),
        ),
        source: directive.source.map(|source| HostAndRack { host: source.host, rack: source.rack }),
        target_host: directive.target_host,
        parking: directive.parking,
        bytes: checks.amount(directive.bytes, format_args!("{place}/bytes")),
        downtime_ms: checks.amount(directive.downtime_ms, format_args!("{place}/downtime_ms")),
        gain: directive.gain,
        reason: directive.reason,
        channels,
    }
}

/// The plan that a request brings, held against the problem as one from a file is.
///
/// # Errors
/// Those of [`plan_document`] and [`judge_plan`].
pub fn read_plan(plan: v1::Plan, problem: &Problem) -> Result<ReadPlan, Faults> {
    judge_plan(plan_document(plan, problem)?, problem)
}

/// A document as the model has plans, to be printed and checked. Its hash, and whether it is a plan for `problem` at
/// all, are not looked at: [`judge_plan`] does. Totals and gains are taken as they are.
///
/// # Errors
/// Names, words and numbers that there are not.
pub fn to_model(document: &PlanDocument, problem: &Problem) -> Result<Plan, Faults> {
    let mut faults = Faults::default();
    let names = Names::new(problem);
    let plan = to_model_at(document, &names, &mut At::new(Document::Plan, &mut faults));
    faults.into_result(plan)
}

pub(super) fn to_model_at(document: &PlanDocument, names: &Names<'_>, at: &mut At<'_>) -> Plan {
    let mut waves = Vec::with_capacity(document.waves.len());
    // Gains are added up by those who print them.
    let mut gains = Gains::default();
    for (index, wave) in document.waves.iter().enumerate() {
        let mut directives = Vec::with_capacity(wave.directives.len());
        for (order, directive) in wave.directives.iter().enumerate() {
            let place = format!("/waves/{index}/directives/{order}");
            let Some(directive) = directive_model(directive, names, at, &place) else { continue };
            gains.add(&directive.gain, at, &place);
            directives.push(directive);
        }
        waves.push(Wave { starts_s: wave.starts_s, ends_s: wave.ends_s, directives });
    }
    let mut left_out = Vec::with_capacity(document.left_out.len());
    for (index, left) in document.left_out.iter().enumerate() {
        let component =
            names.component(&left.component_id, at, format_args!("/left_out/{index}/component_id"));
        let reason = known(reason(&left.reason), &left.reason, at, format_args!("/left_out/{index}/reason"));
        left_out.extend(component.zip(reason).map(|(component, reason)| LeftOut { component, reason }));
    }
    Plan {
        waves,
        left_out,
        executable: document.executable,
        before: totals(&document.before, at, "/before"),
        after: totals(&document.after, at, "/after"),
    }
}

/// The sums of gains so far, so that nobody who adds them up overflows.
#[derive(Default)]
struct Gains(BTreeMap<colocate_model::Term, i64>);

impl Gains {
    fn add(&mut self, gain: &Terms, at: &mut At<'_>, place: &str) {
        for term in colocate_model::Term::ALL {
            let sum = self.0.entry(term).or_insert(0);
            match sum.checked_add(gain.get(term)) {
                Some(more) => *sum = more,
                None => {
                    let (cause, action) = ("the gains add up to more than 64 bits hold", "ask again");
                    at.add(format_args!("{place}/gain"), FaultCode::TooLarge, cause, action);
                }
            }
        }
    }
}

fn known<T>(found: Option<T>, word: &str, at: &mut At<'_>, place: impl Display) -> Option<T> {
    if found.is_none() {
        let action = "maybe it is of a later version";
        at.add(place, FaultCode::UnknownWord, format!("\"{word}\" is none of the words allowed"), action);
    }
    found
}

fn totals(totals: &[GoalTotal], at: &mut At<'_>, place: &str) -> Terms {
    let mut all = BTreeMap::new();
    for (index, total) in totals.iter().enumerate() {
        in_range(total.total, at, format_args!("{place}/{index}/total"));
        all.extend(total.terms.iter().map(|(name, &value)| (name.clone(), value)));
    }
    terms_at(&all, at, format_args!("{place}/terms"))
}

fn directive_model(
    directive: &Directive,
    names: &Names<'_>,
    at: &mut At<'_>,
    place: &str,
) -> Option<MigrationDirective> {
    let component = names.component(&directive.component_id, at, format_args!("{place}/component_id"));
    let source = directive
        .source
        .as_ref()
        .map(|source| names.host(&source.host, at, format_args!("{place}/source/host")));
    let target =
        directive.target_host.as_ref().map(|host| names.host(host, at, format_args!("{place}/target_host")));
    let strategy = known(
        strategy(&directive.migration_strategy),
        &directive.migration_strategy,
        at,
        format_args!("{place}/migration_strategy"),
    );
    let gain = terms_at(&directive.gain, at, format_args!("{place}/gain"));
    let mut channels = Vec::with_capacity(directive.channels.len());
    for (index, channel) in directive.channels.iter().enumerate() {
        let peer = names.component(&channel.peer, at, format_args!("{place}/channels/{index}/peer"));
        let kind = channel_kind(&channel.kind);
        let kind = known(kind, &channel.kind, at, format_args!("{place}/channels/{index}/kind"));
        channels.extend(peer.zip(kind).map(|(peer, kind)| Channel { peer, kind }));
    }
    Some(MigrationDirective {
        component: component?,
        // An unknown name is a fault; where there is none there is no host.
        source: source.flatten(),
        target: target.flatten(),
        target_rack: directive.target_rack.clone(),
        strategy: strategy?,
        parking: directive.parking,
        bytes: directive.bytes,
        downtime_ms: directive.downtime_ms,
        gain,
        reason: directive.reason.clone(),
        channels,
    })
}
