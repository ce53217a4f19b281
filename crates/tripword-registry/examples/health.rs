//! A health endpoint that lists the state of every breaker, served over HTTP and queried once.
//!
//!     cargo run -p tripword-registry --example health

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use tripword::{Mode, State, config};
use tripword_registry::Registry;

/// The status, and a line for each breaker. An open circuit makes the service degraded, not dead.
fn health(registry: &Registry) -> (&'static str, String) {
    let mut breakers = registry.list();
    breakers.sort_by(|one, other| one.name().cmp(other.name()));
    let lines =
        breakers.iter().map(|named| format!("{}: {}\n", named.name(), named.breaker().snapshot()));
    let is_up = |state| matches!(state, State::Closed | State::Recovering);
    let status = if breakers.iter().all(|named| is_up(named.breaker().state())) {
        "200 OK"
    } else {
        "207 Multi-Status"
    };
    (status, lines.collect())
}

fn answer(registry: &Registry, mut connection: TcpStream) -> std::io::Result<()> {
    let mut request = [0; 1024];
    let _ = connection.read(&mut request)?;
    let (status, body) = health(registry);
    let length = body.len();
    write!(
        connection,
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn query(server: &TcpListener) -> std::io::Result<String> {
    let mut connection = TcpStream::connect(server.local_addr()?)?;
    connection.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut response = String::new();
    connection.read_to_string(&mut response)?;
    Ok(response)
}

fn main() -> std::io::Result<()> {
    let registry = Registry::new(config!(consecutive_failures(2)));
    let server = TcpListener::bind("127.0.0.1:0")?;
    let response = thread::scope(|scope| {
        scope.spawn(|| server.accept().and_then(|(connection, _)| answer(&registry, connection)));
        for result in [Ok(()), Err("no answer"), Err("no answer")] {
            let _ = registry.get_or_create("payments").call(|| result);
            let _ = registry.get_or_create("search").call(|| Ok::<_, ()>(()));
        }
        let stock = registry.get_or_create("stock");
        stock.breaker().set_mode(Mode::Shadow);
        query(&server)
    })?;
    println!("{response}");
    assert!(response.starts_with("HTTP/1.1 207 Multi-Status"));
    assert!(response.contains("payments: open for "));
    assert!(response.contains("tripped by 2 consecutive failures"));
    assert!(response.contains("search: closed"));
    assert!(response.contains("stock: shadow"));
    Ok(())
}
