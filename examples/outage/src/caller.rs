//! A: asks B over HTTP with a timeout, bare or through the breaker.

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

/// The breaker that A keeps for B, with the run's timeline as its observer.
pub(crate) type Breaker = CircuitBreaker<MonotonicClock, Timeline>;

/// A plain `static`; the lock is only there because the settings come from the command line.
static BREAKER: OnceLock<Breaker> = OnceLock::new();

/// Puts the breaker where every call finds it.
pub(crate) fn install(breaker: Breaker) -> &'static Breaker {
    BREAKER.get_or_init(|| breaker)
}

/// The way a call takes to B.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Route {
    Bare,
    Through(&'static Breaker),
}

/// Why B did not help.
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
        Self {
            client,
            uri,
            route,
            timeline,
        }
    }

    /// One call that was due at `due`, from the first moment to the last.
    pub(crate) async fn call(self, due: Duration) {
        self.timeline.note(Event::Sent);
        let answer = match self.route {
            Route::Bare => settled(self.ask().await),
            Route::Through(breaker) => self.ask_through(breaker).await,
        };
        let latency = self.timeline.elapsed().saturating_sub(due);
        self.timeline.note(Event::Ended(Sample {
            due,
            latency,
            answer,
        }));
    }

    /// All that the breaker changes: while B is not to be asked, there is a fallback at once.
    async fn ask_through(&self, breaker: &Breaker) -> Answer {
        match breaker.call_async(self.ask()).await {
            Ok(()) => settled(Ok(())),
            Err(CallError::Inner(failure)) => settled(Err(failure)),
            Err(CallError::Rejected(_)) => Answer::Fallback,
        }
    }

    async fn ask(&self) -> Result<(), Failure> {
        timeout(TIMEOUT, self.get())
            .await
            .unwrap_or(Err(Failure::TimedOut))
    }

    /// A whole answer with a 2xx; the body is read to its end, or the connection could not be used again.
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

fn settled(result: Result<(), Failure>) -> Answer {
    match result {
        Ok(()) => Answer::Backend,
        Err(Failure::TimedOut) => Answer::TimedOut,
        Err(Failure::NoGoodAnswer) => Answer::Failed,
    }
}
