//! Service B: a real HTTP service on loopback that fails for a while.

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

/// The shortest time in which a healthy B answers, and the mean of what is added to it.
const LEAST_WORK: Duration = Duration::from_millis(2);
const MEAN_MORE: Duration = Duration::from_millis(3);

/// Listens on a free port.
pub(crate) async fn bind() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

/// Serves until it is aborted, which closes its connections.
pub(crate) async fn serve(listener: TcpListener, timeline: Timeline) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(serve_connection(stream, timeline.clone()));
            }
            // Probably out of file descriptors: ending connections give some back.
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn serve_connection(stream: TcpStream, timeline: Timeline) {
    let answer = service_fn(|_: hyper::Request<Incoming>| answer(&timeline));
    // A caller that times out hangs up, and records that itself.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}

async fn answer(timeline: &Timeline) -> Result<Response<Full<Bytes>>, Infallible> {
    let status = if schedule::failing(timeline.elapsed()) {
        timeline.note(Event::HitWhileFailing);
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

/// Draws the time of an answer, mostly short and sometimes long: an exponential tail, cut at seven
/// times its mean.
fn work() -> Duration {
    let luck = fastrand::f64().max(0.001);
    LEAST_WORK + MEAN_MORE.mul_f64(-luck.ln())
}
