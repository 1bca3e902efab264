//! What is asked.

use std::time::Duration;

use colocate_model::{Aim, Axis, ComponentId, Document, FaultCode, Faults, HostId, MethodName, Problem};

use super::names::{At, Names};
use super::words::{Word, word};
use crate::v1;

/// The method of a number; the usual one where it is unspecified.
///
/// # Errors
/// A number that stands for none.
pub fn method(number: i32) -> Result<MethodName, Faults> {
    usual(number, "/method")
}

/// The aim of a number; the usual one where it is unspecified.
///
/// # Errors
/// A number that stands for none.
pub fn aim(number: i32) -> Result<Aim, Faults> {
    usual(number, "/aim")
}

fn usual<W: Word + Default>(number: i32, place: &str) -> Result<W, Faults> {
    let mut faults = Faults::default();
    let found = word(number, Document::Request, place, &mut faults).unwrap_or_default();
    faults.into_result(found)
}

/// The axes of a front, in the order given; how many there may be is for the solver to say.
///
/// # Errors
/// Numbers that stand for none, and axes that are not specified.
pub fn axes(numbers: &[i32]) -> Result<Vec<Axis>, Faults> {
    let mut faults = Faults::default();
    let mut axes = Vec::with_capacity(numbers.len());
    for (index, &number) in numbers.iter().enumerate() {
        let place = format!("/axes/{index}");
        if number == v1::Axis::Unspecified as i32 {
            let (cause, action) = ("an axis that is not specified", "leave it out, or name one");
            faults.add(Document::Request, place, FaultCode::UnknownWord, cause, action);
        } else {
            axes.extend(word::<Axis>(number, Document::Request, place, &mut faults));
        }
    }
    faults.into_result(axes)
}

/// The number of an axis.
#[must_use]
pub fn axis_to_wire(axis: Axis) -> i32 {
    axis.number()
}

/// Limits as they were asked for; what is absent is for the server to say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestedLimits {
    /// Time to the answer.
    pub time: Option<Duration>,
    /// Proposals a goal.
    pub iterations: Option<u64>,
    /// Threads.
    pub threads: Option<usize>,
    /// Seed.
    pub seed: Option<u64>,
}

/// The limits of a request.
///
/// # Errors
/// A time that is negative or no duration, and no threads.
pub fn limits(limits: Option<&v1::Limits>) -> Result<RequestedLimits, Faults> {
    let Some(limits) = limits else { return Ok(RequestedLimits::default()) };
    let mut faults = Faults::default();
    let time = limits.time.and_then(|time| {
        let found = (0..1_000_000_000).contains(&time.nanos).then(|| Duration::try_from(time).ok()).flatten();
        if found.is_none() {
            let cause = format!("{} s and {} ns is out of range", time.seconds, time.nanos);
            let action = "write 0 or more";
            faults.add(Document::Request, "/limits/time", FaultCode::OutOfRange, cause, action);
        }
        found
    });
    if limits.threads == Some(0) {
        let action = "write 1 or more, or leave it out";
        faults.add(Document::Request, "/limits/threads", FaultCode::OutOfRange, "no threads", action);
    }
    let found = RequestedLimits {
        time,
        iterations: limits.iterations,
        threads: limits.threads.map(|threads| threads as usize),
        seed: limits.seed,
    };
    faults.into_result(found)
}

/// The message of limits: a time, iterations, threads and a seed, each where it is known.
#[must_use]
pub fn limits_to_wire(limits: &RequestedLimits) -> v1::Limits {
    v1::Limits {
        // Longer than any deadline: a time that does not fit is no limit.
        time: limits.time.and_then(|time| prost_types::Duration::try_from(time).ok()),
        iterations: limits.iterations,
        threads: limits.threads.map(|threads| u32::try_from(threads).unwrap_or(u32::MAX)),
        seed: limits.seed,
    }
}

/// The most moves that were asked for.
///
/// # Errors
/// A negative number.
pub fn max_moves(moves: Option<i64>) -> Result<Option<i64>, Faults> {
    let mut faults = Faults::default();
    if let Some(moves) = moves.filter(|&moves| moves < 0) {
        let cause = format!("{moves} is out of range");
        faults.add(Document::Request, "/max_moves", FaultCode::OutOfRange, cause, "write 0 or more");
    }
    faults.into_result(moves)
}

/// Moves by name; `place` is that of the list in the request.
///
/// # Errors
/// Components and hosts that there are not.
pub fn moves(
    moves: &[v1::Relocation],
    problem: &Problem,
    place: &str,
) -> Result<Vec<(ComponentId, HostId)>, Faults> {
    if moves.is_empty() {
        return Ok(Vec::new());
    }
    let mut faults = Faults::default();
    let (names, mut at) = (Names::new(problem), At::new(Document::Request, &mut faults));
    let mut found = Vec::with_capacity(moves.len());
    for (index, relocation) in moves.iter().enumerate() {
        let component =
            names.component(&relocation.component_id, &mut at, format_args!("{place}/{index}/component_id"));
        let host = names.host(&relocation.target_host, &mut at, format_args!("{place}/{index}/target_host"));
        found.extend(component.zip(host));
    }
    faults.into_result(found)
}

/// The messages of moves.
///
/// # Panics
/// If they are not of `problem`.
#[must_use]
pub fn moves_to_wire(moves: &[(ComponentId, HostId)], problem: &Problem) -> Vec<v1::Relocation> {
    let relocation = |&(component, host): &(ComponentId, HostId)| v1::Relocation {
        component_id: problem.component(component).name.clone(),
        target_host: problem.host(host).name.clone(),
    };
    moves.iter().map(relocation).collect()
}

/// Components by name; `place` is that of the list in the request.
///
/// # Errors
/// Components that there are not.
pub fn components(ids: &[String], problem: &Problem, place: &str) -> Result<Vec<ComponentId>, Faults> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut faults = Faults::default();
    let (names, mut at) = (Names::new(problem), At::new(Document::Request, &mut faults));
    let each = ids.iter().enumerate();
    let found =
        each.filter_map(|(index, name)| names.component(name, &mut at, format_args!("{place}/{index}")));
    let found = found.collect();
    faults.into_result(found)
}
