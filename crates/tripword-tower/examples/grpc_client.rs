//! A gRPC client behind the layer: a service that is ill is left alone; one that says "not found" is well.
//!
//!     cargo run --example grpc_client --features http
//!
//! A real tonic server on loopback, asked for its health (the service that gRPC itself defines) by tonic's own client.

use std::{error::Error, sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::watch, time::sleep};
use tonic::{
    Code, Request, Status,
    service::InterceptorLayer,
    transport::{self, Channel, Server, server::TcpIncoming},
};
use tonic_health::{
    pb::{HealthCheckRequest, health_client::HealthClient},
    server::health_reporter,
};
use tower::Layer;
use tripword::{
    CallError, CircuitBreaker, Rejected, State,
    tower::{CircuitBreakerLayer, CircuitBreakerService, GrpcErrorsAsFailures},
};

const OPEN: Duration = Duration::from_secs(1);

type Guarded = CircuitBreakerService<Channel, GrpcErrorsAsFailures>;

/// Serves until the program ends. While it is not well, it answers every call with `UNAVAILABLE`.
async fn serve(is_well: watch::Receiver<bool>) -> Result<String, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let (_, health) = health_reporter();
    let gate = InterceptorLayer::new(move |request: Request<()>| match *is_well.borrow() {
        true => Ok(request),
        false => Err(Status::unavailable("out of connections")),
    });
    let server = Server::builder().layer(gate).add_service(health);
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    Ok(address)
}

async fn check(client: &mut HealthClient<Guarded>, service: &str) -> Result<(), Status> {
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    let answer = client.check(request).await;
    match &answer {
        Ok(health) => println!("{:?}", health.get_ref().status()),
        Err(status) => println!("{:?}: {}", status.code(), status.message()),
    }
    answer.map(drop)
}

/// The refusal, if it was not the service that said so. tonic keeps it as the source of the status.
fn refusal(status: &Status) -> Option<Rejected> {
    match status
        .source()?
        .downcast_ref::<CallError<transport::Error>>()?
    {
        CallError::Rejected(rejected) => Some(*rejected),
        CallError::Inner(_) => None,
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let builder = CircuitBreaker::builder().consecutive_failures(3);
    let breaker = Arc::new(builder.open_duration(OPEN).jitter(0.0).build()?);
    let layer = CircuitBreakerLayer::new(breaker.clone()).classify(GrpcErrorsAsFailures);

    let (is_well, watched) = watch::channel(true);
    let channel = Channel::from_shared(serve(watched).await?)?
        .connect()
        .await?;
    let mut client = HealthClient::new(layer.layer(channel));

    check(&mut client, "").await?;
    println!("-- what it does not know is the caller's mistake");
    for _ in 0..3 {
        let status = check(&mut client, "unheard of").await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound);
    }
    assert_eq!(breaker.state(), State::Closed);

    println!("-- the server is ill");
    is_well.send_replace(false);
    for _ in 0..3 {
        let status = check(&mut client, "").await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
    }
    let status = check(&mut client, "").await.unwrap_err();
    let rejected = refusal(&status).ok_or("not a refusal")?;
    let wait = rejected.retry_after().ok_or("no time to wait")?;

    println!("-- it is well again, and is asked after {wait:?}");
    is_well.send_replace(true);
    sleep(wait).await;
    check(&mut client, "").await?;
    assert_eq!(breaker.state(), State::Closed);
    Ok(())
}
