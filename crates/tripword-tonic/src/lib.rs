//! [`tripword`] circuit breakers for [tonic](https://docs.rs/tonic).
//!
//! [`guard()`] puts a channel behind a breaker. Around it goes the client that tonic generates:
//!
//! ```no_run
//! use tonic::transport::Channel;
//! use tripword_tonic::tripword::{CircuitBreaker, breaker};
//! use tripword_tonic::{Guarded, guard, refusal};
//! # /// Stands for a client that tonic generates.
//! # struct GreeterClient<T>(T);
//! # impl<T> GreeterClient<T> {
//! #     fn new(inner: T) -> Self { Self(inner) }
//! #     async fn say_hello(&mut self, _: &str) -> Result<String, tonic::Status> { todo!() }
//! # }
//!
//! breaker! { static GREETER: CircuitBreaker = consecutive_failures(5); }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let channel = Channel::from_static("http://[::1]:50051").connect_lazy();
//! let mut client: GreeterClient<Guarded<Channel, &'static CircuitBreaker>> =
//!     GreeterClient::new(guard(channel, &GREETER));
//!
//! match client.say_hello("world").await {
//!     Ok(greeting) => println!("{greeting}"),
//!     Err(status) => match refusal(&status) {
//!         Some(rejected) => println!("not called, retry in {:?}", rejected.retry_after()),
//!         None => println!("failed: {status}"),
//!     },
//! }
//! # Ok(())
//! # }
//! ```
//!
//! - **Each call is judged to its end**, by the status in the head or in the trailers, so that a
//!   stream that ends in `UNAVAILABLE` or is cut is a failure. See
//!   [`GrpcToTheEnd`](tripword_tower::GrpcToTheEnd) for which codes are failures.
//! - **A refusal is the status `UNAVAILABLE`**, with a message such as "circuit open, retry in
//!   7.5 s". The time is also in its metadata, as `grpc-retry-pushback-ms`, rounded up; without it
//!   if no time is known. [`refusal`] finds the [`Rejected`](tripword::Rejected) in a status.
//! - **The breaker is any [`Handle`](tripword::Handle)**: a `&'static CircuitBreaker`, an
//!   `Arc<CircuitBreaker>`, or a named breaker of a registry. Its name is in the source of the
//!   status, but not in the message, which a server may send on to its clients.
//!
//! This crate re-exports [`tripword`] and [`tripword_tower`], so it is the only one you need to
//! add.
//!
//! # Stacks of layers
//!
//! [`guard()`] is a layer of `tripword-tower` and [`as_status`]. Where there are other layers, or
//! the judge has settings, write them out:
//!
//! ```
//! use std::time::Duration;
//! use tonic::transport::{self, Channel};
//! use tower::ServiceBuilder;
//! use tripword_tonic::tripword::{CircuitBreaker, Rejected, breaker};
//! use tripword_tonic::{as_status, tripword_tower::{CircuitBreakerLayer, GrpcToTheEnd}};
//!
//! breaker! { static GREETER: CircuitBreaker = consecutive_failures(5); }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let channel = Channel::from_static("http://[::1]:50051").connect_lazy();
//! let judge = GrpcToTheEnd::new().pushback_at_most(Duration::from_secs(60));
//! let stack = ServiceBuilder::new()
//!     .map_err(as_status::<transport::Error, Rejected>)
//!     .layer(CircuitBreakerLayer::new(&GREETER).to_the_end(judge))
//!     .concurrency_limit(100)
//!     .service(channel);
//! # drop(stack);
//! # }
//! ```
//!
//! # Retries and deadlines
//!
//! A retry goes around the client, or around the guarded channel, so that it sees each refusal: it
//! stops at one, or waits for [`retry_after`](tripword::Rejected::retry_after).
//!
//! A deadline that the channel enforces ([`Request::set_timeout`](tonic::Request::set_timeout),
//! `Endpoint::timeout`) is inside the breaker, and a call that exceeds it before the head is a
//! failure. A timeout around the client drops the call, which is then ignored: use both only if the
//! inner one is the shorter.
//!
//! # Servers
//!
//! A server whose own dependency is refused can pass that on: [`RefusedCall`] converts into a
//! [`Status`](tonic::Status). Its clients then see the same code, message and time.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod guard;
mod refused;

pub use guard::{Guarded, guard};
pub use refused::{RefusedCall, as_status, refusal};
pub use tripword_tower;
pub use tripword_tower::tripword;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
