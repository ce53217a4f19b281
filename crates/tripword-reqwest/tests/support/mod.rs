//! A server on loopback that answers as the test says, and breakers that record outcomes.

use http::header::CONTENT_LENGTH;
use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tripword_reqwest::tripword::{
    CircuitBreaker, ManualClock, MonotonicClock, Observer, Outcome, Probes, Settlement, State,
};

/// How the server answers a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// With this, and the end of the connection.
    Text(&'static str),
    /// With this, and nothing more.
    Begin(&'static str),
    /// With a body in gzip, so many bytes of it.
    Gzip(usize),
    /// Not at all.
    Hang,
}

pub(crate) const WHOLE: Answer = Answer::Text("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc");
pub(crate) const HALF: Answer = Answer::Text("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabc");
pub(crate) const BEGUN: Answer = Answer::Begin("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabc");
pub(crate) const UNWELL: Answer =
    Answer::Text("HTTP/1.1 503 Unwell\r\ncontent-length: 3\r\n\r\nabc");

/// The text "abc" in gzip.
const ABC: [u8; 23] = [
    0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b, 0x4c, 0x4a, 6, 0, 0xc2, 0x41, 0x24, 0x35, 3, 0, 0, 0,
];
/// How long that is.
pub(crate) const GZIPPED: usize = ABC.len();

impl Answer {
    async fn send(self, stream: &mut TcpStream) -> io::Result<()> {
        match self {
            Self::Text(text) => stream.write_all(text.as_bytes()).await?,
            Self::Begin(text) => {
                stream.write_all(text.as_bytes()).await?;
                pending().await
            }
            Self::Gzip(length) => {
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\n\r\n"
                );
                stream.write_all(head.as_bytes()).await?;
                stream.write_all(&ABC[..length]).await?;
            }
            Self::Hang => pending().await,
        }
        stream.shutdown().await
    }
}

/// What the server answers to the path of a request.
type Plan = fn(path: &str) -> Answer;

/// A server, with one connection for each request.
#[derive(Debug)]
pub(crate) struct Backdrop {
    address: SocketAddr,
    plan: watch::Sender<Plan>,
    calls: watch::Receiver<usize>,
}

impl Backdrop {
    pub(crate) async fn start(plan: Plan) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (plan, plans) = watch::channel(plan);
        let (counter, calls) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (plan, counter) = (plans.clone(), counter.clone());
                tokio::spawn(async move {
                    // The client may leave at any time.
                    let _ = serve(stream, plan, counter).await;
                });
            }
        });
        Self { address, plan, calls }
    }

    pub(crate) fn set_plan(&self, plan: Plan) {
        self.plan.send_replace(plan);
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns how many requests have reached the server.
    pub(crate) fn calls(&self) -> usize {
        *self.calls.borrow()
    }

    /// Stops the time, once a request has reached the server: it then goes on by itself to what is
    /// due next, such as a timeout.
    pub(crate) async fn stop_time_when_called(&self) {
        let mut calls = self.calls.clone();
        calls.wait_for(|calls| *calls > 0).await.expect("the server runs");
        tokio::time::pause();
    }
}

async fn serve(
    mut stream: TcpStream,
    plan: watch::Receiver<Plan>,
    counter: watch::Sender<usize>,
) -> io::Result<()> {
    let (mut head, end_of_head) = (Vec::new(), b"\r\n\r\n");
    while !head.ends_with(end_of_head) {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).expect("the requests are ASCII");
    let path = head.split(' ').nth(1).expect("a request line");
    let answer = (*plan.borrow())(path);
    counter.send_modify(|calls| *calls += 1);
    answer.send(&mut stream).await
}

/// A server of HTTP/2 that answers with the status of the path and announces six bytes. It ends
/// the stream with its head, or resets it when the test says so.
pub(crate) async fn http2(reset: Option<Arc<Notify>>) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let reset = reset.clone();
            // The client may leave at any time.
            tokio::spawn(async move { drop(serve_http2(stream, reset).await) });
        }
    });
    address
}

async fn serve_http2(stream: TcpStream, reset: Option<Arc<Notify>>) -> Result<(), h2::Error> {
    let mut connection = h2::server::handshake(stream).await?;
    while let Some(request) = connection.accept().await {
        let (request, mut respond) = request?;
        let status = request.uri().path().trim_start_matches('/');
        let response = http::Response::builder().status(status).header(CONTENT_LENGTH, 6).body(());
        let response = response.expect("a valid status");
        let mut body = respond.send_response(response, reset.is_none())?;
        if let Some(reset) = reset.clone() {
            tokio::spawn(async move {
                reset.notified().await;
                body.send_reset(h2::Reason::INTERNAL_ERROR);
            });
        }
    }
    Ok(())
}

/// A client that makes a connection for each request, as the server does.
pub(crate) fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder().pool_max_idle_per_host(0)
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

/// A breaker whose outcomes the test looks at.
pub(crate) type Breaker = Arc<CircuitBreaker<MonotonicClock, Outcomes>>;

/// A half-open breaker, in which one probe decides nothing.
pub(crate) fn half_open() -> Breaker {
    let probes = Probes::new().successes_to_close(200).failures_to_open(50);
    let settings = CircuitBreaker::builder().probes(probes).start(State::HalfOpen);
    Arc::new(settings.build().expect("valid settings").observed_by(Outcomes::default()))
}

/// A breaker whose time the test sets.
pub(crate) type Timed = Arc<CircuitBreaker<ManualClock>>;

/// A breaker that opens on the third failure in a row.
pub(crate) fn timed() -> Timed {
    let settings = CircuitBreaker::builder().consecutive_failures(3).jitter(0.0);
    Arc::new(settings.build_with(ManualClock::new()).expect("valid settings"))
}

/// Waits for real input and output, at most for as long as no healthy test takes.
pub(crate) async fn bounded<T>(future: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(60);
    tokio::time::timeout(limit, future).await.expect("within a minute")
}
