//! An agent as its callers see it.

use std::sync::Arc;
use std::time::Duration;

use colocate_latency::{Agent, now_ms, wire};
use colocate_proto::v1;
use jiff::Timestamp;
use tokio::sync::watch;

/// For how long pairs are probed more where nobody says.
const FOCUS: Duration = Duration::from_secs(300);
/// And for how long at most.
const MOST_FOCUS: Duration = Duration::from_secs(86_400);

/// Hands out what an agent measured.
pub(crate) struct Service(pub(crate) Arc<Agent>);

impl colocate_grpc::Agent for Service {
    fn measurements(&self, since: Option<Timestamp>) -> v1::AgentsMeasurementsResponse {
        wire::response(&self.0, since.map(Timestamp::as_millisecond))
    }

    fn changed(&self) -> watch::Receiver<u64> {
        self.0.closed()
    }

    fn focus(&self, request: v1::AgentsFocusRequest) -> u32 {
        let asked = request.duration.and_then(|duration| Duration::try_from(duration).ok());
        let duration = asked.unwrap_or(FOCUS).min(MOST_FOCUS);
        let until_ms = now_ms() + i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 2);
        let pairs = request.pairs.into_iter().map(|pair| (pair.from_domain, pair.to_domain));
        u32::try_from(self.0.want(pairs, until_ms)).unwrap_or(u32::MAX)
    }
}
