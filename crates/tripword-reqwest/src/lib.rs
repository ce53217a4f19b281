//! [`tripword`] circuit breakers for [reqwest](https://docs.rs/reqwest).
//!
//! [`guard()`] puts a client behind a breaker. Requests are built by the client, and executed
//! through the breaker:
//!
//! ```
//! use reqwest::Client;
//! use tripword_reqwest::guard;
//! use tripword_reqwest::tripword::{CallError, CircuitBreaker, breaker};
//!
//! breaker! { static PAYMENTS: CircuitBreaker = consecutive_failures(5); }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), reqwest::Error> {
//! let payments = guard(Client::new(), &PAYMENTS);
//! let request = payments.client().get("http://127.0.0.1:0/receipt").build()?;
//! match payments.execute(request).await {
//!     Ok(response) => println!("{}", response.text().await?),
//!     Err(CallError::Rejected(rejected)) => {
//!         println!("not sent, retry in {:?}", rejected.retry_after());
//!     }
//!     Err(CallError::Inner(error)) => println!("failed: {error}"),
//! }
//! assert_eq!(PAYMENTS.snapshot().consecutive_failures, 1, "no server has port 0");
//! # Ok(())
//! # }
//! ```
//!
//! - **Each call is judged to its end**, by the status and by whether the body arrives whole, as
//!   [`HttpToTheEnd`](tripword_tower::HttpToTheEnd) says. A response that is dropped unread is
//!   judged by its head. Redirects are part of a call: the last response counts.
//! - **Errors are judged by their kind**, as [`ReqwestErrors`] says. Set a timeout of the client or
//!   the request: those are inside the breaker, and a call that exceeds one is a failure. A timeout
//!   around the guarded client drops the call, which is then ignored.
//! - **A refusal is a [`CallError::Rejected`](tripword::CallError::Rejected).** [`refusal()`]
//!   finds it in an error that wraps it.
//! - **The breaker is any [`Handle`](tripword::Handle)**: a `&'static CircuitBreaker`, an
//!   `Arc<CircuitBreaker>`, or a named breaker of a registry, whose name is then in the message.
//!   For a breaker for each host, see [*A breaker for each host*](#a-breaker-for-each-host).
//!
//! This crate re-exports [`tripword`] and [`tripword_tower`], so it is the only one you need to
//! add. It turns on no feature of reqwest: TLS and the rest are your choice.
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `middleware` | no | `CircuitBreakerMiddleware`, for the crate reqwest-middleware |
//!
//! # A breaker for each host
//!
//! [`guard()`] and the middleware take any [`Select`](tripword_tower::Select), as the layers of
//! `tripword-tower` do. A [`SelectBy`](tripword_tower::SelectBy) chooses by a function of the
//! request; with a registry of the crate `tripword-registry`, which makes breakers on their first
//! use:
//!
//! ```
//! use reqwest::{Client, Request};
//! use std::sync::Arc;
//! use tripword_registry::Registry;
//! use tripword_reqwest::guard;
//! use tripword_reqwest::tripword::config;
//! use tripword_reqwest::tripword_tower::SelectBy;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), reqwest::Error> {
//! let hosts = Arc::new(Registry::new(config!(consecutive_failures(1))));
//! let registry = hosts.clone();
//! let by_host = SelectBy::new(move |request: &Request| {
//!     let url = request.url();
//!     let host = format!("{}:{}", url.host_str()?, url.port_or_known_default()?);
//!     Some(registry.get_or_create(&*host))
//! });
//! let client = guard(Client::new(), by_host);
//! let request = || client.client().get("http://127.0.0.1:0").build();
//!
//! client.execute(request()?).await.expect_err("no server has port 0");
//! let refused = client.execute(request()?).await.expect_err("the circuit of that host is open");
//! assert_eq!(&*refused.rejected().unwrap().name, "127.0.0.1:0");
//! # Ok(())
//! # }
//! ```
//!
//! # Stacks of layers
//!
//! A [`Guarded`] client is a tower service of requests, for the layers around it. Where there are
//! layers between the breaker and the client, write the stack out, with [`from_http`] above the
//! breaker and [`HttpClient`] at the bottom:
//!
//! ```
//! use reqwest::{Client, Request};
//! use tower::{Service, ServiceBuilder, ServiceExt};
//! use tripword_reqwest::tripword::{CallError, CircuitBreaker, breaker};
//! use tripword_reqwest::tripword_tower::{CircuitBreakerLayer, HttpToTheEnd};
//! use tripword_reqwest::{HttpClient, ReqwestErrors, from_http};
//!
//! breaker! { static PAYMENTS: CircuitBreaker = consecutive_failures(5); }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new();
//! let request: Request = client.get("http://127.0.0.1:0").build()?;
//! let layer = CircuitBreakerLayer::new(&PAYMENTS).classify(ReqwestErrors);
//! let mut stack = ServiceBuilder::new()
//!     .map_response(from_http)
//!     .layer(layer.to_the_end(HttpToTheEnd::new()))
//!     .concurrency_limit(100)
//!     .service(HttpClient::new(client));
//!
//! PAYMENTS.trip();
//! let refused = stack.ready().await?.call(request).await;
//! assert!(matches!(refused, Err(CallError::Rejected(_))));
//! # Ok(())
//! # }
//! ```
//!
//! # Connections alone
//!
//! A breaker in reqwest's `ClientBuilder::connector_layer` sees connections only: no status, no
//! timeout of a response, nothing on a pooled connection. It can stop a client from dialling a dead
//! host, and is no substitute for [`guard()`]:
//!
//! ```
//! use reqwest::Client;
//! use tower::{BoxError, ServiceBuilder};
//! use tripword_reqwest::refusal;
//! use tripword_reqwest::tripword::{CallError, CircuitBreaker, breaker};
//! use tripword_reqwest::tripword_tower::CircuitBreakerLayer;
//!
//! breaker! { static DIALS: CircuitBreaker = consecutive_failures(1); }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), reqwest::Error> {
//! let layer = ServiceBuilder::new()
//!     .map_err(CallError::<BoxError>::into_boxed)
//!     .layer(CircuitBreakerLayer::new(&DIALS))
//!     .into_inner();
//! let client = Client::builder().connector_layer(layer).build()?;
//! for refused in [false, true] {
//!     let error = client.get("http://127.0.0.1:0").send().await.unwrap_err();
//!     assert_eq!(refusal(&error).is_some(), refused);
//! }
//! # Ok(())
//! # }
//! ```
//!
#![cfg_attr(docsrs, feature(doc_cfg))]

mod convert;
mod errors;
mod guard;
#[cfg(feature = "middleware")]
mod middleware;
mod refusal;

pub use convert::{HttpClient, from_http, to_http};
pub use errors::ReqwestErrors;
pub use guard::{Guarded, guard};
#[cfg(feature = "middleware")]
pub use middleware::CircuitBreakerMiddleware;
pub use refusal::refusal;
pub use tripword_tower;
pub use tripword_tower::tripword;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
