//! An outage as Prometheus sees it: serves `/metrics` for three seconds while a backend fails and
//! recovers, and scrapes itself.
//!
//!     cargo run -p tripword-metrics --example prometheus

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time;
use tripword::{MonotonicClock, Observer, config};
use tripword_metrics::Metrics;
use tripword_registry::{NamedBreaker, Registry};

const TICK: Duration = Duration::from_millis(20);
const TICKS: u32 = 150;
/// Between these ticks the backend is down.
const OUTAGE: std::ops::Range<u32> = 30..80;

const IN_STATE_OPEN: &str = "tripword_in_state{breaker=\"payments\",state=\"open\"}";

/// Serves the text of `handle` to every connection.
async fn serve(listener: TcpListener, handle: PrometheusHandle) -> std::io::Result<()> {
    loop {
        let (mut connection, _) = listener.accept().await?;
        let mut request = [0; 1024];
        let _ = connection.read(&mut request).await?;
        let body = handle.render();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        connection.write_all((head + &body).as_bytes()).await?;
    }
}

async fn scrape(port: u16) -> std::io::Result<String> {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).await?;
    connection
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await?;
    let mut response = String::new();
    connection.read_to_string(&mut response).await?;
    Ok(response)
}

/// The value of a series in the text.
fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series));
    line.and_then(|value| value.trim().parse().ok()).unwrap_or(f64::NAN)
}

async fn run(
    payments: &NamedBreaker<Arc<str>, MonotonicClock, impl Observer>,
    port: u16,
) -> std::io::Result<f64> {
    let mut tick = time::interval(TICK);
    let mut most: f64 = 0.0;
    for number in 0..TICKS {
        tick.tick().await;
        let _ = payments.call(|| if OUTAGE.contains(&number) { Err("503") } else { Ok(()) });
        if number % 10 == 0 {
            let text = scrape(port).await?;
            let open = value(&text, IN_STATE_OPEN);
            let refused =
                value(&text, "tripword_rejections_total{breaker=\"payments\",reason=\"open\"}");
            println!(
                "{:>5} ms: open {open}, {refused:>3} refused",
                number * TICK.as_millis() as u32
            );
            most = most.max(open);
        }
    }
    Ok(most)
}

async fn outage() -> Result<(), Box<dyn Error>> {
    let handle = PrometheusBuilder::new().install_recorder()?;
    let metrics = Metrics::new();
    let registry = Registry::builder()
        .config(config!(consecutive_failures(5), open_duration(Duration::from_millis(300))))
        .observed_by(move |name, breaker| metrics.observe(name, breaker))
        .build();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    println!("curl localhost:{port}/metrics, for the next three seconds");
    tokio::spawn(serve(listener, handle));

    let most = run(&registry.get_or_create("payments"), port).await?;
    let text = scrape(port).await?;
    for line in text.lines().filter(|line| line.starts_with("tripword_")) {
        println!("{line}");
    }
    assert!(most >= 1.0, "a scrape saw it open");
    assert_eq!(value(&text, IN_STATE_OPEN), 0.0, "the last one saw it closed");
    assert!(value(&text, "tripword_opened_total{breaker=\"payments\"}") >= 1.0);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(outage())
}
