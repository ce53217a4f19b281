//! A web endpoint that calls another service, and answers 503 with `Retry-After` while its circuit
//! is open.
//!
//!     cargo run -p tripword-tower --features http --example axum_endpoint
//!
//! Two real HTTP servers on loopback: a shop (axum) fetches a rate from a bank (axum), through the
//! layer and with a timeout.

use std::{error::Error, future::pending, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{Request, Response, StatusCode, header::RETRY_AFTER},
    response::IntoResponse,
    routing::get,
};
use http_body_util::BodyExt;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::{net::TcpListener, sync::watch, time::sleep};
use tower::{BoxError, ServiceBuilder, ServiceExt, timeout::Timeout};
use tripword_tower::{
    CircuitBreakerLayer, CircuitBreakerService, ServerErrorsAsFailures,
    tripword::{CallError, CircuitBreaker, Rejected},
    unavailable,
};

const TIMEOUT: Duration = Duration::from_millis(500);
const OPEN: Duration = Duration::from_secs(2);

type Http = Client<HttpConnector, Body>;
type Guarded = CircuitBreakerService<Timeout<Http>, Arc<CircuitBreaker>, ServerErrorsAsFailures>;

fn http() -> Http {
    Client::builder(TokioExecutor::new()).build_http()
}

async fn serve(router: Router) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async { axum::serve(listener, router).await });
    Ok(address)
}

/// The bank: answers while it is healthy, and hangs otherwise.
fn bank(healthy: watch::Receiver<bool>) -> Router {
    let rate = move || {
        let healthy = *healthy.borrow();
        async move { if healthy { "1.17" } else { pending().await } }
    };
    Router::new().route("/", get(rate))
}

/// The shop's client of the bank: breaker outside, timeout inside, so that hanging calls count.
#[derive(Clone)]
struct Bank {
    address: SocketAddr,
    service: Guarded,
}

impl Bank {
    fn new(address: SocketAddr, breaker: Arc<CircuitBreaker>) -> Self {
        let layer = CircuitBreakerLayer::new(breaker).classify(ServerErrorsAsFailures::new());
        let service = ServiceBuilder::new().layer(layer).timeout(TIMEOUT).service(http());
        Self { address, service }
    }

    async fn rate(self) -> Result<Response<Body>, CallError<BoxError>> {
        let request = Request::get(format!("http://{}/", self.address)).body(Body::empty());
        let request = request.map_err(|error| CallError::Inner(error.into()))?;
        let response = self.service.oneshot(request).await?;
        Ok(response.map(Body::new))
    }
}

/// The endpoint.
async fn price(State(bank): State<Bank>) -> Response<Body> {
    match bank.rate().await {
        Ok(rate) => rate,
        Err(CallError::Rejected(rejected)) => refused(rejected),
        Err(CallError::Inner(error)) => {
            (StatusCode::BAD_GATEWAY, error.to_string()).into_response()
        }
    }
}

/// Returns a 503 with the wait in whole seconds, rounded up: exact while the circuit is open, and
/// otherwise what is probable. The body is the message.
fn refused(rejected: Rejected) -> Response<Body> {
    unavailable::<Body>(rejected).map(|_| Body::from(rejected.to_string()))
}

/// A request of a customer: prints the response, and returns its status and `Retry-After`.
async fn request(shop: SocketAddr) -> Result<(StatusCode, Option<u64>), Box<dyn Error>> {
    let response = http().get(format!("http://{shop}/").parse()?).await?;
    let status = response.status();
    let wait = match response.headers().get(RETRY_AFTER) {
        Some(seconds) => Some(seconds.to_str()?.parse()?),
        None => None,
    };
    let text = response.into_body().collect().await?.to_bytes();
    println!("  {status}: {}", String::from_utf8_lossy(&text));
    Ok((status, wait))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let breaker = CircuitBreaker::builder().consecutive_failures(3).open_duration(OPEN).build()?;
    let (healthy, health) = watch::channel(true);
    let bank = Bank::new(serve(bank(health)).await?, Arc::new(breaker));
    let shop = serve(Router::new().route("/", get(price)).with_state(bank)).await?;

    println!("the bank is healthy");
    assert_eq!(request(shop).await?, (StatusCode::OK, None));

    println!("the bank hangs");
    healthy.send_replace(false);
    for _ in 0..3 {
        assert_eq!(request(shop).await?, (StatusCode::BAD_GATEWAY, None));
    }
    let (status, wait) = request(shop).await?;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let wait = wait.ok_or("no Retry-After")?;
    assert!(wait >= 1);

    println!("the bank is healthy again; the customer waits for {wait} s, as Retry-After says");
    healthy.send_replace(true);
    sleep(Duration::from_secs(wait)).await;
    assert_eq!(request(shop).await?, (StatusCode::OK, None));
    Ok(())
}
