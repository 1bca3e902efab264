//! The only file that knows HiGHS.

pub(super) mod lp;

use std::ffi::{CStr, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null;

use super::backend::{MilpEnd, MilpEvent, MilpLimits, MilpStatus};
use super::program::{Column, Program};
use crate::stop::Stop;

/// By how much rows and reduced costs may be off.
const TOLERANCE: f64 = 1e-9;

/// What HiGHS would not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct HighsError(&'static str);

/// The version of HiGHS that is linked in.
#[must_use]
#[expect(unsafe_code, reason = "the version is only to be had from the C interface")]
pub fn highs_version() -> &'static str {
    // SAFETY: HiGHS returns a pointer to a constant, NUL-terminated string.
    let version = unsafe { CStr::from_ptr(highs_sys::Highs_version()) };
    version.to_str().unwrap_or("unknown")
}

/// The numbers of a model that good_lp has built.
#[expect(unsafe_code, reason = "a model can only be read through the C interface")]
pub(super) fn program_of(model: good_lp::solvers::highs::HighsProblem) -> Result<Program, HighsError> {
    const READ: HighsError = HighsError("read a model");
    let model = model.try_into_inner().map_err(|_| HighsError("build a model"))?;
    let (columns, rows) = (model.num_cols(), model.num_rows());
    let pointer = model.as_ptr();
    // SAFETY: the model is alive; the call only reads it.
    let entries = unsafe { highs_sys::Highs_getNumNz(pointer) };
    let entries = usize::try_from(entries).map_err(|_| READ)?;
    let mut cost = vec![0.0; columns];
    let (mut lower, mut upper) = (vec![0.0; columns], vec![0.0; columns]);
    let (mut row_lower, mut row_upper) = (vec![0.0; rows], vec![0.0; rows]);
    let mut starts = vec![0; columns];
    let (mut indices, mut values) = (vec![0; entries], vec![0.0; entries]);
    let mut integrality = vec![0; columns];
    let (mut a, mut b, mut c, mut sense, mut offset, mut hessian) = (0, 0, 0, 0, 0.0, 0);
    // SAFETY: every array is as long as the interface asks for: columns, rows, entries; there is no Hessian.
    let status = unsafe {
        highs_sys::Highs_getModel(
            pointer,
            highs_sys::MATRIX_FORMAT_COLUMN_WISE,
            0,
            &raw mut a,
            &raw mut b,
            &raw mut c,
            &raw mut hessian,
            &raw mut sense,
            &raw mut offset,
            cost.as_mut_ptr(),
            lower.as_mut_ptr(),
            upper.as_mut_ptr(),
            row_lower.as_mut_ptr(),
            row_upper.as_mut_ptr(),
            starts.as_mut_ptr(),
            indices.as_mut_ptr(),
            values.as_mut_ptr(),
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            integrality.as_mut_ptr(),
        )
    };
    if status != highs_sys::STATUS_OK {
        return Err(READ);
    }
    let column = |index: usize| Column {
        cost: cost[index],
        lower: lower[index],
        upper: upper[index],
        is_integer: integrality[index] != 0,
    };
    Ok(Program {
        columns: (0..columns).map(column).collect(),
        starts,
        indices,
        values,
        rows: row_lower.into_iter().zip(row_upper).collect(),
        offset: 0.0,
        scale: 1.0,
        start: None,
    })
}

/// Writes `program` in the MPS format to `path`.
///
/// # Errors
/// When the programme or the path is not to the liking of HiGHS.
#[expect(unsafe_code, reason = "the C interface")]
pub fn write_mps(program: &Program, path: &std::path::Path) -> Result<(), HighsError> {
    const WRITE: HighsError = HighsError("write a model");
    let mut program = program.clone();
    program.columns.iter_mut().for_each(|column| column.cost *= program.scale);
    let highs = Highs::with(&program)?;
    // SAFETY: the instance is alive.
    unsafe { highs_sys::Highs_changeObjectiveOffset(highs.0, program.offset) };
    let path = path.to_str().and_then(|path| std::ffi::CString::new(path).ok()).ok_or(WRITE)?;
    // SAFETY: the instance is alive and the path ends with a NUL.
    let status = unsafe { highs_sys::Highs_writeModel(highs.0, path.as_ptr()) };
    if status == highs_sys::STATUS_ERROR { Err(WRITE) } else { Ok(()) }
}

