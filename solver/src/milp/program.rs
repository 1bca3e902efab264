//! A mixed-integer linear programme as numbers, apart from what it stands for: what a backend is given.

use good_lp::SolverModel;
use serde::{Deserialize, Serialize};

use colocate_model::Cost;

use super::formulation::{Formulation, TermSum, constant_of};
use super::highs;

/// Largest cost of a column in what is minimised: tolerances are absolute.
const LARGEST_COST: f64 = 1024.0;
/// Constraints added between two looks at the clock.
const CONSTRAINTS_PER_LOOK: usize = 32;
/// Passes over rows and columns.
const SCALING_PASSES: usize = 4;

/// Minimise offset + scale x cost . x, subject to lower <= A x <= upper.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// The unknowns.
    pub columns: Vec<Column>,
    /// Where the entries of each column start, and their number.
    pub starts: Vec<i32>,
    /// Row of each entry.
    pub indices: Vec<i32>,
    /// Value of each entry.
    pub values: Vec<f64>,
    /// Lower and upper bound of each row.
    pub rows: Vec<(f64, f64)>,
    /// What the objective is where nothing costs anything.
    pub offset: f64,
    /// What a unit of the costs counts.
    pub scale: f64,
    /// A feasible solution to start from.
    pub start: Option<Vec<f64>>,
}

/// An unknown.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// What a unit costs.
    pub cost: f64,
    /// Least value.
    pub lower: f64,
    /// Largest value.
    pub upper: f64,
    /// Whether it is a whole number.
    pub is_integer: bool,
}

impl Program {
    /// The programme that minimises `goal` while the earlier goals stay within `limits`; `None` where it is time to stop
    /// first.
    pub(super) fn new(
        formulation: &Formulation<'_>,
        goal: &TermSum,
        limits: &[Cost],
    ) -> Result<Option<Self>, highs::HighsError> {
        let objective = goal.value.clone();
        let offset = constant_of(&objective);
        let mut model = formulation.variables().clone().minimise(objective).using(good_lp::highs);
        for (index, constraint) in formulation.constraints(limits).enumerate() {
            if index % CONSTRAINTS_PER_LOOK == 0 && formulation.is_left() {
                return Ok(None);
            }
            model.add_constraint(constraint);
        }
        let mut program = highs::program_of(model)?;
        program.offset = offset;
        if formulation.is_left() {
            return Ok(None);
        }
        program.rescale();
        Ok(Some(program))
    }

    /// Scales rows, columns that need not be whole, and costs by powers of two, which is exact: tolerances are
    /// absolute, and tiny entries are taken for 0. Geometric scaling, as in Tomlin, "On scaling linear programming
    /// problems" (1975).
    fn rescale(&mut self) {
        for _ in 0..SCALING_PASSES {
            self.scale_rows(Spread::middle);
            self.scale_columns();
        }
        self.scale_rows(|spread| spread.largest);
        let largest = self.columns.iter().map(|column| column.cost.abs()).fold(0.0, f64::max);
        self.scale = power_of_two(largest / LARGEST_COST);
        self.columns.iter_mut().for_each(|column| column.cost /= self.scale);
    }

    fn scale_rows(&mut self, size: impl Fn(&Spread) -> f64) {
        let mut spreads = vec![Spread::default(); self.rows.len()];
        for (&row, value) in self.indices.iter().zip(&self.values) {
            spreads[row as usize].add(value.abs());
        }
        let scales: Vec<f64> = spreads.iter().map(|spread| power_of_two(size(spread))).collect();
        for (&row, value) in self.indices.iter().zip(&mut self.values) {
            *value /= scales[row as usize];
        }
        for (row, scale) in self.rows.iter_mut().zip(scales) {
            *row = (row.0 / scale, row.1 / scale);
        }
    }

    fn scale_columns(&mut self) {
        for (index, column) in self.columns.iter_mut().enumerate().filter(|(_, column)| !column.is_integer) {
            let start = self.starts[index] as usize;
            let end = self.starts.get(index + 1).map_or(self.values.len(), |&end| end as usize);
            let mut spread = Spread::default();
            self.values[start..end].iter().for_each(|value| spread.add(value.abs()));
            let scale = power_of_two(spread.middle());
            self.values[start..end].iter_mut().for_each(|value| *value /= scale);
            column.cost /= scale;
            (column.lower, column.upper) = (column.lower * scale, column.upper * scale);
        }
    }

    /// The objective of a solution.
    #[must_use]
    pub fn objective(&self, values: &[f64]) -> f64 {
        let cost: f64 = self.columns.iter().zip(values).map(|(column, value)| column.cost * value).sum();
        self.offset + self.scale * cost
    }
}

/// Sizes of the entries of a row or column.
#[derive(Debug, Clone, Copy, Default)]
struct Spread {
    smallest: f64,
    largest: f64,
}

impl Spread {
    fn add(&mut self, size: f64) {
        if size > 0.0 {
            self.smallest = if self.smallest > 0.0 { self.smallest.min(size) } else { size };
            self.largest = self.largest.max(size);
        }
    }

    /// The geometric middle.
    fn middle(&self) -> f64 {
        (self.smallest * self.largest).sqrt()
    }
}

/// The least power of two that is at least `size`, 1 for 0.
fn power_of_two(size: f64) -> f64 {
    if size > 0.0 { size.log2().ceil().exp2() } else { 1.0 }
}
