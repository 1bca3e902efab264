//! Whatever happens to a backend, what it has reported counts, and the best placement known is returned.

use std::sync::atomic::{AtomicUsize, Ordering};

use colocate_generator::talkers;
use colocate_model::{Checker, Problem};
use colocate_solver::{
    BackendError, GrowingLp, InProcess, Interrupt, Method, MilpBackend, MilpEnd, MilpEvent, MilpLimits,
    MilpOutcome, MilpParams, Program, SearchParams, SolveError, Stop, milp, solve_with,
};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// The process is killed, runs out of memory or time after so many solutions.
    LostAfter(usize),
    /// The start is none.
    BadStart,
    /// Its thread panics at the first solution.
    Panic,
    /// It claims a bound above what exists.
    WrongBound,
}

/// HiGHS, but for one fault in the goal's own programme; starts are completed as usual.
struct Faulty(Fault, AtomicUsize);

impl Faulty {
    fn new(fault: Fault) -> Self {
        Self(fault, AtomicUsize::new(0))
    }
}

impl MilpBackend for Faulty {
    fn solve(
        &self,
        program: &Program,
        limits: &MilpLimits,
        stop: &Stop,
        events: &mut (dyn FnMut(MilpEvent) + Send),
    ) -> Result<MilpEnd, BackendError> {
        let completes_a_start = self.1.fetch_add(1, Ordering::Relaxed) == 0;
        if completes_a_start {
            return InProcess.solve(program, limits, stop, events);
        }
        let mut program = program.clone();
        if self.0 == Fault::BadStart {
            program.start.iter_mut().flatten().for_each(|value| *value += 0.5);
        }
        let mut heard = 0;
        let ended = InProcess.solve(&program, limits, stop, &mut |event| {
            heard += usize::from(matches!(event, MilpEvent::Incumbent(_)));
            match self.0 {
                Fault::Panic => panic!("a thread of HiGHS is lost"),
                Fault::LostAfter(solutions) if heard > solutions => {}
                _ => events(event),
            }
        })?;
        match self.0 {
            Fault::LostAfter(_) => Err(BackendError::Lost("signal 9".to_owned())),
            Fault::WrongBound => Ok(MilpEnd { bound: 1e15, ..ended }),
            _ => Ok(ended),
        }
    }

    fn grow(&self, rows: &[(f64, f64)], stop: &Stop) -> Result<Box<dyn GrowingLp>, BackendError> {
        InProcess.grow(rows, stop)
    }
}

fn run(problem: &Problem, fault: Fault) -> MilpOutcome {
    let params = MilpParams { threads: 1, nodes: Some(50), lp_iterations: None, seed: 1 };
    let start = problem.initial_placement();
    milp(problem, Some(&start), &params, &Faulty::new(fault), &Stop::new(None, Interrupt::default()))
}

#[test]
fn the_best_placement_known_survives_every_fault() {
    let problem = talkers(25, 5, 1).build().expect("generated drafts are valid");
    let checker = Checker::new(&problem);
    let start = checker.check(&problem.initial_placement()).score;
    for fault in [Fault::LostAfter(0), Fault::LostAfter(2), Fault::BadStart, Fault::Panic, Fault::WrongBound]
    {
        let outcome = run(&problem, fault);
        let verdict = checker.check(outcome.placement.as_ref().expect("there is a start"));
        assert!(verdict.is_feasible() && verdict.score <= start, "{fault:?}");
        let improved = verdict.score < start;
        match fault {
            Fault::LostAfter(0) => assert!(outcome.fault.is_some() && !improved),
            Fault::LostAfter(_) | Fault::WrongBound => {
                assert!(outcome.fault.is_some() && improved, "{fault:?}")
            }
            // Such a start is dropped, and HiGHS finds solutions without it.
            Fault::BadStart => assert!(improved),
            Fault::Panic => assert!(outcome.fault.is_some() || !improved),
        }
    }
}

#[test]
fn a_bound_above_a_placement_is_an_error() {
    let problem = talkers(25, 5, 1).build().expect("generated drafts are valid");
    let (params, stop) = (SearchParams::default(), Stop::new(None, Interrupt::default()));
    let params = SearchParams { iterations: Some(1000), ..params };
    let solved = solve_with(&problem, Method::Milp, &params, &Faulty::new(Fault::WrongBound), &stop);
    assert!(matches!(solved, Err(SolveError::BoundAboveIncumbent { .. })));
}

#[test]
fn an_interrupt_ends_the_programme_with_what_there_is() {
    let problem = talkers(25, 5, 1).build().expect("generated drafts are valid");
    let interrupt = Interrupt::default();
    let asked = interrupt.clone();
    let stop = Stop::new(None, interrupt).observed_by(move |_| asked.interrupt());
    let params = MilpParams { threads: 1, nodes: None, lp_iterations: None, seed: 1 };
    let outcome = milp(&problem, Some(&problem.initial_placement()), &params, &InProcess, &stop);
    assert!(outcome.placement.is_some() && !outcome.is_complete && outcome.fault.is_none());
}