/// Solves `program` on this thread.
pub(super) fn solve(
    program: &Program,
    limits: &MilpLimits,
    stop: &Stop,
    events: &mut (dyn FnMut(MilpEvent) + Send),
) -> Result<MilpEnd, HighsError> {
    let mut highs = Highs::with(program)?;
    highs.set_limits(program, limits, stop)?;
    if let Some(start) = &program.start {
        highs.set_start(start)?;
    }
    let mut listener = Listener {
        program,
        stop,
        lp_iterations: limits.lp_iterations.unwrap_or(u64::MAX),
        events,
        bound: f64::NEG_INFINITY,
    };
    let mut ended = highs.run(&mut listener)?;
    // HiGHS 1.16 returns the start where presolve alone finds something better: then it has to find it by itself.
    if ended == highs_sys::MODEL_STATUS_OPTIMAL && highs.returns_another_solution(program) {
        highs.forget_start()?;
        ended = highs.run(&mut listener)?;
    }
    let status = match ended {
        highs_sys::MODEL_STATUS_OPTIMAL | highs_sys::MODEL_STATUS_MODEL_EMPTY => MilpStatus::Optimal,
        highs_sys::MODEL_STATUS_INFEASIBLE => MilpStatus::Infeasible,
        _ => MilpStatus::Stopped,
    };
    let (mut bound, mut nodes) = (f64::NEG_INFINITY, 0);
    if program.columns.iter().any(|column| column.is_integer) {
        bound = program.offset + program.scale * highs.info(c"mip_dual_bound");
        nodes = highs.count(c"mip_node_count");
    } else if status == MilpStatus::Optimal {
        bound = program.offset + program.scale * highs.info(c"objective_function_value");
    }
    if status == MilpStatus::Optimal {
        // The last solution comes again, polished; what presolve solves is reported here only.
        (listener.events)(MilpEvent::Incumbent(highs.solution(program)));
    }
    Ok(MilpEnd { status, bound, nodes })
}

/// What the callbacks work on.
struct Listener<'a> {
    program: &'a Program,
    stop: &'a Stop,
    lp_iterations: u64,
    events: &'a mut (dyn FnMut(MilpEvent) + Send),
    bound: f64,
}

/// An instance of HiGHS, silent.
struct Highs(*mut c_void);

#[expect(
    unsafe_code,
    reason = "the C interface; every call passes the live instance and arrays of the length it asks for"
)]
impl Highs {
    /// An instance that holds `program`.
    fn with(program: &Program) -> Result<Self, HighsError> {
        // SAFETY: creates an instance, which `drop` destroys.
        let highs = Self(unsafe { highs_sys::Highs_create() });
        highs.set_bool(c"output_flag", false)?;
        let list = |value: fn(&Column) -> f64| program.columns.iter().map(value).collect::<Vec<f64>>();
        let (cost, lower, upper) = (list(|c| c.cost), list(|c| c.lower), list(|c| c.upper));
        let integrality: Vec<i32> =
            program.columns.iter().map(|column| i32::from(column.is_integer)).collect();
        let (row_lower, row_upper): (Vec<f64>, Vec<f64>) = program.rows.iter().copied().unzip();
        // SAFETY: the arrays are as long as the counts say; HiGHS copies them.
        let status = unsafe {
            highs_sys::Highs_passMip(
                highs.0,
                program.columns.len() as c_int,
                program.rows.len() as c_int,
                program.values.len() as c_int,
                highs_sys::MATRIX_FORMAT_COLUMN_WISE,
                highs_sys::OBJECTIVE_SENSE_MINIMIZE,
                0.0,
                cost.as_ptr(),
                lower.as_ptr(),
                upper.as_ptr(),
                row_lower.as_ptr(),
                row_upper.as_ptr(),
                program.starts.as_ptr(),
                program.indices.as_ptr(),
                program.values.as_ptr(),
                integrality.as_ptr(),
            )
        };
        if status == highs_sys::STATUS_ERROR { Err(HighsError("take a model")) } else { Ok(highs) }
    }

    fn set_limits(&self, program: &Program, limits: &MilpLimits, stop: &Stop) -> Result<(), HighsError> {
        self.set_int(c"threads", limits.threads as c_int)?;
        self.set_int(c"random_seed", (limits.seed % 1_000_000_007) as c_int)?;
        self.set_double(c"primal_feasibility_tolerance", TOLERANCE)?;
        self.set_double(c"dual_feasibility_tolerance", TOLERANCE)?;
        self.set_double(c"mip_rel_gap", 0.0)?;
        self.set_double(c"mip_abs_gap", limits.absolute_gap / program.scale)?;
        if let Some(nodes) = limits.nodes {
            self.set_int(c"mip_max_nodes", c_int::try_from(nodes).unwrap_or(c_int::MAX))?;
        }
        if let Some(left) = stop.remaining() {
            self.set_double(c"time_limit", left.as_secs_f64())?;
        }
        Ok(())
    }

    fn set_start(&self, start: &[f64]) -> Result<(), HighsError> {
        // SAFETY: a value a column; the other arrays may be absent.
        let status = unsafe { highs_sys::Highs_setSolution(self.0, start.as_ptr(), null(), null(), null()) };
        if status == highs_sys::STATUS_ERROR { Err(HighsError("take a start")) } else { Ok(()) }
    }

    fn forget_start(&self) -> Result<(), HighsError> {
        // SAFETY: the instance is alive.
        let status = unsafe { highs_sys::Highs_clearSolver(self.0) };
        if status == highs_sys::STATUS_ERROR { Err(HighsError("forget a start")) } else { Ok(()) }
    }

    /// Whether the solution that it returns is not the one whose objective it reports.
    fn returns_another_solution(&self, program: &Program) -> bool {
        let reported = program.offset + program.scale * self.info(c"objective_function_value");
        let returned = program.objective(&self.solution(program));
        (returned - reported).abs() > 1e-6 * reported.abs().max(program.scale)
    }

