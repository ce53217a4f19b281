//! A gRPC client whose server streams: streams that end in `UNAVAILABLE` open the circuit.
//!
//!     cargo run -p tripword-tonic --example streams
//!
//! tonic's own client watches the health service of a real tonic server on loopback.

use std::{error::Error, pin::Pin, time::Duration};

use tokio::{net::TcpListener, sync::watch, time::sleep};
use tokio_stream::{Stream, StreamExt, once};
use tonic::{
    Code, Request, Response, Status,
    transport::{Channel, Server, server::TcpIncoming},
};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse,
    health_client::HealthClient,
    health_server::{Health, HealthServer},
};
use tripword_tonic::{
    Guarded, guard, refusal,
    tripword::{CircuitBreaker, State, breaker},
};

breaker! {
    static HEALTH: CircuitBreaker =
        consecutive_failures(3), open_duration(Duration::from_secs(1)), jitter(0.0);
}

type Client = HealthClient<Guarded<Channel, &'static CircuitBreaker>>;

/// A service that, when it is overloaded, answers and then breaks off.
struct Service {
    overloaded: watch::Receiver<bool>,
}

impl Service {
    fn end(&self) -> Result<(), Status> {
        if *self.overloaded.borrow() { Err(Status::unavailable("overloaded")) } else { Ok(()) }
    }
}

type Answers = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

#[tonic::async_trait]
impl Health for Service {
    type WatchStream = Answers;

    async fn check(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        self.end().map(|()| Response::new(HealthCheckResponse::default()))
    }

    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<Response<Answers>, Status> {
        let first = once(Ok(HealthCheckResponse::default()));
        let end = tokio_stream::iter(self.end().err().map(Err));
        Ok(Response::new(Box::pin(first.chain(end))))
    }
}

async fn serve(overloaded: watch::Receiver<bool>) -> Result<String, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let server = Server::builder().add_service(HealthServer::new(Service { overloaded }));
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    Ok(address)
}

/// Reads a whole stream.
async fn read(client: &mut Client) -> Result<(), Status> {
    let mut stream = client.watch(HealthCheckRequest::default()).await?.into_inner();
    while let Some(health) = stream.message().await? {
        println!("  {:?}", health.status());
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (overloaded, receiver) = watch::channel(false);
    let channel = Channel::from_shared(serve(receiver).await?)?.connect().await?;
    let mut client = HealthClient::new(guard(channel, &HEALTH));

    println!("the server is well");
    read(&mut client).await?;

    println!("the server is overloaded: each stream has a good head, and ends badly");
    overloaded.send_replace(true);
    for _ in 0..3 {
        let status = read(&mut client).await.unwrap_err();
        println!("  {:?}: {}", status.code(), status.message());
    }
    assert_eq!(HEALTH.state(), State::Open);

    println!("the circuit is open");
    let status = read(&mut client).await.unwrap_err();
    println!("  {:?}: {}, {:?}", status.code(), status.message(), status.metadata());
    assert_eq!(status.code(), Code::Unavailable);
    let rejected = refusal(&status).ok_or("not a refusal")?;
    let wait = rejected.retry_after().ok_or("no time to wait")?;

    println!("the server is well again, and the client retries after {wait:.1?}");
    overloaded.send_replace(false);
    sleep(wait).await;
    read(&mut client).await?;
    assert_eq!(HEALTH.state(), State::Closed);
    Ok(())
}
