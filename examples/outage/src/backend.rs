//! B: a real HTTP service on loopback that dies for a while.

use std::{convert::Infallible, io, net::Ipv4Addr, time::Duration};

use http_body_util::Full;
use hyper::{
    Response, StatusCode, body::Bytes, body::Incoming, server::conn::http1, service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::sleep,
};

use crate::{
    schedule::{self, STALL},
    timeline::{Event, Timeline},
};

/// The least that a healthy B takes for an answer, and what comes on top on average.
const LEAST_WORK: Duration = Duration::from_millis(2);
const MEAN_MORE: Duration = Duration::from_millis(3);

/// A port that nobody else has.
pub(crate) async fn bind() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

/// Serves until it is aborted, and takes its connections down with it.
pub(crate) async fn serve(listener: TcpListener, timeline: Timeline) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(serve_connection(stream, timeline.clone()));
            }
            // Out of file descriptors, say: some come back as connections end.
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn serve_connection(stream: TcpStream, timeline: Timeline) {
    let answer = service_fn(|_: hyper::Request<Incoming>| answer(&timeline));
    // A caller that loses patience hangs up: that is its affair, and the caller's record has it.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), answer)
        .await;
}

async fn answer(timeline: &Timeline) -> Result<Response<Full<Bytes>>, Infallible> {
    let status = if schedule::dying(timeline.elapsed()) {
        timeline.note(Event::HitWhileDying);
        sleep(STALL).await;
        StatusCode::INTERNAL_SERVER_ERROR
    } else {
        sleep(work()).await;
        StatusCode::OK
    };
    let mut response = Response::new(Full::from(status.as_str().to_owned()));
    *response.status_mut() = status;
    Ok(response)
}

/// Mostly quick and now and then slow, as services are: an exponential tail, cut at seven times its mean.
fn work() -> Duration {
    let luck = fastrand::f64().max(0.001);
    LEAST_WORK + MEAN_MORE.mul_f64(-luck.ln())
}
