//! A real HTTP server on loopback, on its own thread, whose health the test sets.

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread::{self, JoinHandle};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How the server treats a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    /// Answers 200.
    Healthy,
    /// Answers 500.
    Failing,
    /// Never answers.
    Hanging,
    /// Resets the connection.
    Resetting,
    /// Stops the server.
    Stopped,
}

#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) address: SocketAddr,
    health: watch::Sender<Health>,
    hits: watch::Sender<usize>,
    thread: Option<JoinHandle<()>>,
}

impl Backend {
    pub(crate) fn start() -> Self {
        let (health, health_receiver) = watch::channel(Health::Healthy);
        let hits = watch::Sender::new(0);
        let (address_sender, address) = std::sync::mpsc::channel();
        let counter = hits.clone();
        let thread = thread::spawn(move || {
            run(health_receiver, counter, |address| {
                address_sender.send(address).expect("the test waits for it");
            })
        });
        Self {
            address: address.recv().expect("the server listens"),
            health,
            hits,
            thread: Some(thread),
        }
    }

    pub(crate) fn set_health(&self, health: Health) {
        self.health.send_replace(health);
    }

    /// Returns how many requests have reached the server.
    pub(crate) fn hits(&self) -> usize {
        *self.hits.borrow()
    }

    /// Waits until exactly this number of requests has reached the server.
    pub(crate) async fn wait_for_hits(&self, expected: usize) {
        let mut hits = self.hits.subscribe();
        let reached = hits.wait_for(|hits| *hits >= expected).await;
        assert_eq!(*reached.expect("the server runs"), expected);
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.set_health(Health::Stopped);
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(thread::panicking() || matches!(ended, Some(Ok(()))));
    }
}

fn run(
    health: watch::Receiver<Health>,
    hits: watch::Sender<usize>,
    listening: impl FnOnce(SocketAddr),
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    runtime.expect("a runtime").block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        listening(listener.local_addr().expect("its address"));
        let mut stopped = health.clone();
        tokio::select! {
            () = serve(listener, health, hits) => {}
            _ = stopped.wait_for(|health| *health == Health::Stopped) => {}
        }
    });
}

async fn serve(listener: TcpListener, health: watch::Receiver<Health>, hits: watch::Sender<usize>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.expect("file descriptors are left");
        connections.spawn(serve_connection(stream, health.clone(), hits.clone()));
    }
}

async fn serve_connection(
    stream: TcpStream,
    health: watch::Receiver<Health>,
    hits: watch::Sender<usize>,
) {
    // The server closes a connection only to reset it; with this, closing sends a reset.
    stream.set_zero_linger().expect("a live socket");
    let service = service_fn(|_: Request<Incoming>| {
        hits.send_modify(|hits| *hits += 1);
        answer(*health.borrow())
    });
    // Connections that either side breaks off are part of the test.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(health: Health) -> io::Result<Response<Full<Bytes>>> {
    let status = match health {
        Health::Healthy => StatusCode::OK,
        Health::Failing => StatusCode::INTERNAL_SERVER_ERROR,
        Health::Resetting => return Err(io::ErrorKind::ConnectionReset.into()),
        Health::Hanging | Health::Stopped => pending().await,
    };
    let mut response = Response::new(Full::from(status.as_str().to_owned()));
    *response.status_mut() = status;
    Ok(response)
}