    fn run(&mut self, listener: &mut Listener<'_>) -> Result<c_int, HighsError> {
        let data = std::ptr::from_mut(listener).cast::<c_void>();
        // SAFETY: the listener outlives the run, after which the callbacks are not called any more.
        let status = unsafe {
            highs_sys::Highs_setCallback(self.0, Some(on_event), data);
            highs_sys::Highs_startCallback(self.0, highs_sys::kHighsCallbackMipImprovingSolution);
            highs_sys::Highs_startCallback(self.0, highs_sys::kHighsCallbackMipInterrupt);
            highs_sys::Highs_run(self.0)
        };
        if status == highs_sys::STATUS_ERROR {
            return Err(HighsError("solve a model"));
        }
        // SAFETY: reads the instance.
        Ok(unsafe { highs_sys::Highs_getModelStatus(self.0) })
    }

    fn solution(&self, program: &Program) -> Vec<f64> {
        let mut values = vec![0.0; program.columns.len()];
        let mut duals = vec![0.0; program.columns.len()];
        let (mut rows, mut row_duals) = (vec![0.0; program.rows.len()], vec![0.0; program.rows.len()]);
        // SAFETY: the arrays are as long as there are columns and rows.
        unsafe {
            highs_sys::Highs_getSolution(
                self.0,
                values.as_mut_ptr(),
                duals.as_mut_ptr(),
                rows.as_mut_ptr(),
                row_duals.as_mut_ptr(),
            );
        }
        values
    }

    fn info(&self, name: &CStr) -> f64 {
        let mut value = f64::NAN;
        // SAFETY: the name ends with a NUL.
        unsafe { highs_sys::Highs_getDoubleInfoValue(self.0, name.as_ptr(), &raw mut value) };
        value
    }

    fn count(&self, name: &CStr) -> u64 {
        let mut value = 0;
        // SAFETY: the name ends with a NUL.
        unsafe { highs_sys::Highs_getInt64InfoValue(self.0, name.as_ptr(), &raw mut value) };
        u64::try_from(value).unwrap_or(0)
    }

    fn set_bool(&self, name: &CStr, value: bool) -> Result<(), HighsError> {
        // SAFETY: the name ends with a NUL.
        let status = unsafe { highs_sys::Highs_setBoolOptionValue(self.0, name.as_ptr(), value.into()) };
        if status == highs_sys::STATUS_OK { Ok(()) } else { Err(HighsError("take an option")) }
    }

    fn set_int(&self, name: &CStr, value: c_int) -> Result<(), HighsError> {
        // SAFETY: the name ends with a NUL.
        let status = unsafe { highs_sys::Highs_setIntOptionValue(self.0, name.as_ptr(), value) };
        if status == highs_sys::STATUS_OK { Ok(()) } else { Err(HighsError("take an option")) }
    }

    fn set_double(&self, name: &CStr, value: f64) -> Result<(), HighsError> {
        // SAFETY: the name ends with a NUL.
        let status = unsafe { highs_sys::Highs_setDoubleOptionValue(self.0, name.as_ptr(), value) };
        if status == highs_sys::STATUS_OK { Ok(()) } else { Err(HighsError("take an option")) }
    }
}

#[expect(unsafe_code, reason = "the C interface")]
impl Drop for Highs {
    fn drop(&mut self) {
        // SAFETY: created by `with`, and destroyed once.
        unsafe { highs_sys::Highs_destroy(self.0) }
    }
}

/// Called by HiGHS with a better solution, and now and then to ask whether to go on.
#[expect(unsafe_code, reason = "the C interface")]
unsafe extern "C" fn on_event(
    kind: c_int,
    _message: *const c_char,
    out: *const highs_sys::HighsCallbackDataOut,
    answer: *mut highs_sys::HighsCallbackDataIn,
    data: *mut c_void,
) {
    // SAFETY: HiGHS passes what `run` gave it, and data that live until the call returns.
    let (listener, out, answer) = unsafe { (&mut *data.cast::<Listener<'_>>(), &*out, answer.as_mut()) };
    // A panic must not cross into C++: it ends the run instead.
    let listened = catch_unwind(AssertUnwindSafe(|| {
        if kind == highs_sys::kHighsCallbackMipImprovingSolution && !out.mip_solution.is_null() {
            // SAFETY: a value a column.
            let values =
                unsafe { std::slice::from_raw_parts(out.mip_solution, listener.program.columns.len()) };
            (listener.events)(MilpEvent::Incumbent(values.to_vec()));
        }
        let bound = listener.program.offset + listener.program.scale * out.mip_dual_bound;
        if bound.is_finite() && bound > listener.bound {
            listener.bound = bound;
            (listener.events)(MilpEvent::Bound(bound));
        }
        let iterations = u64::try_from(out.mip_total_lp_iterations).unwrap_or(0);
        listener.stop.reason().is_some() || iterations > listener.lp_iterations
    }));
    if let Some(answer) = answer
        && listened.unwrap_or(true)
    {
        answer.user_interrupt = 1;
    }
}
