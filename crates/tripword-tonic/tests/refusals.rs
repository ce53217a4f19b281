//! Refusals as a client of tonic sees them.

use crate::support::{Backdrop, Plan, Text, bounded};
use backon::{ConstantBuilder, Retryable};
use http::uri::PathAndQuery;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tonic::client::Grpc;
use tonic::transport::{self, Channel};
use tonic::{Code, Request, Status};
use tower::ServiceBuilder;
use tripword_registry::{NamedRejected, Registry};
use tripword_tonic::tripword::{
    CircuitBreaker, Handle, ManualClock, Mode, Reason, Rejected, State,
};
use tripword_tonic::tripword_tower::{CircuitBreakerLayer, GrpcToTheEnd};
use tripword_tonic::{Guarded, RefusedCall, as_status, guard, refusal};

const PATH: PathAndQuery = PathAndQuery::from_static("/test.Text/Method");

type Breaker = Arc<CircuitBreaker<ManualClock>>;

fn breaker() -> Breaker {
    let settings = CircuitBreaker::builder().consecutive_failures(3);
    Arc::new(settings.build_with(ManualClock::new()).expect("valid settings"))
}

/// The status of a call that the breaker of `handle` refuses.
async fn refused<H>(handle: H) -> Status
where
    H: Handle + Clone + Send + Sync + 'static,
    H::Rejection: AsRef<Rejected> + Send + Sync + 'static,
    H::Clock: Send + Sync,
    H::Observer: Send + Sync,
{
    let channel = Channel::from_static("http://[::1]:1").connect_lazy();
    let mut client = Grpc::new(guard(channel, handle));
    client.ready().await.expect("ready to refuse");
    client.unary(Request::new(String::new()), PATH, Text).await.expect_err("it is open")
}

fn pushback(status: &Status) -> Option<&str> {
    status.metadata().get("grpc-retry-pushback-ms")?.to_str().ok()
}

#[tokio::test]
async fn a_refusal_is_unavailable_with_the_time_to_wait() {
    let breaker = breaker();
    breaker.trip_for(Duration::from_millis(7_500));
    let status = refused(breaker.clone()).await;
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status.message(), "circuit open, retry in 7.5 s");
    assert_eq!(pushback(&status), Some("7500"));
    assert_eq!(refusal(&status), breaker.rejection());
    let source = status.source().and_then(|source| source.downcast_ref::<RefusedCall>());
    assert_eq!(source.map(RefusedCall::rejection).copied(), breaker.rejection());
}

#[tokio::test]
async fn the_time_to_wait_is_rounded_up() {
    for (wait, millis) in [(1, "1"), (7_500_000_000, "7500"), (7_500_000_001, "7501")] {
        let breaker = breaker();
        breaker.trip_for(Duration::from_nanos(wait));
        assert_eq!(pushback(&refused(breaker).await), Some(millis));
    }
}

#[tokio::test]
async fn a_refusal_without_a_time_has_no_pushback() {
    let breaker = breaker();
    breaker.set_mode(Mode::ForceOpen);
    let status = refused(breaker).await;
    assert_eq!((status.message(), pushback(&status)), ("circuit forced open", None));
    assert_eq!(refusal(&status).map(Rejected::reason), Some(Reason::ForcedOpen));
}

#[tokio::test]
async fn the_name_of_a_breaker_is_not_in_the_message() {
    let registry = Registry::builder().build();
    let payments = registry.get_or_create("payments");
    payments.breaker().set_mode(Mode::ForceOpen);
    let status = refused(payments.clone()).await;
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status.message(), "circuit forced open");
    assert_eq!(refusal(&status).map(Rejected::reason), Some(Reason::ForcedOpen));
    let source = status.source().and_then(|source| source.downcast_ref());
    let named: &RefusedCall<NamedRejected> = source.expect("the named refusal");
    assert_eq!(&*named.rejection().name, "payments");
    assert_eq!(named.to_string(), r#"circuit "payments" forced open"#);
}

