//! A thousand concurrent requests through the layer to a real HTTP server that fails, hangs, resets
//! connections and recovers.
//!
//! The test advances the clock of the breaker and that of the timeouts, and waits for neither.

use crate::backend::{Backend, Health};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{JoinError, JoinSet};
use tower::limit::ConcurrencyLimit;
use tower::timeout::Timeout;
use tower::{BoxError, ServiceBuilder, ServiceExt};
use tripword::{CallError, CircuitBreaker, ManualClock, Probes, Reason, State};
use tripword_tower::{CircuitBreakerLayer, CircuitBreakerService, ServerErrorsAsFailures};

const CALLS: usize = 1_000;
/// Calls in flight at once, and so connections: within the default limit of open files.
const CONCURRENT: usize = 100;
const FAILURES: usize = 5;
const PROBES: usize = 3;
const OPEN: Duration = Duration::from_secs(10);
/// The timeout of a call.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The timeout of the whole test, which includes that of a call, since the test skips that time.
const LIMIT: Duration = Duration::from_secs(240);

type Breaker = Arc<CircuitBreaker<Arc<ManualClock>>>;
type Http = Client<HttpConnector, Empty<Bytes>>;
type Guarded =
    CircuitBreakerService<ConcurrencyLimit<Timeout<Http>>, Breaker, ServerErrorsAsFailures>;

fn breaker() -> Breaker {
    let settings = CircuitBreaker::builder()
        .consecutive_failures(FAILURES as u32)
        .open_duration(OPEN)
        .jitter(0.0)
        .probes(Probes::new().max_probes(PROBES as u32).successes_to_close(PROBES as u32));
    let clock = Arc::new(ManualClock::new());
    Arc::new(settings.build_with(clock).expect("valid settings"))
}

fn client() -> Http {
    Client::builder(TokioExecutor::new())
        // A retry inside the breaker would hide resets.
        .retry_canceled_requests(false)
        .build_http()
}

fn guarded(breaker: &Breaker) -> Guarded {
    let layer = CircuitBreakerLayer::new(breaker.clone());
    ServiceBuilder::new()
        .layer(layer.classify(ServerErrorsAsFailures::new()))
        .concurrency_limit(CONCURRENT)
        .timeout(TIMEOUT)
        .service(client())
}

/// The answer to one call.
#[derive(Debug)]
enum Answer {
    Good,
    Bad,
    Failed(BoxError),
    Refused(Reason),
}

impl Answer {
    fn is_refused(&self) -> bool {
        matches!(self, Self::Refused(_))
    }

    fn is_good(&self) -> bool {
        matches!(self, Self::Good)
    }
}

async fn call(service: Guarded, uri: Uri) -> Answer {
    let request = Request::get(uri).body(Empty::new()).expect("a request");
    match service.oneshot(request).await {
        Ok(response) => read(response).await,
        Err(CallError::Inner(error)) => Answer::Failed(error),
        Err(CallError::Rejected(rejected)) => Answer::Refused(rejected.reason()),
    }
}

async fn read(response: Response<Incoming>) -> Answer {
    let good = response.status().is_success();
    match response.into_body().collect().await {
        Ok(_) if good => Answer::Good,
        Ok(_) => Answer::Bad,
        Err(error) => Answer::Failed(error.into()),
    }
}

/// The backend, and a client that calls it through the layer.
struct Scene {
    backend: Backend,
    breaker: Breaker,
    service: Guarded,
}

impl Scene {
    fn new() -> Self {
        let breaker = breaker();
        Self { backend: Backend::start(), service: guarded(&breaker), breaker }
    }

    fn call(&self) -> impl Future<Output = Answer> + Send + use<> {
        let uri = format!("http://{}/", self.backend.address);
        call(self.service.clone(), uri.parse().expect("an address"))
    }

    /// Makes a thousand calls at once, and returns their answers.
    async fn volley(&self) -> Vec<Answer> {
        let calls: JoinSet<Answer> = (0..CALLS).map(|_| self.call()).collect();
        calls.join_all().await
    }

    /// Moves the breaker's clock past the open duration.
    fn pass_open_duration(&self) {
        self.breaker.clock().advance(OPEN);
    }

    fn assert_state(&self, state: State, in_flight: usize) {
        let snapshot = self.breaker.snapshot();
        assert_eq!(snapshot.state, state);
        assert_eq!(usize::from(snapshot.probes.in_flight), in_flight);
    }
}

fn refused(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.is_refused()).count()
}

fn good(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.is_good()).count()
}

/// Every call reaches the healthy backend and succeeds.
async fn backend_is_healthy(scene: &Scene) {
    let answers = scene.volley().await;
    assert_eq!(good(&answers), CALLS);
    assert_eq!(scene.backend.hits(), CALLS);
}

