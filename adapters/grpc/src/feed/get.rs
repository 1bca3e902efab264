//! Get.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use colocate_model::{Document, FaultCode, Faults};
use jiff::Timestamp;

use super::{Feed, Published, bytes};
use crate::call::CallContext;
use crate::server::Shared;
use crate::status::Refusal;
use crate::worker::{self, Answer};

/// Starts to answer with the newest that `feed` has, as the message that `answer` makes of the part asked for.
///
/// # Errors
/// No thread.
pub(crate) fn start<P: Published, R: Send + 'static>(
    shared: &Arc<Shared>,
    feed: &Feed<P>,
    context: Arc<CallContext>,
    (filter, max_age): (Option<P::Filter>, Option<prost_types::Duration>),
    answer: impl FnOnce(P::Part) -> R + Send + 'static,
) -> Result<Answer<R>, Refusal> {
    let newest = feed.borrow().clone();
    let work = {
        let context = context.clone();
        move || {
            let mut faults = Faults::default();
            let max_age = self::max_age(max_age.as_ref(), &mut faults);
            let Some(newest) = newest else {
                return Err(if faults.0.is_empty() { Refusal::NoneYet(P::SERVICE) } else { faults.into() });
            };
            let filter = filter.unwrap_or_default();
            newest.check(&filter, &mut faults);
            faults.into_result(())?;
            // Where clocks disagree it may come from the future.
            let age =
                Duration::try_from(Timestamp::now().duration_since(newest.made_at())).unwrap_or_default();
            if let Some(max_age) = max_age.filter(|&max_age| age > max_age) {
                let age_s = age.as_secs() + u64::from(age.subsec_nanos() > 0);
                return Err(Refusal::TooOld { service: P::SERVICE, age_s, max_age_s: max_age.as_secs() });
            }
            let part = newest.select(&filter);
            context.reservation.grow(bytes(&part))?;
            Ok(answer(part))
        }
    };
    worker::start(shared, &context, Arc::new(AtomicBool::new(false)), (), work)
}

/// The oldest that is wanted.
fn max_age(asked: Option<&prost_types::Duration>, faults: &mut Faults) -> Option<Duration> {
    let asked = asked?;
    let age = Duration::try_from(*asked);
    if age.is_err() {
        let cause = format!("{} s and {} ns is no time span from 0 on", asked.seconds, asked.nanos);
        let action = "write a time span from 0 on, or none for any age";
        faults.add(Document::Request, "/max_age", FaultCode::OutOfRange, cause, action);
    }
    age.ok()
}
