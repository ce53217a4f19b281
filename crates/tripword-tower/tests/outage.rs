//! A thousand concurrent requests through the layer to a real HTTP server that fails, hangs, resets connections and recovers.
//!
//! The breaker's time is a clock that the test moves, and so is the time of the timeouts: nothing here waits for time to pass.
#![cfg(feature = "http")]

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
use tokio::time::timeout;
use tower::limit::ConcurrencyLimit;
use tower::timeout::Timeout;
use tower::{BoxError, ServiceBuilder, ServiceExt};
use tripword::tower::{CircuitBreakerLayer, CircuitBreakerService, ServerErrorsAsFailures};
use tripword::{CallError, CircuitBreaker, ManualClock, Probes, Reason, State};

const CALLS: usize = 1_000;
/// Calls in flight at once, and so connections: what a process may have open by default suffices.
const CONCURRENT: usize = 100;
const FAILURES: usize = 5;
const PROBES: usize = 3;
const OPEN: Duration = Duration::from_secs(10);
/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the test may take, the patience included that it lets pass at once.
const LIMIT: Duration = Duration::from_secs(240);

type Breaker = CircuitBreaker<Arc<ManualClock>>;
type Http = Client<HttpConnector, Empty<Bytes>>;
type Guarded = CircuitBreakerService<
    ConcurrencyLimit<Timeout<Http>>,
    ServerErrorsAsFailures,
    Arc<ManualClock>,
>;

fn breaker() -> Arc<Breaker> {
    let settings = CircuitBreaker::builder()
        .consecutive_failures(FAILURES as u32)
        .open_duration(OPEN)
        .jitter(0.0)
        .probes(
            Probes::new()
                .max_probes(PROBES as u32)
                .successes_to_close(PROBES as u32),
        );
    let clock = Arc::new(ManualClock::new());
    Arc::new(settings.build_with(clock).expect("settings that can be"))
}

fn client() -> Http {
    Client::builder(TokioExecutor::new())
        // Or a reset would be tried again behind the breaker's back.
        .retry_canceled_requests(false)
        .build_http()
}

fn guarded(breaker: &Arc<Breaker>) -> Guarded {
    let layer = CircuitBreakerLayer::new(breaker.clone());
    ServiceBuilder::new()
        .layer(layer.classify(ServerErrorsAsFailures::new()))
        .concurrency_limit(CONCURRENT)
        .timeout(PATIENCE)
        .service(client())
}

/// What a call came to.
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

/// The backend, and whoever calls it through the layer.
struct Scene {
    backend: Backend,
    breaker: Arc<Breaker>,
    service: Guarded,
}

impl Scene {
    fn new() -> Self {
        let breaker = breaker();
        Self {
            backend: Backend::start(),
            service: guarded(&breaker),
            breaker,
        }
    }

    fn call(&self) -> impl Future<Output = Answer> + Send + use<> {
        let uri = format!("http://{}/", self.backend.address);
        call(self.service.clone(), uri.parse().expect("an address"))
    }

    /// A thousand calls at once, and what they came to.
    async fn volley(&self) -> Vec<Answer> {
        let calls: JoinSet<Answer> = (0..CALLS).map(|_| self.call()).collect();
        calls.join_all().await
    }

    /// The time of the breaker's deadline is there.
    fn open_duration_passes(&self) {
        self.breaker.clock().advance(OPEN);
    }

