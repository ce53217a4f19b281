//! The four kinds of methods, from a real server: what each end of a call counts as.

use crate::support::{Backdrop, Breaker, Plan, Text, bounded, half_open};
use http::uri::PathAndQuery;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::client::Grpc;
use tonic::transport::Channel;
use tonic::{Code, Request, Status, Streaming};
use tripword_tonic::tripword::Outcome::{self, Failure, Ignored, Success};
use tripword_tonic::{Guarded, guard};

const PATH: PathAndQuery = PathAndQuery::from_static("/test.Text/Method");

type Client = Grpc<Guarded<Channel, Breaker>>;

fn client(backdrop: &Backdrop, breaker: &Breaker) -> Client {
    Grpc::new(guard(backdrop.channel.clone(), breaker.clone()))
}

fn texts() -> impl Stream<Item = String> {
    tokio_stream::iter(["a".to_owned(), "b".to_owned()])
}

/// The kinds of methods.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Unary,
    ClientStreaming,
    ServerStreaming,
    Bidirectional,
}

const KINDS: [Kind; 4] =
    [Kind::Unary, Kind::ClientStreaming, Kind::ServerStreaming, Kind::Bidirectional];

/// Makes a call, reads all of its answer, and returns how many messages came.
async fn call(client: &mut Client, kind: Kind) -> Result<usize, Status> {
    client.ready().await.expect("it is connected");
    let one = Request::new("a".to_owned());
    let two = Request::new(texts());
    let mut messages = match kind {
        Kind::Unary => return client.unary(one, PATH, Text).await.map(|_| 1),
        Kind::ClientStreaming => {
            return client.client_streaming(two, PATH, Text).await.map(|_| 1);
        }
        Kind::ServerStreaming => client.server_streaming(one, PATH, Text).await?,
        Kind::Bidirectional => client.streaming(two, PATH, Text).await?,
    };
    let mut count = 0;
    while messages.get_mut().message().await?.is_some() {
        count += 1;
    }
    Ok(count)
}

/// Asserts what a whole call of each kind returns, and what it counts as.
async fn assert_calls(plan: Plan, expected: Result<(), Code>, outcome: Outcome) {
    let (backdrop, breaker) = (Backdrop::start(plan).await, half_open());
    let mut client = client(&backdrop, &breaker);
    for kind in KINDS {
        let answer = bounded(call(&mut client, kind)).await;
        assert_eq!(answer.map(drop).map_err(|status| status.code()), expected, "{plan:?} {kind:?}");
        assert_eq!(breaker.observer().take(), [outcome], "{plan:?} {kind:?}");
        assert_eq!(breaker.snapshot().probes.in_flight, 0, "{plan:?} {kind:?}");
    }
}

#[tokio::test]
async fn a_call_that_ends_well_is_a_success() {
    assert_calls(Plan::One, Ok(()), Success).await;
}

#[tokio::test]
async fn a_code_in_the_head_is_judged() {
    assert_calls(Plan::Code(Code::NotFound), Err(Code::NotFound), Success).await;
    assert_calls(Plan::Code(Code::Unavailable), Err(Code::Unavailable), Failure).await;
    assert_calls(Plan::Code(Code::Cancelled), Err(Code::Cancelled), Ignored).await;
}

#[tokio::test]
async fn a_code_in_the_trailers_is_judged() {
    assert_calls(Plan::OneThen(Code::NotFound), Err(Code::NotFound), Success).await;
    assert_calls(Plan::OneThen(Code::Unavailable), Err(Code::Unavailable), Failure).await;
}

#[tokio::test]
async fn five_of_five_streams_that_end_unavailable_are_counted() {
    let backdrop = Backdrop::start(Plan::OneThen(Code::Unavailable)).await;
    let breaker = half_open();
    let mut client = client(&backdrop, &breaker);
    for _ in 0..5 {
        let ended = bounded(call(&mut client, Kind::ServerStreaming)).await;
        assert_eq!(ended.unwrap_err().code(), Code::Unavailable);
    }
    assert_eq!(breaker.observer().take(), [Failure; 5]);
}

#[tokio::test]
async fn a_stream_in_both_directions_is_one_call() {
    let (backdrop, breaker) = (Backdrop::start(Plan::Echo).await, half_open());
    let mut client = client(&backdrop, &breaker);
    client.ready().await.expect("it is connected");
    let (sender, requests) = mpsc::channel(1);
    let requests = Request::new(ReceiverStream::new(requests));
    let answer = bounded(client.streaming(requests, PATH, Text)).await.expect("a head");
    let mut messages = answer.into_inner();
    for text in ["a", "b", "c"] {
        sender.send(text.to_owned()).await.expect("the server reads");
        assert_eq!(bounded(messages.message()).await.expect("no error").as_deref(), Some(text));
        assert_eq!(breaker.observer().take(), []);
    }
    drop(sender);
    assert_eq!(bounded(messages.message()).await.expect("no error"), None);
    assert_eq!(breaker.observer().take(), [Success]);
}

/// Begins a stream of which the test reads what it wants.
async fn stream(client: &mut Client) -> Streaming<String> {
    client.ready().await.expect("it is connected");
    let request = Request::new("a".to_owned());
    let answer = bounded(client.server_streaming(request, PATH, Text)).await;
    answer.expect("a head").into_inner()
}

#[tokio::test]
async fn a_stream_that_the_client_cancels_is_a_success_after_a_message() {
    let (backdrop, breaker) = (Backdrop::start(Plan::OneThenHang).await, half_open());
    let mut messages = stream(&mut client(&backdrop, &breaker)).await;
    bounded(messages.message()).await.expect("no error").expect("a message");
    assert_eq!(breaker.snapshot().probes.in_flight, 1);
    drop(messages);
    assert_eq!(breaker.observer().take(), [Success]);
}

#[tokio::test]
async fn a_stream_that_the_client_cancels_before_any_message_is_ignored() {
    let (backdrop, breaker) = (Backdrop::start(Plan::HeadThenHang).await, half_open());
    drop(stream(&mut client(&backdrop, &breaker)).await);
    assert_eq!(breaker.observer().take(), [Ignored]);
    assert_eq!(breaker.snapshot().probes.in_flight, 0);
}

#[tokio::test]
async fn a_call_that_the_client_cancels_before_the_head_is_ignored() {
    let (mut backdrop, breaker) = (Backdrop::start(Plan::Hang).await, half_open());
    let mut client = client(&backdrop, &breaker);
    tokio::select! {
        answer = call(&mut client, Kind::Unary) => panic!("{answer:?}"),
        () = bounded(backdrop.called()) => {}
    }
    assert_eq!(breaker.observer().take(), [Ignored]);
    assert_eq!(breaker.snapshot().probes.in_flight, 0);
}

#[tokio::test]
async fn a_deadline_of_the_channel_is_a_failure() {
    let (backdrop, breaker) = (Backdrop::start(Plan::Hang).await, half_open());
    let mut client = client(&backdrop, &breaker);
    client.ready().await.expect("it is connected");
    let mut request = Request::new("a".to_owned());
    request.set_timeout(Duration::from_millis(1));
    let answer = bounded(client.unary(request, PATH, Text)).await;
    assert_eq!(answer.unwrap_err().code(), Code::Cancelled, "as tonic reports its deadline");
    assert_eq!(breaker.observer().take(), [Failure]);
}
