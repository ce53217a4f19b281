//! A real HTTP server on loopback, on a thread of its own, whose health the test decides.

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
    Well,
    /// Answers 500.
    Fails,
    /// Never answers.
    Hangs,
    /// Resets the connection.
    Resets,
    /// Serves no longer: the end of its thread.
    Gone,
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
        let (health, watched) = watch::channel(Health::Well);
        let (hits, counter) = (watch::Sender::new(0), std::sync::mpsc::channel());
        let (counted, addressed) = (hits.clone(), counter.0);
        let thread = thread::spawn(move || {
            run(watched, counted, |address| {
                addressed.send(address).expect("somebody waits for it");
            })
        });
        Self {
            address: counter.1.recv().expect("it listens"),
            health,
            hits,
            thread: Some(thread),
        }
    }

    pub(crate) fn becomes(&self, health: Health) {
        self.health.send_replace(health);
    }

    /// Requests that reached it so far.
    pub(crate) fn hits(&self) -> usize {
        *self.hits.borrow()
    }

    /// Waits until so many requests have reached it.
    pub(crate) async fn hit(&self, times: usize) {
        let mut hits = self.hits.subscribe();
        let reached = hits.wait_for(|hits| *hits >= times).await;
        assert_eq!(*reached.expect("it counts"), times);
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.becomes(Health::Gone);
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(thread::panicking() || matches!(ended, Some(Ok(()))));
    }
}

fn run(health: watch::Receiver<Health>, hits: watch::Sender<usize>, tell: impl FnOnce(SocketAddr)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build();
    runtime.expect("a runtime").block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port");
        tell(listener.local_addr().expect("its address"));
        let mut gone = health.clone();
        tokio::select! {
            () = serve(listener, health, hits) => {}
            _ = gone.wait_for(|health| *health == Health::Gone) => {}
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
    // So that closing it, which only a reset does, is one.
    stream.set_zero_linger().expect("a live socket");
    let answer = service_fn(|_: Request<Incoming>| {
        hits.send_modify(|hits| *hits += 1);
        answer(*health.borrow())
    });
    // A client that hangs up, or is hung up on, is part of the test.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), answer)
        .await;
}

async fn answer(health: Health) -> io::Result<Response<Full<Bytes>>> {
    let status = match health {
        Health::Well => StatusCode::OK,
        Health::Fails => StatusCode::INTERNAL_SERVER_ERROR,
        Health::Resets => return Err(io::ErrorKind::ConnectionReset.into()),
        Health::Hangs | Health::Gone => pending().await,
    };
    let mut response = Response::new(Full::from(status.as_str().to_owned()));
    *response.status_mut() = status;
    Ok(response)
}
