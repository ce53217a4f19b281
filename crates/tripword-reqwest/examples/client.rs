//! A client of reqwest whose server sends half of each body: the heads are good, and yet the
//! circuit opens.
//!
//!     cargo run -p tripword-reqwest --example client
//!
//! The server is a real one, on loopback.

use std::{error::Error, io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::sleep,
};
use tripword_reqwest::{
    Guarded, guard, refusal,
    tripword::{CircuitBreaker, State, breaker},
};

breaker! {
    static PRICES: CircuitBreaker =
        consecutive_failures(3), open_duration(Duration::from_secs(1)), jitter(0.0);
}

type Client = Guarded<&'static CircuitBreaker>;

/// Announces seven bytes, and sends them, or three of them where the server is unwell.
async fn answer(mut stream: TcpStream, unwell: watch::Receiver<bool>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let body = if *unwell.borrow() { "7 c" } else { "7 cents" };
    let response = format!("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{body}");
    stream.write_all(response.as_bytes()).await?;
    stream.shutdown().await
}

/// Serves one request on each connection, and returns the address.
async fn serve(unwell: watch::Receiver<bool>) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}/price", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, unwell.clone()));
        }
    });
    Ok(address)
}

async fn price(client: &Client, url: &str) -> Result<String, Box<dyn Error>> {
    let request = client.client().get(url).build()?;
    let response = client.execute(request).await?.error_for_status()?;
    println!("  {}", response.status());
    Ok(response.text().await?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (unwell, receiver) = watch::channel(false);
    let url = serve(receiver).await?;
    let http = reqwest::Client::builder()
        .pool_max_idle_per_host(0)
        .timeout(Duration::from_secs(10))
        .build()?;
    let client = guard(http, &PRICES);

    println!("the server is well");
    assert_eq!(price(&client, &url).await?, "7 cents");

    println!("the server breaks off");
    unwell.send_replace(true);
    for _ in 0..3 {
        println!("  {}", price(&client, &url).await.unwrap_err());
    }
    assert_eq!(PRICES.state(), State::Open);

    println!("the circuit is open");
    let error = price(&client, &url).await.unwrap_err();
    println!("  {error}");
    let rejected = refusal(&*error).ok_or("not a refusal")?;
    let wait = rejected.retry_after().ok_or("no time to wait")?;

    println!("the server is well again, and the client retries after {wait:.1?}");
    unwell.send_replace(false);
    sleep(wait).await;
    assert_eq!(price(&client, &url).await?, "7 cents");
    assert_eq!(PRICES.state(), State::Closed);
    Ok(())
}