#[tokio::test]
async fn an_error_of_the_channel_is_no_refusal() {
    let unreachable = Channel::from_static("http://127.0.0.1:0").connect_lazy();
    let breaker = breaker();
    let mut client = Grpc::new(guard(unreachable, breaker.clone()));
    client.ready().await.expect("it connects at the first call");
    let call = client.unary(Request::new(String::new()), PATH, Text);
    let status = bounded(call).await.expect_err("no server has port 0");
    assert_eq!((status.code(), refusal(&status)), (Code::Unavailable, None));
    assert_eq!(breaker.snapshot().consecutive_failures, 1);
}

#[tokio::test]
async fn a_refusal_of_an_inner_breaker_is_no_failure() {
    let (host, cluster) = (breaker(), breaker());
    host.trip();
    let channel = Channel::from_static("http://[::1]:1").connect_lazy();
    let mut client = Grpc::new(guard(guard(channel, host.clone()), cluster.clone()));
    for _ in 0..5 {
        client.ready().await.expect("ready to refuse");
        let call = client.unary(Request::new(String::new()), PATH, Text);
        let status = bounded(call).await.expect_err("the inner one is open");
        assert_eq!(refusal(&status), host.rejection());
    }
    let snapshot = cluster.snapshot();
    assert_eq!((snapshot.state, snapshot.consecutive_failures), (State::Closed, 0));
}

async fn unary(client: &Grpc<Guarded<Channel, Breaker>>) -> Result<(), Status> {
    let mut client = client.clone();
    client.ready().await.expect("it is connected");
    client.unary(Request::new(String::new()), PATH, Text).await.map(drop)
}

#[tokio::test]
async fn a_retry_stops_at_a_refusal() {
    let backdrop = Backdrop::start(Plan::Code(Code::Unavailable)).await;
    let breaker = breaker();
    let client = Grpc::new(guard(backdrop.channel.clone(), breaker.clone()));
    let often = ConstantBuilder::new().with_delay(Duration::ZERO).with_max_times(100);
    let call = || unary(&client);
    let retry = call.retry(often).when(|status| refusal(status).is_none());
    let status = bounded(retry).await.expect_err("it stays unavailable");
    assert!(refusal(&status).is_some());
    assert_eq!((backdrop.calls(), breaker.state()), (3, State::Open));

    breaker.clock().advance(refusal(&status).and_then(Rejected::retry_after).expect("a time"));
    backdrop.set_plan(Plan::One);
    bounded(unary(&client)).await.expect("it is available again");
    assert_eq!((backdrop.calls(), breaker.state()), (4, State::Closed));
}

#[tokio::test]
async fn a_pushback_of_the_server_opens_the_circuit() {
    let backdrop = Backdrop::start(Plan::Pushback(7_500)).await;
    let settings = CircuitBreaker::builder().jitter(0.0);
    let breaker = Arc::new(settings.build_with(ManualClock::new()).expect("valid settings"));
    let judge = GrpcToTheEnd::new().pushback_at_most(Duration::from_secs(60));
    let stack = ServiceBuilder::new()
        .map_err(as_status::<transport::Error, Rejected>)
        .layer(CircuitBreakerLayer::new(breaker.clone()).to_the_end(judge))
        .service(backdrop.channel.clone());
    let mut client = Grpc::new(stack);
    for calls in [1, 1] {
        client.ready().await.expect("it is connected");
        let call = client.unary(Request::new(String::new()), PATH, Text);
        let status = bounded(call).await.expect_err("it is busy");
        assert_eq!((status.code(), pushback(&status)), (Code::Unavailable, Some("7500")));
        assert_eq!(backdrop.calls(), calls);
    }
    let wait = breaker.rejection().and_then(Rejected::retry_after);
    assert_eq!(wait, Some(Duration::from_millis(7_500)));
}
