//! Whatever the bytes say, nothing panics.

use std::sync::LazyLock;

use colocate_generator::tiny;
use colocate_model::{Problem, Status, check};
use colocate_proto::{convert, v1};
use proptest::prelude::*;
use prost::Message;

static PROBLEM: LazyLock<Problem> = LazyLock::new(|| tiny(3).build().expect("it is valid"));

static REQUEST: LazyLock<Vec<u8>> = LazyLock::new(|| convert::problem_of_draft(&tiny(3)).encode_to_vec());

static RESPONSE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let placement = PROBLEM.initial_placement();
    let verdict = check(&PROBLEM, &placement);
    let totals = convert::goal_totals(&PROBLEM, &verdict.terms);
    let directive = v1::MigrationDirective {
        component_id: PROBLEM.components[0].name.clone(),
        target_host: Some(PROBLEM.hosts[0].name.clone()),
        migration_strategy: 1,
        gain: convert::terms(&verdict.terms),
        ..Default::default()
    };
    let wave = v1::Wave { wave: 1, directives: vec![directive], ..Default::default() };
    let plan = v1::Plan {
        waves: vec![wave],
        before: totals.clone(),
        after: totals.clone(),
        violations: convert::violations(&PROBLEM, &verdict.violations),
        ..Default::default()
    };
    let response = v1::SolveResponse {
        status: convert::Word::number(Status::Feasible),
        objective: totals.clone(),
        initial_objective: totals,
        placement: Some(convert::placement_to_wire(&placement, &PROBLEM)),
        bound: vec![v1::GoalBound { value: Some(0), relaxation: 1 }],
        plan: Some(plan),
        ..Default::default()
    };
    response.encode_to_vec()
});

fn request(bytes: &[u8]) {
    let Ok(message) = v1::Problem::decode(bytes) else { return };
    let Ok(loaded) = convert::loaded(message) else { return };
    if loaded.draft.hosts.len() * loaded.draft.components.len() < 10_000 && loaded.build().is_ok() {
        let again = convert::loaded(convert::problem(&loaded)).expect("what was sound stays so");
        assert_eq!(again.times, loaded.times);
    }
}

fn response(bytes: &[u8]) {
    let Ok(message) = v1::SolveResponse::decode(bytes) else { return };
    if let Some(plan) = message.plan.clone() {
        let _ = convert::read_plan(plan, &PROBLEM);
    }
    let Ok(answer) = convert::receive(message, &PROBLEM) else { return };
    if let Some(solved) = &answer.solved {
        let _ = solved.gap();
    }
    if let Some(plan) = &answer.plan {
        for term in colocate_model::Term::ALL {
            let _ = plan.directives().map(|directive| directive.gain.get(term)).sum::<i64>();
        }
    }
}

/// The bytes with some of them changed, some taken out.
fn mutated(bytes: &[u8], changes: &[(prop::sample::Index, u8, bool)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for &(at, value, take_out) in changes {
        if bytes.is_empty() {
            break;
        }
        let at = at.index(bytes.len());
        if take_out {
            bytes.remove(at);
        } else {
            bytes[at] = value;
        }
    }
    bytes
}

fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, u8, bool)>> {
    prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), prop::bool::weighted(0.1)), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        request(&bytes);
        response(&bytes);
    }

    #[test]
    fn mutated_requests(changes in changes()) {
        request(&mutated(&REQUEST, &changes));
    }

    #[test]
    fn mutated_responses(changes in changes()) {
        response(&mutated(&RESPONSE, &changes));
    }
}

#[test]
fn what_is_mutated_is_sound() {
    request(&REQUEST);
    let message = v1::SolveResponse::decode(&**RESPONSE).expect("it was encoded");
    convert::receive(message, &PROBLEM).expect("it is sound");
}
