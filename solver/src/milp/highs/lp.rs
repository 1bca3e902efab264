//! Linear programmes that grow column by column.

use std::ffi::{c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use highs::{Col, ColProblem, HighsModelStatus, Model, Row, Sense, SolvedModel};

use super::super::backend::{BackendError, GrowingLp, LpRound, LpSolution};
use super::HighsError;
use crate::stop::Stop;

/// HiGHS would not build or change it.
const BUILD: HighsError = HighsError("build a linear programme");
/// HiGHS found no solution of it.
const SOLVE: HighsError = HighsError("solve a linear programme");

/// A maximisation whose columns are added between solves; HiGHS goes on from the last basis.
///
/// HiGHS remembers the number of threads of the operating system thread it runs on, and refuses another one: use a
/// thread of its own for what is solved here.
pub(in crate::milp) struct Lp {
    model: Option<Model>,
    rows: Vec<Row>,
    columns: Vec<Col>,
    stop: Stop,
}

impl Lp {
    /// An empty programme with these rows, each between its two limits, that gives up once `stop` says so.
    pub(in crate::milp) fn new(rows: &[(f64, f64)], stop: &Stop) -> Result<Self, HighsError> {
        let mut problem = ColProblem::default();
        let rows = rows.iter().map(|&(low, high)| problem.add_row(low..=high)).collect();
        let mut model = problem.try_optimise(Sense::Maximise).map_err(|_| BUILD)?;
        model.make_quiet();
        model.try_set_option("threads", 1).map_err(|_| BUILD)?;
        model.try_set_option("solver", "simplex").map_err(|_| BUILD)?;
        Ok(Self { model: Some(model), rows, columns: Vec::new(), stop: stop.clone() })
    }

    /// Adds the columns and changes the costs of `round`.
    fn change(&mut self, model: &mut Model, round: &LpRound) -> Result<(), HighsError> {
        for column in &round.columns {
            let known = |&(row, value): &(usize, f64)| Some((*self.rows.get(row)?, value));
            let entries: Option<Vec<_>> = column.entries.iter().map(known).collect();
            let added = model.try_add_column(column.cost, 0.0.., entries.ok_or(BUILD)?);
            self.columns.push(added.map_err(|_| BUILD)?);
        }
        for &(column, cost) in &round.costs {
            model.change_column_cost(*self.columns.get(column).ok_or(BUILD)?, cost);
        }
        model.try_set_option("simplex_iteration_limit", round.pivots).map_err(|_| BUILD)
    }
}

impl GrowingLp for Lp {
    fn solve(&mut self, round: &LpRound) -> Result<LpSolution, BackendError> {
        let mut model = self.model.take().ok_or(BUILD)?;
        self.change(&mut model, round)?;
        listen(&mut model, &self.stop);
        let solved: SolvedModel = model.try_solve().map_err(|_| SOLVE)?;
        let usable =
            matches!(solved.status(), HighsModelStatus::Optimal | HighsModelStatus::ReachedIterationLimit);
        let solution = usable.then(|| LpSolution {
            objective: solved.objective_value(),
            duals: solved.get_solution().dual_rows().to_vec(),
        });
        self.model = Some(solved.into());
        Ok(solution.ok_or(SOLVE)?)
    }
}

/// Lets `stop` end the next solve of `model`.
#[expect(unsafe_code, reason = "callbacks are only to be had from the C interface")]
fn listen(model: &mut Model, stop: &Stop) {
    let data = std::ptr::from_ref(stop).cast_mut().cast::<c_void>();
    // SAFETY: the model is alive; each solve is given a stop anew, which outlives it and is only read.
    unsafe {
        highs_sys::Highs_setCallback(model.as_mut_ptr(), Some(on_pivot), data);
        highs_sys::Highs_startCallback(model.as_mut_ptr(), highs_sys::kHighsCallbackSimplexInterrupt);
    }
}

/// Called by HiGHS between pivots to ask whether to go on.
#[expect(unsafe_code, reason = "the C interface")]
unsafe extern "C" fn on_pivot(
    _kind: c_int,
    _message: *const c_char,
    _out: *const highs_sys::HighsCallbackDataOut,
    answer: *mut highs_sys::HighsCallbackDataIn,
    data: *mut c_void,
) {
    // SAFETY: HiGHS passes the stop that `listen` gave it, and an answer that lives until the call returns.
    let (stop, answer) = unsafe { (&*data.cast::<Stop>(), answer.as_mut()) };
    // A panic must not cross into C++: it ends the solve instead.
    let over = catch_unwind(AssertUnwindSafe(|| stop.reason().is_some())).unwrap_or(true);
    if let Some(answer) = answer
        && over
    {
        answer.user_interrupt = 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::milp::backend::LpColumn;
    use crate::stop::Interrupt;

    fn round(cost: f64, entries: &[(usize, f64)]) -> LpRound {
        LpRound {
            columns: vec![LpColumn { cost, entries: entries.to_vec() }],
            costs: Vec::new(),
            pivots: 100,
        }
    }

    fn programme(stop: &Stop) -> Lp {
        Lp::new(&[(f64::NEG_INFINITY, 4.0), (f64::NEG_INFINITY, 6.0)], stop).expect("it is sound")
    }

    #[test]
    fn a_column_that_is_added_later_counts() {
        let mut lp = programme(&Stop::new(None, Interrupt::default()));
        let first = lp.solve(&round(1.0, &[(0, 1.0)])).expect("it is feasible");
        assert!((first.objective - 4.0).abs() < 1e-6 && (first.duals[0] - 1.0).abs() < 1e-6);
        let second = lp.solve(&round(3.0, &[(0, 1.0), (1, 1.0)])).expect("it is feasible");
        assert!((second.objective - 12.0).abs() < 1e-6 && (second.duals[0] - 3.0).abs() < 1e-6);
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        let stop = Stop::new(None, Interrupt::default());
        assert!(programme(&stop).solve(&round(1.0, &[(2, 1.0)])).is_err());
        let unknown = LpRound { columns: Vec::new(), costs: vec![(0, 1.0)], pivots: 100 };
        assert!(programme(&stop).solve(&unknown).is_err());
    }
}
