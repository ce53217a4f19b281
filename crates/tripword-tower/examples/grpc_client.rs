//! A gRPC client behind the layer: `UNAVAILABLE` opens the circuit, `NOT_FOUND` does not.
//!
//!     cargo run -p tripword-tower --features http --example grpc_client
//!
//! The crate `tripword-tonic` does this and more: it judges streams to their end, and its refusals
//! are `UNAVAILABLE`. Here only the layer is used.
//!
//! tonic's own client queries the health service of a real tonic server on loopback.

use std::{error::Error, sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::watch, time::sleep};
use tonic::{
    Code, Request, Status,
    service::InterceptorLayer,
    transport::{Channel, Server, server::TcpIncoming},
};
use tonic_health::{
    pb::{HealthCheckRequest, health_client::HealthClient},
    server::health_reporter,
};
use tower::Layer;
use tripword_tower::{
    CircuitBreakerLayer, CircuitBreakerService, GrpcErrorsAsFailures,
    tripword::{CircuitBreaker, Rejected, State},
};

const OPEN: Duration = Duration::from_secs(1);

type Guarded = CircuitBreakerService<Channel, Arc<CircuitBreaker>, GrpcErrorsAsFailures>;

/// Serves until the program ends. While it is not healthy, every answer is `UNAVAILABLE`.
async fn serve(healthy: watch::Receiver<bool>) -> Result<String, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let (_, health) = health_reporter();
    let gate = InterceptorLayer::new(move |request: Request<()>| {
        if *healthy.borrow() { Ok(request) } else { Err(Status::unavailable("out of connections")) }
    });
    let server = Server::builder().layer(gate).add_service(health);
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    Ok(address)
}

async fn check(client: &mut HealthClient<Guarded>, service: &str) -> Result<(), Status> {
    let request = HealthCheckRequest { service: service.to_owned() };
    let answer = client.check(request).await;
    match &answer {
        Ok(health) => println!("  {:?}", health.get_ref().status()),
        Err(status) => println!("  {:?}: {}", status.code(), status.message()),
    }
    answer.map(drop)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let builder = CircuitBreaker::builder().consecutive_failures(3);
    let breaker = Arc::new(builder.open_duration(OPEN).jitter(0.0).build()?);
    let layer = CircuitBreakerLayer::new(breaker.clone()).classify(GrpcErrorsAsFailures);

    let (healthy, health) = watch::channel(true);
    let channel = Channel::from_shared(serve(health).await?)?.connect().await?;
    let mut client = HealthClient::new(layer.layer(channel));

    println!("the server is healthy");
    check(&mut client, "").await?;

    println!("the client names a service that does not exist");
    for _ in 0..3 {
        let status = check(&mut client, "missing").await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound);
    }
    assert_eq!(breaker.state(), State::Closed);

    println!("the server is out of connections");
    healthy.send_replace(false);
    for _ in 0..3 {
        let status = check(&mut client, "").await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
    }
    let status = check(&mut client, "").await.unwrap_err();
    // tonic stores the error of the breaker as a source of the status.
    let rejected = Rejected::find_in(&status).ok_or("not a refusal")?;
    let wait = rejected.retry_after().ok_or("no time to wait")?;
    assert!(wait < 2 * OPEN);

    println!("the server is healthy again, and the client retries after {wait:.1?}");
    healthy.send_replace(true);
    sleep(wait).await;
    check(&mut client, "").await?;
    assert_eq!(breaker.state(), State::Closed);
    Ok(())
}
