//! The only file that knows HiGHS.

pub(crate) mod lp;

use std::ffi::CStr;

/// The version of HiGHS that is linked in.
#[must_use]
#[expect(unsafe_code, reason = "the version is only to be had from the C interface")]
pub fn highs_version() -> &'static str {
    // SAFETY: HiGHS returns a pointer to a constant, NUL-terminated string.
    let version = unsafe { CStr::from_ptr(highs_sys::Highs_version()) };
    version.to_str().unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use good_lp::{Expression, Solution, SolverModel, constraint, variable, variables};

    #[test]
    fn good_lp_solves_an_integer_programme_with_it() {
        let mut unknowns = variables!();
        let taken: Vec<_> = (0..3).map(|_| unknowns.add(variable().binary())).collect();
        let sum = |weights: [i32; 3]| -> Expression {
            weights.iter().zip(&taken).map(|(&weight, &item)| f64::from(weight) * item).sum()
        };
        let capacity = constraint!(sum([3, 4, 5]) <= 8);
        let solved = unknowns.maximise(sum([4, 5, 6])).using(good_lp::highs).with(capacity).solve();
        let solved = solved.expect("it is feasible");
        let values: Vec<f64> = taken.iter().map(|&item| solved.value(item).round()).collect();
        assert_eq!(values, [1.0, 0.0, 1.0]);
    }
}
