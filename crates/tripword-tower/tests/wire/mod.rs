//! Servers on loopback that end a response in one way, down to the frames of HTTP/2.

use crate::support::S;
use hyper::body::Bytes;
use hyper::http::{HeaderMap, HeaderName, HeaderValue, Response};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// A server that answers every request in the same way.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    pub(crate) is_http2: bool,
    go: Arc<Notify>,
}

impl Wire {
    /// Lets the server go on with a response that it has begun.
    pub(crate) fn go(&self) {
        self.go.notify_one();
    }
}

/// Answers with `start`, and then, once it is let go, with `rest` and the end of the connection.
pub(crate) async fn http1(start: &'static str, rest: &'static str) -> Wire {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let (address, go) = (listener.local_addr().expect("its address"), Arc::new(Notify::new()));
    let wire = Wire { address, is_http2: false, go: go.clone() };
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let go = go.clone();
            tokio::spawn(async move {
                // The client may leave at any time.
                let _ = answer_once(stream, start, rest, &go).await;
            });
        }
    });
    wire
}

async fn answer_once(
    mut stream: TcpStream,
    start: &str,
    rest: &str,
    go: &Notify,
) -> std::io::Result<()> {
    let (mut head, end_of_head) = (Vec::new(), b"\r\n\r\n");
    while !head.ends_with(end_of_head) {
        head.push(stream.read_u8().await?);
    }
    stream.write_all(start.as_bytes()).await?;
    go.notified().await;
    stream.write_all(rest.as_bytes()).await?;
    stream.shutdown().await
}

/// How a stream of HTTP/2 ends, after its first data.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End {
    /// Has no data: the head is the end.
    Head,
    /// The first data is the last.
    Data,
    /// Once it is let go: an empty frame of data.
    Empty,
    /// Once it is let go: these trailers.
    Trailers(&'static [(&'static str, &'static str)]),
    /// Once it is let go: `RST_STREAM`.
    Reset(h2::Reason),
    /// Once it is let go: `GOAWAY` and the end of the connection.
    GoAway,
    /// Once it is let go: `GOAWAY`, then the end of the stream.
    Drain,
    /// Never.
    Never,
}

/// Answers with a head and "abc", and then ends the stream.
pub(crate) async fn http2(head: &'static [(&'static str, &'static str)], end: End) -> Wire {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let (address, go) = (listener.local_addr().expect("its address"), Arc::new(Notify::new()));
    let wire = Wire { address, is_http2: true, go: go.clone() };
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let go = go.clone();
            tokio::spawn(async move {
                // The client may leave at any time.
                let _ = serve(stream, headers(head), end, &go).await;
            });
        }
    });
    wire
}

async fn serve(stream: TcpStream, head: HeaderMap, end: End, go: &Notify) -> Result<(), h2::Error> {
    let mut connection = h2::server::handshake(stream).await?;
    while let Some(request) = connection.accept().await {
        let (_request, mut respond) = request?;
        let mut response = Response::new(());
        *response.headers_mut() = head.clone();
        let mut body = respond.send_response(response, matches!(end, End::Head))?;
        if matches!(end, End::Head) {
            continue;
        }
        body.send_data(Bytes::from_static(b"abc"), matches!(end, End::Data))?;
        if matches!(end, End::Data) {
            continue;
        }
        // The connection sends frames while it is polled for a request, of which none comes.
        tokio::select! {
            () = go.notified() => {}
            _ = connection.accept() => return Ok(()),
        }
        match end {
            End::Empty => body.send_data(Bytes::new(), true)?,
            End::Trailers(trailers) => body.send_trailers(headers(trailers))?,
            End::Reset(reason) => body.send_reset(reason),
            End::GoAway => connection.abrupt_shutdown(h2::Reason::INTERNAL_ERROR),
            End::Drain => {
                connection.graceful_shutdown();
                body.send_data(Bytes::new(), true)?;
            }
            End::Head | End::Data | End::Never => unreachable!("not let go"),
        }
    }
    Ok(())
}

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let pair = |(name, value): &(&'static str, &'static str)| {
        (HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    pairs.iter().map(pair).collect()
}

/// Waits for real input and output, at most for as long as no healthy test takes.
pub(crate) async fn bounded<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(60 * S, future).await.expect("within a minute")
}