    fn assert_is(&self, state: State, in_flight: usize) {
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

async fn while_it_is_well(scene: &Scene) {
    let answers = scene.volley().await;
    assert_eq!(good(&answers), CALLS);
    assert_eq!(scene.backend.hits(), CALLS);
}

/// The circuit opens, and no more reach the backend than were on their way.
async fn when_it_fails(scene: &Scene) {
    let before = scene.backend.hits();
    scene.backend.becomes(Health::Fails);
    let answers = scene.volley().await;
    let hits = scene.backend.hits() - before;
    assert_eq!((good(&answers), refused(&answers)), (0, CALLS - hits));
    assert!((FAILURES..FAILURES + CONCURRENT).contains(&hits), "{hits}");
    scene.assert_is(State::Open, 0);
}

async fn while_it_is_open(scene: &Scene) {
    let before = scene.backend.hits();
    let answers = scene.volley().await;
    let open = |answer: &Answer| matches!(answer, Answer::Refused(Reason::Open));
    assert!(answers.iter().all(open));
    assert_eq!(scene.backend.hits(), before);
}

/// As many as may probe hang, everybody else is refused, and who gives up makes room for another.
async fn when_probes_hang(scene: &Scene) {
    let before = scene.backend.hits();
    scene.backend.becomes(Health::Hangs);
    scene.open_duration_passes();
    let mut calls = JoinSet::new();
    let handles: Vec<_> = (0..CALLS).map(|_| calls.spawn(scene.call())).collect();
    scene.backend.hit(before + PROBES).await;
    for _ in PROBES..CALLS {
        assert!(
            next(&mut calls)
                .await
                .is_ok_and(|answer| answer.is_refused())
        );
    }
    scene.assert_is(State::HalfOpen, PROBES);

    handles
        .iter()
        .find(|call| !call.is_finished())
        .expect("it hangs")
        .abort();
    assert!(
        next(&mut calls)
            .await
            .is_err_and(|error| error.is_cancelled())
    );
    scene.assert_is(State::HalfOpen, PROBES - 1);

    calls.spawn(scene.call());
    scene.backend.hit(before + PROBES + 1).await;
    let busy = scene.call().await;
    assert!(
        matches!(busy, Answer::Refused(Reason::ProbesBusy)),
        "{busy:?}"
    );

    patience_passes().await;
    let timed_out = calls.join_all().await;
    assert_eq!(timed_out.len(), PROBES);
    assert!(
        timed_out
            .iter()
            .all(|answer| matches!(answer, Answer::Failed(_)))
    );
    assert_eq!(scene.backend.hits(), before + PROBES + 1);
    scene.assert_is(State::Open, 0);
}

async fn next(calls: &mut JoinSet<Answer>) -> Result<Answer, JoinError> {
    calls.join_next().await.expect("some are left")
}

/// The timeouts of calls that hang are over, without anybody waiting for it.
async fn patience_passes() {
    tokio::time::pause();
    tokio::time::advance(PATIENCE).await;
    tokio::time::resume();
}

async fn when_connections_are_reset(scene: &Scene) {
    let before = scene.backend.hits();
    scene.backend.becomes(Health::Resets);
    scene.open_duration_passes();
    let answers = scene.volley().await;
    let hits = scene.backend.hits() - before;
    assert!((1..=PROBES).contains(&hits), "{hits}");
    assert_eq!((good(&answers), refused(&answers)), (0, CALLS - hits));
    assert!(answers.iter().any(was_reset));
    scene.assert_is(State::Open, 0);
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

/// One open duration after the last failed probe, the probes close the circuit.
async fn when_it_recovers(scene: &Scene) {
    let before = scene.backend.hits();
    scene.backend.becomes(Health::Well);
    scene.open_duration_passes();
    let answers = scene.volley().await;
    let hits = scene.backend.hits() - before;
    assert!(hits >= PROBES, "{hits}");
    assert_eq!((good(&answers), refused(&answers)), (hits, CALLS - hits));
    scene.assert_is(State::Closed, 0);
    assert_eq!(good(&scene.volley().await), CALLS);
}

async fn outage() {
    let scene = Scene::new();
    while_it_is_well(&scene).await;
    when_it_fails(&scene).await;
    while_it_is_open(&scene).await;
    when_probes_hang(&scene).await;
    when_connections_are_reset(&scene).await;
    when_it_recovers(&scene).await;
    let Scene {
        breaker, service, ..
    } = scene;
    drop(service);
    assert_eq!(Arc::strong_count(&breaker), 1, "somebody holds a permit");
}

#[tokio::test]
async fn a_thousand_calls_at_once_through_a_whole_outage() {
    let ended = timeout(LIMIT, outage()).await;
    assert!(ended.is_ok(), "it hangs");
}
