//! Caller A: requests over HTTP with a timeout, directly or through the breaker.

use std::{net::SocketAddr, sync::OnceLock, time::Duration};

use http_body_util::{BodyExt, Empty};
use hyper::{Uri, body::Bytes};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::time::timeout;
use tripword::{CallError, CircuitBreaker, MonotonicClock};

use crate::{
    schedule::TIMEOUT,
    timeline::{Answer, Event, Sample, Timeline},
};

/// The breaker between A and B, with the run's timeline as its observer.
pub(crate) type Breaker = CircuitBreaker<MonotonicClock, Timeline>;

/// The lock is only needed because the settings come from the command line.
static BREAKER: OnceLock<Breaker> = OnceLock::new();

/// Stores the breaker in the `static` that all calls use.
pub(crate) fn install(breaker: Breaker) -> &'static Breaker {
    BREAKER.get_or_init(|| breaker)
}

/// How a call reaches B.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Route {
    Direct,
    Through(&'static Breaker),
}

/// How a request to B failed.
#[derive(Debug)]
enum Failure {
    TimedOut,
    NoGoodAnswer,
}

#[derive(Debug, Clone)]
pub(crate) struct Caller {
    client: Client<HttpConnector, Empty<Bytes>>,
    uri: Uri,
    route: Route,
    timeline: Timeline,
}

impl Caller {
    pub(crate) fn new(backend: SocketAddr, route: Route, timeline: Timeline) -> Self {
        let uri = Uri::builder()
            .scheme("http")
            .authority(backend.to_string())
            .path_and_query("/")
            .build()
            .expect("a socket address is an authority");
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { client, uri, route, timeline }
    }

    /// Makes one call, due at `due`, and records how it ended.
    pub(crate) async fn call(self, due: Duration) {
        self.timeline.note(Event::Sent);
        let answer = match self.route {
            Route::Direct => answer(self.request().await),
            Route::Through(breaker) => self.request_through(breaker).await,
        };
        let latency = self.timeline.elapsed().saturating_sub(due);
        self.timeline.note(Event::Ended(Sample { due, latency, answer }));
    }

    /// The only difference that the breaker makes: while it refuses calls, there is a fallback at
    /// once.
    async fn request_through(&self, breaker: &Breaker) -> Answer {
        match breaker.call_async(self.request()).await {
            Ok(()) => answer(Ok(())),
            Err(CallError::Inner(failure)) => answer(Err(failure)),
            Err(CallError::Rejected(_)) => Answer::Fallback,
        }
    }

    async fn request(&self) -> Result<(), Failure> {
        timeout(TIMEOUT, self.get()).await.unwrap_or(Err(Failure::TimedOut))
    }

    /// Requires a 2xx with a whole body: the connection is used again only once the body is read.
    async fn get(&self) -> Result<(), Failure> {
        let response = self.client.get(self.uri.clone()).await;
        let response = response.map_err(|_| Failure::NoGoodAnswer)?;
        let good = response.status().is_success();
        let body = response.into_body().collect().await;
        match body {
            Ok(_) if good => Ok(()),
            _ => Err(Failure::NoGoodAnswer),
        }
    }
}

fn answer(result: Result<(), Failure>) -> Answer {
    match result {
        Ok(()) => Answer::Backend,
        Err(Failure::TimedOut) => Answer::TimedOut,
        Err(Failure::NoGoodAnswer) => Answer::Failed,
    }
}
