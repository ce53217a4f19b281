//! A gRPC service of text on loopback, without generated code, and an observer of outcomes.

use std::convert::Infallible;
use std::future::pending;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, BufMut};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::{Stream, StreamExt};
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::{Grpc, NamedService, StreamingService};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Response, Status, Streaming};
use tower::Service;
use tripword_tonic::tripword::{
    CircuitBreaker, MonotonicClock, Observer, Outcome, Probes, Settlement, State,
};

/// Messages of text, as they are.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Text;

impl Codec for Text {
    type Encode = String;
    type Decode = String;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Text {
    type Item = String;
    type Error = Status;

    fn encode(&mut self, text: String, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(text.as_bytes());
        Ok(())
    }
}

impl Decoder for Text {
    type Item = String;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<String>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        let text = String::from_utf8(bytes.into());
        text.map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}

/// How the server answers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Plan {
    /// One message for each of the client's, then `OK`.
    Echo,
    /// One message, then `OK`.
    One,
    /// This code and nothing else, in the head.
    Code(Code),
    /// One message, then this code, in the trailers.
    OneThen(Code),
    /// One message, then nothing more.
    OneThenHang,
    /// The head, then nothing more.
    HeadThenHang,
    /// Nothing.
    Hang,
    /// `UNAVAILABLE`, and to come back after so many milliseconds.
    Pushback(u32),
}

type Messages = Pin<Box<dyn Stream<Item = Result<String, Status>> + Send>>;

impl Plan {
    async fn answer(self, requests: Streaming<String>) -> Result<Response<Messages>, Status> {
        let one = tokio_stream::once(Ok("one".to_owned()));
        let messages: Messages = match self {
            Self::Echo => Box::pin(requests),
            Self::One => Box::pin(one),
            Self::Code(code) => return Err(Status::new(code, "no")),
            Self::OneThen(code) => {
                Box::pin(one.chain(tokio_stream::once(Err(Status::new(code, "no")))))
            }
            Self::OneThenHang => Box::pin(one.chain(tokio_stream::pending())),
            Self::HeadThenHang => Box::pin(tokio_stream::pending()),
            Self::Hang => pending().await,
            Self::Pushback(millis) => {
                let mut status = Status::unavailable("busy");
                status.metadata_mut().insert("grpc-retry-pushback-ms", millis.into());
                return Err(status);
            }
        };
        Ok(Response::new(messages))
    }
}

/// The service, which answers every method by its plan and counts the calls.
#[derive(Debug, Clone)]
struct Backend {
    plan: watch::Receiver<Plan>,
    calls: Arc<watch::Sender<usize>>,
}

impl NamedService for Backend {
    const NAME: &'static str = "test.Text";
}

impl StreamingService<String> for Backend {
    type Response = String;
    type ResponseStream = Messages;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Messages>, Status>> + Send>>;

    fn call(&mut self, request: Request<Streaming<String>>) -> Self::Future {
        self.calls.send_modify(|calls| *calls += 1);
        let plan = *self.plan.borrow();
        Box::pin(plan.answer(request.into_inner()))
    }
}

impl Service<http::Request<Body>> for Backend {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let service = self.clone();
        // On the wire, the four kinds of methods are the same.
        Box::pin(async move { Ok(Grpc::new(Text).streaming(service, request).await) })
    }
}

/// A server on loopback, and a channel that is connected to it.
#[derive(Debug)]
pub(crate) struct Backdrop {
    pub(crate) channel: Channel,
    plan: watch::Sender<Plan>,
    calls: watch::Receiver<usize>,
}

impl Backdrop {
    pub(crate) async fn start(plan: Plan) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("its address"));
        let (plan, plans) = watch::channel(plan);
        let (counter, calls) = watch::channel(0);
        let backend = Backend { plan: plans, calls: Arc::new(counter) };
        let server = Server::builder().add_service(backend);
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        let endpoint = Channel::from_shared(address).expect("a valid address");
        Self { channel: endpoint.connect().await.expect("it listens"), plan, calls }
    }

    pub(crate) fn set_plan(&self, plan: Plan) {
        self.plan.send_replace(plan);
    }

    /// Returns how many calls have reached the server.
    pub(crate) fn calls(&self) -> usize {
        *self.calls.borrow()
    }

    /// Waits until a call has reached the server.
    pub(crate) async fn called(&mut self) {
        self.calls.wait_for(|calls| *calls > 0).await.expect("the server runs");
    }
}

/// An observer that records outcomes.
#[derive(Debug, Default)]
pub(crate) struct Outcomes(watch::Sender<Vec<Outcome>>);

impl Outcomes {
    pub(crate) fn take(&self) -> Vec<Outcome> {
        self.0.send_replace(Vec::new())
    }
}

impl Observer for Outcomes {
    fn on_outcome(&self, settlement: &Settlement) {
        self.0.send_modify(|outcomes| outcomes.push(settlement.outcome));
    }
}

pub(crate) type Breaker = Arc<CircuitBreaker<MonotonicClock, Outcomes>>;

/// A half-open breaker, in which one probe decides nothing.
pub(crate) fn half_open() -> Breaker {
    let probes = Probes::new().successes_to_close(200).failures_to_open(50);
    let settings = CircuitBreaker::builder().probes(probes).start(State::HalfOpen);
    Arc::new(settings.build().expect("valid settings").observed_by(Outcomes::default()))
}

/// Waits for real input and output, at most for as long as no healthy test takes.
pub(crate) async fn bounded<T>(future: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(60);
    tokio::time::timeout(limit, future).await.expect("within a minute")
}
