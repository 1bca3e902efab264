//! What agents measured, asked for over gRPC.

use std::collections::BTreeMap;
use std::sync::Arc;

use colocate_client::{AgentClient, v1};
use colocate_latency::{Absorbed, Collector, wire};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::access::Access;
use crate::exit::{Failure, chain};
use crate::remote::RemoteError;

/// Agents that are asked at a time.
const AT_ONCE: usize = 64;
/// The most that is taken of one agent at a time, in bytes.
const MOST: u64 = 64 << 20;

/// The agents of a cluster.
pub(crate) struct Agents {
    access: Access,
    agents: Vec<At>,
}

/// An agent, and what is known of it.
#[derive(Clone)]
struct At {
    url: String,
    client: Option<AgentClient>,
    /// Its newest slot, in ms since 1970: what is asked for begins there.
    newest_ms: Option<i64>,
    domains: BTreeMap<String, String>,
}

/// What an agent answered, and the agent as it is then known.
type Answer = (usize, At, Result<Vec<v1::AgentsMeasurementsResponse>, RemoteError>);

impl Agents {
    pub(crate) fn new(urls: &[String], access: Access) -> Self {
        let at =
            |url: &String| At { url: url.clone(), client: None, newest_ms: None, domains: BTreeMap::new() };
        Self { access, agents: urls.iter().map(at).collect() }
    }

    /// Takes in what all agents measured since they were asked last. Needs a runtime that is entered, and blocks. An agent
    /// that does not answer is warned of and left out.
    ///
    /// # Errors
    /// When no agent answers: why the first did not.
    pub(crate) fn gather(&mut self, collector: &mut Collector, now_ms: i64) -> Result<(), Failure> {
        let (mut tally, mut first) = (BTreeMap::<Absorbed, u64>::new(), None);
        let mut answered = 0;
        for (place, at, said) in Handle::current().block_on(self.ask())? {
            match said {
                Ok(responses) => {
                    answered += 1;
                    for (absorbed, slots) in
                        responses.iter().flat_map(|one| wire::absorb(collector, one, now_ms))
                    {
                        *tally.entry(absorbed).or_default() += slots;
                    }
                }
                Err(error) => {
                    tracing::warn!(agent = at.url, error = chain(&error), "an agent does not answer");
                    first.get_or_insert(error);
                }
            }
            self.agents[place] = at;
        }
        for (absorbed, slots) in tally {
            match absorbed {
                Absorbed::Merged | Absorbed::Known => tracing::debug!(?absorbed, slots, "slots"),
                Absorbed::Unreliable => {
                    tracing::warn!(slots, "agents do not believe some of their slots; left out")
                }
                other => tracing::warn!(?other, slots, "slots that cannot be used; left out"),
            }
        }
        match first {
            Some(error) if answered == 0 => Err(error.into()),
            _ => Ok(()),
        }
    }

    async fn ask(&self) -> Result<Vec<Answer>, Failure> {
        let permits = Arc::new(Semaphore::new(AT_ONCE));
        let mut asked = JoinSet::new();
        for (place, at) in self.agents.iter().cloned().enumerate() {
            let endpoint = self.access.endpoint(&at.url).map_err(Failure::Remote)?;
            let permits = permits.clone();
            asked.spawn(async move {
                let _permit = permits.acquire_owned().await;
                let mut at = at;
                let said = at.ask(&endpoint).await;
                if said.is_err() {
                    at.client = None;
                }
                (place, at, said)
            });
        }
        let mut answers = asked.join_all().await;
        answers.sort_by_key(|(place, ..)| *place);
        Ok(answers)
    }

    /// Asks the agents of the domains that pairs begin in to probe them more; how many pairs they take.
    pub(crate) fn focus(&mut self, level: &str, pairs: &[(String, String)]) -> u32 {
        let asked = async {
            let mut taken = 0;
            for at in &mut self.agents {
                let domain = at.domains.get(level);
                let theirs = pairs.iter().filter(|(from, _)| Some(from) == domain);
                let pairs: Vec<v1::PairOfDomains> = theirs
                    .map(|(from, to)| v1::PairOfDomains { from_domain: from.clone(), to_domain: to.clone() })
                    .collect();
                if let (Some(client), false) = (&mut at.client, pairs.is_empty()) {
                    match client.focus(pairs, None).await {
                        Ok(accepted) => taken += accepted,
                        Err(error) => tracing::warn!(
                            agent = at.url,
                            error = chain(&error),
                            "an agent does not probe more"
                        ),
                    }
                }
            }
            taken
        };
        Handle::current().block_on(asked)
    }
}

impl At {
    async fn ask(
        &mut self,
        endpoint: &colocate_client::Endpoint,
    ) -> Result<Vec<v1::AgentsMeasurementsResponse>, RemoteError> {
        let mut client = match self.client.take() {
            Some(client) => client,
            None => AgentClient::connect(endpoint).await?.with_total_limit(MOST),
        };
        let since = self.newest_ms.map(|ms| prost_types::Timestamp {
            seconds: ms.div_euclid(1_000),
            nanos: (ms.rem_euclid(1_000) * 1_000_000) as i32,
        });
        let mut stream = client.measurements(since, false).await?;
        let mut responses = Vec::new();
        while let Some(response) = stream.next().await? {
            let starts = response.slots.iter().filter_map(|slot| slot.start.as_ref());
            let newest = starts.map(|start| start.seconds.saturating_mul(1_000)).max();
            self.newest_ms = self.newest_ms.max(newest);
            if let Some(identity) = &response.agent {
                self.domains.clone_from(&identity.domains);
            }
            responses.push(response);
        }
        self.client = Some(client);
        Ok(responses)
    }
}
