//! Asks Nomad, and changes nothing.

use std::sync::Arc;

use colocate_http::{Answer, Auth};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::error::Error;
use crate::job::{Job, read_jobs};
use crate::node::{Node, read_nodes};

/// A client of one Nomad that only reads; clones share its connections. Who it asks for needs the capabilities `list-jobs`
/// and `read-job` and the policy `read` on nodes, where access is controlled.
#[derive(Debug, Clone)]
pub struct Client {
    http: colocate_http::Client,
    config: Arc<Config>,
}

/// What Nomad lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// All of it, of every page.
    pub items: Vec<T>,
    /// `X-Nomad-Index`: the state of the cluster that the first page is of, where the answer says it. What has changed
    /// since is newer.
    pub index: Option<u64>,
}

impl Client {
    /// A client for the Nomad that `config` describes; nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Http`] where the address is none, the token would be sent in the clear, or a file cannot be used.
    pub fn new(config: Config) -> Result<Self, Error> {
        let auth = match &config.token_file {
            None => Auth::None,
            Some(token_file) => Auth::Header { name: "x-nomad-token", token_file: token_file.clone() },
        };
        let limits = &config.limits;
        let http = colocate_http::Config {
            auth,
            tls: config.tls.clone(),
            secret_in_the_clear: config.token_in_the_clear,
            connect_timeout: limits.connect_timeout,
            timeout: limits.timeout,
            retry: limits.retry,
            response_bytes: limits.response_bytes,
            ..colocate_http::Config::new(config.address.clone())
        };
        let http = colocate_http::Client::new(http).map_err(colocate_http::Error::from)?;
        Ok(Self { http, config: Arc::new(config) })
    }

    /// All nodes, without meta and most attributes, which lists of nodes lack; see [`Nodes`](crate::Nodes).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn nodes(&self) -> Result<Listed<Node>, Error> {
        self.list("node", &["v1", "nodes"], &[("resources", "true")], read_nodes).await
    }

    /// A node with all that is known of it.
    ///
    /// # Errors
    /// [`Error`]; [`Error::Unknown`] where there is none with this id.
    pub async fn node(&self, id: &str) -> Result<Node, Error> {
        self.one("node", id, &["v1", "node", id], &[], read_nodes).await
    }

    /// All jobs, without their task groups, which lists of jobs lack; see [`Client::specifications`].
    ///
    /// # Errors
    /// [`Error`].
    pub async fn jobs(&self) -> Result<Listed<Job>, Error> {
        let namespace = self.config.namespace.as_deref().unwrap_or("*");
        self.list("job", &["v1", "jobs"], &[("namespace", namespace), ("meta", "true")], read_jobs).await
    }

    /// A job with its task groups.
    ///
    /// # Errors
    /// [`Error`]; [`Error::Unknown`] where there is none with this id.
    pub async fn job(&self, id: &str, namespace: &str) -> Result<Job, Error> {
        self.one("job", id, &["v1", "job", id], &[("namespace", namespace)], read_jobs).await
    }

    /// The jobs that are to run, with their task groups. Those that a periodic or parameterised job started are left out:
    /// it stands for them. So are jobs that end while the others are read.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn specifications(&self) -> Result<Listed<Job>, Error> {
        let Listed { items, index } = self.jobs().await?;
        let wanted = items.into_iter().filter(|job| !job.stopped && job.parent.is_empty());
        let read = |client: Self, job: Job| async move { client.job(&job.id, &job.namespace).await };
        let mut items = self.each(wanted, read).await?;
        items.sort_by(|a, b| (&a.namespace, &a.id).cmp(&(&b.namespace, &b.id)));
        Ok(Listed { items, index })
    }

    /// What `read` finds of every one of `wanted`, as many at once as allowed, in no order. What is unknown by then is
    /// left out; the first other error ends it.
    pub(crate) async fn each<W, T, F>(
        &self,
        wanted: impl Iterator<Item = W>,
        read: impl Fn(Self, W) -> F,
    ) -> Result<Vec<T>, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let places = Arc::new(Semaphore::new(self.config.limits.concurrent.max(1)));
        let mut open = JoinSet::new();
        for one in wanted {
            let (question, places) = (read(self.clone(), one), places.clone());
            open.spawn(async move {
                let _place = places.acquire().await;
                question.await
            });
        }
        let mut found = Vec::new();
        while let Some(answer) = open.join_next().await {
            match answer {
                Ok(Ok(one)) => found.push(one),
                Ok(Err(Error::Unknown { .. })) => {}
                // What is still open is dropped with the set.
                Ok(Err(error)) => return Err(error),
                Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
            }
        }
        Ok(found)
    }

    /// Every page of a list.
    async fn list<T>(
        &self,
        what: &'static str,
        path: &[&str],
        query: &[(&str, &str)],
        read: fn(&[u8]) -> Result<Vec<T>, Error>,
    ) -> Result<Listed<T>, Error> {
        let limit = self.config.limits.listed;
        let per_page = self.config.limits.per_page.max(1).to_string();
        let mut listed = Listed { items: Vec::new(), index: None };
        let mut next: Option<String> = None;
        loop {
            let mut query = query.to_vec();
            query.push(("per_page", &per_page));
            query.extend(next.as_deref().map(|token| ("next_token", token)));
            let (page, answer) = self.ask(path, &query, read).await?;
            let empty = page.is_empty();
            listed.items.extend(page);
            if listed.items.len() > limit {
                return Err(Error::TooMany { what, limit });
            }
            listed.index = listed.index.or_else(|| answer.header("x-nomad-index")?.parse().ok());
            // The token is the id of the first item of the page that follows.
            match answer.header("x-nomad-nexttoken").filter(|token| !token.is_empty()) {
                None => return Ok(listed),
                Some(token) if empty || next.as_deref() == Some(token) => {
                    return Err(Error::Circular { what, token: token.to_owned() });
                }
                Some(token) => next = Some(token.to_owned()),
            }
        }
    }

    async fn one<T>(
        &self,
        what: &'static str,
        id: &str,
        path: &[&str],
        query: &[(&str, &str)],
        read: fn(&[u8]) -> Result<Vec<T>, Error>,
    ) -> Result<T, Error> {
        let unknown = || Error::Unknown { what, id: id.to_owned() };
        match self.ask(path, query, read).await {
            Ok((items, _)) => items.into_iter().next().ok_or_else(unknown),
            Err(Error::Http(colocate_http::Error::Refused { status: 404, .. })) => Err(unknown()),
            Err(error) => Err(error),
        }
    }

    /// Asks until there is an answer that can be read, or no hope of one.
    async fn ask<T>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        read: fn(&[u8]) -> Result<Vec<T>, Error>,
    ) -> Result<(Vec<T>, Answer), Error> {
        let mut query = query.to_vec();
        query.extend(self.config.region.as_deref().map(|region| ("region", region)));
        let query = &query;
        let once = || async move {
            let answer = self.http.get(path, query).await?.accepted()?;
            Ok((read(&answer.body)?, answer))
        };
        self.http.retry().run(once).await
    }
}
