//! Linear programmes that grow column by column.

use highs::{Col, ColProblem, HighsModelStatus, Model, Row, Sense, SolvedModel};

/// A maximisation whose columns are added between solves; HiGHS goes on from the last basis.
///
/// HiGHS remembers the number of threads of the operating system thread it runs on, and refuses another one: use a
/// thread of its own for what is solved here.
pub(crate) struct Lp {
    model: Option<Model>,
    rows: Vec<Row>,
    columns: Vec<Col>,
}

/// What a solve found; only to be believed after it has been checked in integers.
pub(crate) struct LpSolution {
    /// Objective.
    pub(crate) objective: f64,
    /// One dual a row: what a unit more of its right-hand side would gain.
    pub(crate) duals: Vec<f64>,
}

/// HiGHS would not do it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LpFailed;

impl Lp {
    /// An empty programme with these rows, each between its two limits.
    pub(crate) fn new(rows: &[(f64, f64)]) -> Result<Self, LpFailed> {
        let mut problem = ColProblem::default();
        let rows = rows.iter().map(|&(low, high)| problem.add_row(low..=high)).collect();
        let mut model = problem.try_optimise(Sense::Maximise).map_err(|_| LpFailed)?;
        model.make_quiet();
        model.try_set_option("threads", 1).map_err(|_| LpFailed)?;
        model.try_set_option("solver", "simplex").map_err(|_| LpFailed)?;
        Ok(Self { model: Some(model), rows, columns: Vec::new() })
    }

    /// Adds a column that is not negative, with its cost and its non-zero entries by row; returns its number.
    pub(crate) fn add_column(&mut self, cost: f64, entries: &[(usize, f64)]) -> Result<usize, LpFailed> {
        let entries = entries.iter().map(|&(row, value)| (self.rows[row], value));
        let model = self.model.as_mut().ok_or(LpFailed)?;
        self.columns.push(model.try_add_column(cost, 0.0.., entries).map_err(|_| LpFailed)?);
        Ok(self.columns.len() - 1)
    }

    /// Changes the cost of a column.
    pub(crate) fn set_cost(&mut self, column: usize, cost: f64) -> Result<(), LpFailed> {
        let model = self.model.as_mut().ok_or(LpFailed)?;
        model.change_column_cost(self.columns[column], cost);
        Ok(())
    }

    /// Solves it; at most `iterations` pivots.
    pub(crate) fn solve(&mut self, iterations: i32) -> Result<LpSolution, LpFailed> {
        let mut model = self.model.take().ok_or(LpFailed)?;
        model.try_set_option("simplex_iteration_limit", iterations).map_err(|_| LpFailed)?;
        let solved: SolvedModel = model.try_solve().map_err(|_| LpFailed)?;
        let usable =
            matches!(solved.status(), HighsModelStatus::Optimal | HighsModelStatus::ReachedIterationLimit);
        let solution = usable.then(|| LpSolution {
            objective: solved.objective_value(),
            duals: solved.get_solution().dual_rows().to_vec(),
        });
        self.model = Some(solved.into());
        solution.ok_or(LpFailed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_is_added_later_counts() {
        let mut lp = Lp::new(&[(f64::NEG_INFINITY, 4.0), (f64::NEG_INFINITY, 6.0)]).expect("it is sound");
        lp.add_column(1.0, &[(0, 1.0)]).expect("it is sound");
        let first = lp.solve(100).expect("it is feasible");
        assert!((first.objective - 4.0).abs() < 1e-6 && (first.duals[0] - 1.0).abs() < 1e-6);
        lp.add_column(3.0, &[(0, 1.0), (1, 1.0)]).expect("it is sound");
        let second = lp.solve(100).expect("it is feasible");
        assert!((second.objective - 12.0).abs() < 1e-6 && (second.duals[0] - 3.0).abs() < 1e-6);
    }
}
