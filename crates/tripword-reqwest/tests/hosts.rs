//! A breaker for each host and port, from a registry.

use crate::support::{Backdrop, HALF, UNWELL, WHOLE, bounded, client};
use reqwest::{Method, Request, Response};
use std::sync::Arc;
use tripword_registry::{NamedBreaker, NamedRejected, Registry};
use tripword_reqwest::tripword::{CallError, ManualClock, State, config};
use tripword_reqwest::tripword_tower::{CircuitBreakerLayer, HttpToTheEnd, Select, SelectBy};
use tripword_reqwest::{Guarded, ReqwestErrors, guard, refusal};

type Clock = Arc<ManualClock>;
type Hosts = Arc<Registry<Arc<str>, Clock>>;
type Named = NamedBreaker<Arc<str>, Clock>;

/// A registry whose breakers open on the first failure.
fn hosts() -> Hosts {
    let settings = Registry::builder().config(config!(consecutive_failures(1)));
    Arc::new(settings.clock(Clock::default()).build())
}

/// Returns a choice by host and port. Requests for `/healthz` bypass all breakers.
fn choice(hosts: &Hosts) -> impl Fn(&Request) -> Option<Named> + Clone + Send + Sync + use<> {
    let hosts = hosts.clone();
    move |request| {
        let url = request.url();
        let authority = format!("{}:{}", url.host_str()?, url.port_or_known_default()?);
        (url.path() != "/healthz").then(|| hosts.get_or_create(&*authority))
    }
}

fn state(hosts: &Hosts, backdrop: &Backdrop) -> Option<State> {
    hosts.get(&*backdrop.address().to_string()).map(|named| named.breaker().state())
}

type Called = Result<Response, CallError<reqwest::Error, NamedRejected>>;

async fn get<Sel>(client: &Guarded<Sel>, backdrop: &Backdrop, path: &str) -> Called
where
    Sel: Select<Request, Handle = Named> + Clone + Send + Sync + 'static,
{
    let request = Request::new(Method::GET, backdrop.url(path).parse().expect("a valid URL"));
    bounded(client.execute(request)).await
}

/// Asserts that the client refuses the host that is unwell, and no other.
async fn assert_by_host<Sel>(client: Guarded<Sel>, hosts: &Hosts)
where
    Sel: Select<Request, Handle = Named> + Clone + Send + Sync + 'static,
{
    let (ill, well) = (Backdrop::start(|_| UNWELL).await, Backdrop::start(|_| WHOLE).await);
    let response = get(&client, &ill, "/").await.expect("a response");
    assert_eq!((response.status().as_u16(), state(hosts, &ill)), (503, Some(State::Open)));

    let refused = get(&client, &ill, "/other").await.expect_err("it is open");
    assert!(refusal(&refused).is_some(), "{refused}");
    let refused = refused.into_rejected().expect("a refusal");
    assert_eq!((&*refused.name, ill.calls()), (&*ill.address().to_string(), 1));

    let response = get(&client, &well, "/").await.expect("a response");
    assert_eq!(bounded(response.text()).await.expect("a body"), "abc");
    assert_eq!(state(hosts, &well), Some(State::Closed));

    let response = get(&client, &ill, "/healthz").await.expect("a response");
    assert_eq!((response.status().as_u16(), ill.calls()), (503, 2));
}

#[tokio::test]
async fn a_client_by_a_layer() {
    let hosts = hosts();
    let layer = CircuitBreakerLayer::select_by(choice(&hosts)).classify(ReqwestErrors);
    let layer = layer.to_the_end(HttpToTheEnd::new());
    let client = client().build().expect("a client");
    assert_by_host(Guarded::new(client, layer), &hosts).await;
}

#[tokio::test]
async fn a_client_by_a_choice() {
    let hosts = hosts();
    let choice = SelectBy::new(choice(&hosts));
    assert_by_host(guard(client().build().expect("a client"), choice), &hosts).await;
}

#[tokio::test]
async fn a_body_counts_for_the_host_that_sent_it() {
    let (hosts, broken) = (hosts(), Backdrop::start(|_| HALF).await);
    let client = guard(client().build().expect("a client"), SelectBy::new(choice(&hosts)));
    let bypassing = get(&client, &broken, "/healthz").await.expect("a good head");
    bounded(bypassing.text()).await.expect_err("half of it");
    assert_eq!(state(&hosts, &broken), None);

    let response = get(&client, &broken, "/").await.expect("a good head");
    assert_eq!(state(&hosts, &broken), Some(State::Closed));
    bounded(response.text()).await.expect_err("half of it");
    assert_eq!(state(&hosts, &broken), Some(State::Open));
}

#[cfg(feature = "middleware")]
#[tokio::test]
async fn a_client_with_the_middleware() {
    use reqwest_middleware::{ClientBuilder, Error};
    use tripword_reqwest::CircuitBreakerMiddleware;

    let (ill, well) = (Backdrop::start(|_| UNWELL).await, Backdrop::start(|_| WHOLE).await);
    let hosts = hosts();
    let middleware = CircuitBreakerMiddleware::new(SelectBy::new(choice(&hosts)));
    let client = ClientBuilder::new(client().build().expect("a client")).with(middleware).build();
    for (backdrop, status) in [(&ill, 503), (&well, 200)] {
        let response = bounded(client.get(backdrop.url("/")).send()).await.expect("a response");
        assert_eq!(response.status().as_u16(), status);
    }
    let refused = bounded(client.get(ill.url("/")).send()).await.expect_err("it is open");
    assert!(refusal(&refused).is_some(), "{refused}");
    let Error::Middleware(wrapped) = refused else { panic!("{refused:?}") };
    let named: &NamedRejected = wrapped.downcast_ref().expect("the named refusal");
    assert_eq!((&*named.name, ill.calls()), (&*ill.address().to_string(), 1));
    let response = bounded(client.get(well.url("/")).send()).await.expect("not refused");
    assert_eq!((response.status().as_u16(), well.calls()), (200, 2));
}