/// The circuit opens, and beyond the failures only calls in flight reach the backend.
async fn backend_fails(scene: &Scene) {
    let before = scene.backend.hits();
    scene.backend.set_health(Health::Failing);
    let answers = scene.volley().await;
    let hits = scene.backend.hits() - before;
    assert_eq!((good(&answers), refused(&answers)), (0, CALLS - hits));
    assert!((FAILURES..FAILURES + CONCURRENT).contains(&hits), "{hits}");
    scene.assert_state(State::Open, 0);
}

/// No call reaches the backend.
async fn circuit_is_open(scene: &Scene) {
    let before = scene.backend.hits();
    let answers = scene.volley().await;
    let open = |answer: &Answer| matches!(answer, Answer::Refused(Reason::Open));
    assert!(answers.iter().all(open));
    assert_eq!(scene.backend.hits(), before);
}

/// The probes hang, all other calls are refused, and a cancelled probe makes room for another.
async fn probes_hang(scene: &Scene) {
    let before = scene.backend.hits();
    scene.backend.set_health(Health::Hanging);
    scene.pass_open_duration();
    let mut calls = JoinSet::new();
    let handles: Vec<_> = (0..CALLS).map(|_| calls.spawn(scene.call())).collect();
    scene.backend.wait_for_hits(before + PROBES).await;
    for _ in PROBES..CALLS {
        let answer = next(&mut calls).await.expect("no call panics");
        assert!(answer.is_refused(), "{answer:?}");
    }
    scene.assert_state(State::HalfOpen, PROBES);

    let probe = handles.iter().find(|call| !call.is_finished());
    probe.expect("a hanging call").abort();
    let aborted = next(&mut calls).await.expect_err("aborted");
    assert!(aborted.is_cancelled());
    scene.assert_state(State::HalfOpen, PROBES - 1);

    calls.spawn(scene.call());
    scene.backend.wait_for_hits(before + PROBES + 1).await;
    let busy = scene.call().await;
    assert!(matches!(busy, Answer::Refused(Reason::ProbesBusy)), "{busy:?}");

    pass_timeout().await;
    let timed_out = calls.join_all().await;
    assert_eq!(timed_out.len(), PROBES);
    let has_failed = |answer: &Answer| matches!(answer, Answer::Failed(_));
    assert!(timed_out.iter().all(has_failed));
    assert_eq!(scene.backend.hits(), before + PROBES + 1);
    scene.assert_state(State::Open, 0);
}

async fn next(calls: &mut JoinSet<Answer>) -> Result<Answer, JoinError> {
    calls.join_next().await.expect("a call is left")
}

/// Moves tokio's clock past the timeout of calls.
async fn pass_timeout() {
    tokio::time::pause();
    tokio::time::advance(TIMEOUT).await;
    tokio::time::resume();
}

/// Resets count as failures: the probes open the circuit again.
async fn connections_are_reset(scene: &Scene) {
    let before = scene.backend.hits();
    scene.backend.set_health(Health::Resetting);
    scene.pass_open_duration();
    let answers = scene.volley().await;
    let hits = scene.backend.hits() - before;
    assert!((1..=PROBES).contains(&hits), "{hits}");
    assert_eq!((good(&answers), refused(&answers)), (0, CALLS - hits));
    assert!(answers.iter().any(was_reset));
    scene.assert_state(State::Open, 0);
}

fn was_reset(answer: &Answer) -> bool {
    let Answer::Failed(error) = answer else {
        return false;
    };
    let mut source: Option<&(dyn Error + 'static)> = Some(error.as_ref());
    while let Some(error) = source {
        let kind = error.downcast_ref().map(io::Error::kind);
        if kind == Some(io::ErrorKind::ConnectionReset) {
            return true;
        }
        source = error.source();
    }
    false
}

/// One open duration after the last failed probe, probes close the circuit.
async fn backend_recovers(scene: &Scene) {
    let before = scene.backend.hits();
    scene.backend.set_health(Health::Healthy);
    scene.pass_open_duration();
    let answers = scene.volley().await;
    let hits = scene.backend.hits() - before;
    assert!(hits >= PROBES, "{hits}");
    assert_eq!((good(&answers), refused(&answers)), (hits, CALLS - hits));
    scene.assert_state(State::Closed, 0);
    assert_eq!(good(&scene.volley().await), CALLS);
}

async fn outage() {
    let scene = Scene::new();
    backend_is_healthy(&scene).await;
    backend_fails(&scene).await;
    circuit_is_open(&scene).await;
    probes_hang(&scene).await;
    connections_are_reset(&scene).await;
    backend_recovers(&scene).await;
    let Scene { breaker, service, .. } = scene;
    drop(service);
    assert_eq!(Arc::strong_count(&breaker), 1, "a permit was leaked");
}

#[tokio::test]
async fn a_thousand_concurrent_calls_survive_an_outage() {
    let ended = tokio::time::timeout(LIMIT, outage()).await;
    assert!(ended.is_ok(), "a call hangs");
}
