//! A breaker for each host and port: one name for all spellings, and nothing secret in it.

use crate::backend::{Backend, Health};
use crate::keyed::{Clocked, builder, state};
use crate::service::call;
use crate::support::S;
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::header::HOST;
use hyper::{HeaderMap, Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use std::future::ready;
use std::io::Error;
use std::sync::Arc;
use tower::{Layer, Service, ServiceExt, service_fn};
use tripword::{CallError, ManualClock, State};
use tripword_registry::NamedRejected;
use tripword_tower::{CircuitBreakerLayer, ServerErrorsAsFailures, authority_of};

fn of_uri(uri: &str) -> Option<String> {
    authority_of(&uri.parse().expect("a valid URI"), &HeaderMap::new())
}

/// The name of a request for a path only, with these bytes as its `Host`.
fn of_host(host: &[u8]) -> Option<String> {
    let host = host.try_into().expect("a valid header");
    authority_of(&Uri::from_static("/orders/7"), &HeaderMap::from_iter([(HOST, host)]))
}

#[test]
fn spellings_of_one_authority_have_one_name() {
    let spellings = [
        "https://example.com/",
        "https://EXAMPLE.Com/orders/7?page=2",
        "https://example.com:443",
        "https://example.com:0443",
        "https://example.com:",
        "https://example.com.",
        "https://example.com.:443",
        "HTTPS://example.com",
        "wss://example.com",
        "WSS://example.com",
        "https://user:password@example.com",
        "example.com:443",
    ];
    for uri in spellings {
        assert_eq!(of_uri(uri).as_deref(), Some("example.com:443"), "{uri}");
    }
}

#[test]
fn ports_and_schemes_are_distinguished() {
    assert_eq!(of_uri("http://example.com").as_deref(), Some("example.com:80"));
    assert_eq!(of_uri("ws://example.com").as_deref(), Some("example.com:80"));
    assert_eq!(of_uri("http://example.com:443").as_deref(), Some("example.com:443"));
    assert_eq!(of_uri("https://example.com:8443").as_deref(), Some("example.com:8443"));
    assert_eq!(of_uri("redis://example.com").as_deref(), Some("example.com"));
    assert_eq!(of_uri("redis://example.com:6379").as_deref(), Some("example.com:6379"));
}

#[test]
fn addresses_have_one_form() {
    for uri in ["http://[::1]", "http://[0:0::1]:80/", "http://u:p@[0000::0001]:80"] {
        assert_eq!(of_uri(uri).as_deref(), Some("[::1]:80"), "{uri}");
    }
    assert_eq!(of_uri("https://[2001:DB8::A]:8443").as_deref(), Some("[2001:db8::a]:8443"));
    assert_eq!(of_uri("http://127.0.0.1").as_deref(), Some("127.0.0.1:80"));
}

#[test]
fn the_host_header_names_a_request_without_an_authority() {
    for host in ["example.com", "EXAMPLE.com", "example.com:80", "user:password@example.com"] {
        assert_eq!(of_host(host.as_bytes()).as_deref(), Some("example.com:80"), "{host}");
    }
    assert_eq!(of_host(b"[0:0::1]:8080").as_deref(), Some("[::1]:8080"));
    let other = HeaderMap::from_iter([(HOST, "other".parse().expect("a valid header"))]);
    let uri = Uri::from_static("http://example.com/");
    assert_eq!(authority_of(&uri, &other).as_deref(), Some("example.com:80"));
}

#[test]
fn what_cannot_be_reached_has_no_name() {
    assert_eq!(of_uri("/orders/7"), None);
    for host in ["", ":80", ".", "a b", "a/b", "a:+80", "a:65536", "a:99999999999", "é"] {
        assert_eq!(of_host(host.as_bytes()), None, "{host:?}");
    }
}

#[test]
fn the_length_is_bounded_by_that_of_a_dns_name() {
    let longest = "a".repeat(253);
    assert_eq!(of_host(longest.as_bytes()), Some(format!("{longest}:80")));
    assert_eq!(of_host(format!("{longest}.:65535").as_bytes()), Some(format!("{longest}:65535")));
    assert_eq!(of_host(format!("{longest}a").as_bytes()), None);
}

type Refused = CallError<Error, NamedRejected>;

/// A client that gets a 503 from the host `ill`.
fn client(
    registry: &Arc<Clocked>,
) -> impl Service<Request<()>, Response = Response<()>, Error = Refused> {
    let layer = CircuitBreakerLayer::per_authority(registry.clone());
    let answer = |request: Request<()>| {
        let is_ill = request.uri().host().is_some_and(|host| host.eq_ignore_ascii_case("ill"));
        let response = Response::builder().status(if is_ill { 503 } else { 200 }).body(());
        ready(response.map_err(Error::other))
    };
    layer.classify(ServerErrorsAsFailures::new()).layer(service_fn(answer))
}

fn get(uri: &str) -> Request<()> {
    Request::get(uri).body(()).expect("a valid request")
}

#[test]
fn one_host_is_ill_and_the_other_is_called() {
    let registry = Arc::new(builder().build());
    let mut client = client(&registry);
    assert_eq!(call(&mut client, get("http://ill/")).expect("an answer").status(), 503);
    for uri in ["http://ill/", "http://ILL:80/other", "http://user:password@ill"] {
        let refused = call(&mut client, get(uri)).unwrap_err();
        assert_eq!(refused.to_string(), "circuit \"ill:80\" open, retry in 1.0 s");
    }
    assert_eq!(call(&mut client, get("http://well/")).expect("an answer").status(), 200);
    assert_eq!(call(&mut client, get("https://ill/")).expect("another port").status(), 503);
    assert_eq!(state(&registry, "ill:80"), Some(State::Open));
    assert_eq!(state(&registry, "well:80"), Some(State::Closed));
    assert_eq!(registry.len(), 3);
}

#[test]
fn user_and_password_reach_no_name() {
    let registry = Arc::new(builder().build());
    let mut client = client(&registry);
    for number in 0..100 {
        let uri = format!("https://user{number}:secret{number}@Example.com/{number}");
        call(&mut client, get(&uri)).expect("an answer");
    }
    let names: Vec<_> = registry.list().iter().map(|breaker| breaker.name().clone()).collect();
    assert_eq!(names, ["example.com:443".into()]);
}

#[test]
fn a_request_without_an_authority_bypasses_the_breakers() {
    let registry = Arc::new(builder().build());
    let mut client = client(&registry);
    assert_eq!(call(&mut client, get("/healthz")).expect("an answer").status(), 200);
    assert!(registry.is_empty());
}

#[test]
fn ten_thousand_hosts_stay_under_the_cap() {
    let registry = Arc::new(builder().cap(100).build());
    let mut client = client(&registry);
    for number in 0..10_000 {
        call(&mut client, get(&format!("https://host-{number}.example/"))).expect("an answer");
        assert!(registry.len() <= 100);
    }
    assert_eq!(registry.len(), 100);
}

/// Two real servers behind one client: one fails, hangs and recovers, and calls of the
/// other go on.
#[tokio::test]
async fn one_server_fails_and_the_other_is_called() {
    let (ill, well) = (Backend::start(), Backend::start());
    let clock = Arc::new(ManualClock::new());
    let registry = Arc::new(builder().clock(clock.clone()).build());
    let layer = CircuitBreakerLayer::per_authority(registry.clone());
    let http = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let client = layer.classify(ServerErrorsAsFailures::new()).layer(http);
    let status = async |backend: &Backend| {
        let uri = format!("http://{}/", backend.address);
        let request = Request::get(uri).body(Empty::new()).expect("a valid request");
        let response = client.clone().oneshot(request).await.map_err(CallError::into_rejected);
        response.map(|response| response.status().as_u16())
    };

    ill.set_health(Health::Failing);
    assert_eq!(status(&ill).await, Ok(500));
    let refused = status(&ill).await.unwrap_err().expect("a refusal");
    assert_eq!(*refused.name, *ill.address.to_string());
    assert_eq!(status(&well).await, Ok(200));
    assert_eq!((ill.hits(), well.hits()), (1, 1));

    clock.advance(S);
    ill.set_health(Health::Hanging);
    let mut probe = Box::pin(status(&ill));
    tokio::select! {
        answer = &mut probe => panic!("{answer:?}"),
        () = ill.wait_for_hits(2) => {}
    }
    assert!(status(&ill).await.is_err_and(|refused| refused.is_some()), "the probe is out");
    assert_eq!(status(&well).await, Ok(200));
    drop(probe);
    ill.set_health(Health::Healthy);
    assert_eq!(status(&ill).await, Ok(200));
    assert_eq!(state(&registry, &ill.address.to_string()), Some(State::Closed));
    assert_eq!((registry.len(), well.hits()), (2, 2));
}
