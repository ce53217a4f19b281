//! [`tripword`] circuit breakers as [tower](https://docs.rs/tower) layers and services.
//!
//! ```
//! use std::convert::Infallible;
//! use std::sync::Arc;
//! use tower::{Layer, Service, ServiceExt, service_fn};
//! use tripword_tower::CircuitBreakerLayer;
//! use tripword_tower::tripword::{CallError, CircuitBreaker};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let breaker = Arc::new(CircuitBreaker::builder().consecutive_failures(1).build()?);
//! let backend = service_fn(|text: &'static str| async { text.parse::<u32>() });
//! let mut service = CircuitBreakerLayer::new(breaker).layer(backend);
//!
//! assert_eq!(service.ready().await?.call("42").await, Ok(42));
//! assert!(matches!(service.ready().await?.call("x").await, Err(CallError::Inner(_))));
//! assert!(matches!(service.ready().await?.call("42").await, Err(CallError::Rejected(_))));
//! # Ok(())
//! # }
//! ```
//!
//! This crate re-exports [`tripword`], so it is the only one you need to add. The other examples
//! write `tripword` for `tripword_tower::tripword`.
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `http` | no | classifiers of HTTP and gRPC; `to_the_end` for bodies; refusals as 503 |
//! | `registry` | no | a breaker for each key (`per_key`), with `http` for each host and port |
//! | `retry` | no | `UnlessRefused`, a policy of tower's retry that stops at refusals |
//!
//! # Calls and readiness
//!
//! [`call`](tower_service::Service::call) acquires a permit from the breaker before it calls the
//! inner service. When the response future is ready, a [`Classify`] judges the result, and the
//! permit is settled with its outcome. A future that is dropped earlier is ignored and gives its
//! slot back; one that panics is a failure.
//!
//! [`poll_ready`](tower_service::Service::poll_ready) returns the readiness of the inner service,
//! unless the breaker would refuse a call. Then the service is ready at once, to refuse, and the
//! inner service is not polled. So a refusal neither waits for a concurrency limit that hanging
//! calls have exhausted nor takes a slot of it. The next call is refused even if the circuit admits
//! calls again by then, since the inner service was not polled for its readiness.
//!
//! If the circuit opens after the inner service was polled, a call is refused that has a slot of a
//! limit already, or a place in a queue for one. Both are given back at once: a new clone replaces
//! the inner service. So the layer takes services that can be cloned; for others, see
//! [`CircuitBreakerService::without_clone`]. A clone has neither readiness nor permit.
//!
//! Tasks that already wait in `poll_ready` when the circuit opens are not woken: they notice when
//! the inner service wakes them. If the queue can be long, shed load, or put a timeout around it.
//!
//! To a load balancer that goes by readiness, a service that is ready to refuse looks healthy. Put
//! the breaker around the balancer.
//!
//! An error of the inner service's `poll_ready` is passed on and does not count, since no call was
//! made; to count it, see [`count_unready`](CircuitBreakerLayer::count_unready).
//!
//! # A breaker for each key
//!
//! A [`Select`] chooses the breaker by the request: one for each host
//! (`CircuitBreakerLayer::per_authority`), for each tenant or any other part of the request
//! (`CircuitBreakerLayer::per_key`), or by a function ([`CircuitBreakerLayer::select_by`]). So one
//! ill host does not keep others from being called. A refusal by a named breaker carries the name.
//!
//! - **Names that you know**: return a `&'static` breaker, which costs nothing to share.
//! - **Names from outside**: use a registry with a cap. A permit holds its breaker, which therefore
//!   is not evicted while a call is in flight. The feature `registry` makes this crate depend on
//!   `tripword-registry`, which knows nothing of tower; without it, `select_by` takes any handle.
//!
//! The key is not known before the request, so `poll_ready` always waits for the inner service, and
//! a refusal comes from `call`. It gives back what was reserved, as above. But a concurrency limit
//! inside the layer is shared by all keys: once hanging calls of one key have exhausted it, the
//! refusals of that key wait for it, and so do the calls of the others. Put the limit outside the
//! layer, shed load around it, or limit each key by itself.
//!
//! # Bodies and streams
//!
//! [`CircuitBreakerService`] judges a response when its head is there. A body that then breaks off,
//! or a gRPC stream that ends in `UNAVAILABLE`, counts as good. With feature `http`,
//! `CircuitBreakerLayer::to_the_end` makes another layer, which passes the permit on to the body
//! and judges the call at its end: by `HttpToTheEnd`, `GrpcToTheEnd`, or a `ClassifyBody` of your
//! own.
//!
//! | event | HTTP | gRPC |
//! |---|---|---|
//! | the head has a bad status | that outcome, at once | that outcome, at once |
//! | the head has a `grpc-status` | | its outcome, at once |
//! | the head is followed by no body | success, at once | failure, at once: no status |
//! | the body ends | success | failure: no status |
//! | trailers | success | by their status |
//! | the body fails, or ends before its announced length | failure | failure |
//! | the reader drops the body | success | success after a message, before it ignored |
//! | the same, after it waited for longer than `Builder::abandoned_after` | failure | failure |
//! | the reader panics, and so drops the body | ignored | ignored |
//!
//! How long a call took is judged by the time to the head, since from there on the reader sets the
//! pace. A stream that still delivers after a while is good, so that one that lasts for hours does
//! not occupy the probe of a half-open circuit; see `ToTheEndLayer::good_after`.
//!
//! A body holds its permit until then, and with it the breaker: a registry evicts no breaker whose
//! streams go on.
//!
//! # Order of layers
//!
//! From the outside to the inside: retry, breaker, limits, timeout.
//!
//! - **Retry outside the breaker.** It sees each refusal, and can stop (`UnlessRefused`, with the
//!   feature `retry`) or wait for [`Rejected::retry_after`](tripword::Rejected::retry_after).
//!   Inside, it hides failed attempts from the breaker, which then opens late. A retry budget, as
//!   in tower, limits retries while a part of the calls fails; the breaker stops them when all do.
//! - **Timeout inside the breaker.** It turns a hanging call into an error, which counts. Outside,
//!   it drops the call, which is then ignored: hanging calls never open the circuit.
//! - **Limits inside the breaker.** A concurrency or rate limit lets callers wait in `poll_ready`,
//!   where they hold no permit, and a refused call neither waits for the limit nor uses it up. If a
//!   limit fails calls instead of letting them wait, ignore its errors ([`ignoring()`]): they say
//!   nothing about the service.
//! - **A breaker inside another one**, such as one for each host inside one for a whole cluster:
//!   the outer one should ignore the refusals of the inner one ([`Ignoring::refusals`]).
//! - **Answers outside of all.** A server that passes a request on to a guarded client says a
//!   refusal to its own callers as 503 with `Retry-After` (`RefusalsAsResponses`, with the feature
//!   `http`).
//!
//! # Errors in a stack
//!
//! Code that does not know the type of an error finds a refusal among its sources with
//! [`is_refusal`] or [`Rejected::find_in`](tripword::Rejected::find_in).
//!
//! The service fails with [`CallError`](tripword::CallError), which tells refusals from errors of
//! the inner service. Layers that box any error, such as a timeout or a buffer, accept a
//! `CallError` if the inner error implements [`Error`](std::error::Error). A boxed error does not:
//! where the breaker is around tower's timeout, whose errors are boxed, insert
//! [`CallError::into_boxed`](tripword::CallError::into_boxed):
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//! use tower::{BoxError, Service, ServiceBuilder, ServiceExt, service_fn};
//! use tripword::{CallError, CircuitBreaker, Rejected};
//! use tripword_tower::CircuitBreakerLayer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), BoxError> {
//! let breaker = Arc::new(CircuitBreaker::builder().build()?);
//! breaker.trip();
//! let mut stack = ServiceBuilder::new()
//!     .buffer(16)
//!     .map_err(CallError::<BoxError>::into_boxed)
//!     .layer(CircuitBreakerLayer::new(breaker))
//!     .timeout(Duration::from_secs(1))
//!     .service(service_fn(|n: u32| async move { Ok::<_, BoxError>(n) }));
//! let error = stack.ready().await?.call(1).await.unwrap_err();
//! assert!(error.is::<Rejected>());
//! # Ok(())
//! # }
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "http")]
mod authority;
mod gate;
#[cfg(feature = "http")]
mod grpc;
#[cfg(feature = "http")]
mod http;
mod ignoring;
mod layer;
mod refusal;
#[cfg(feature = "registry")]
mod registry;
mod response;
#[cfg(feature = "retry")]
mod retry;
mod select;
mod service;
#[cfg(feature = "http")]
mod to_the_end;
#[cfg(feature = "http")]
mod unavailable;

#[cfg(all(feature = "http", feature = "registry"))]
pub use self::authority::PerAuthority;
#[cfg(feature = "http")]
pub use self::authority::authority_of;
#[cfg(feature = "http")]
pub use self::grpc::GrpcErrorsAsFailures;
#[cfg(feature = "http")]
pub use self::http::ServerErrorsAsFailures;
#[cfg(feature = "http")]
pub use self::to_the_end::{
    ClassifyBody, GrpcToTheEnd, GuardedBody, HttpToTheEnd, ToTheEnd, ToTheEndFuture, ToTheEndLayer,
};
#[cfg(feature = "http")]
pub use self::unavailable::{
    RefusalsAsResponses, RefusalsAsResponsesFuture, RefusalsAsResponsesService, unavailable,
};
pub use ignoring::{Ignoring, ignoring};
pub use layer::CircuitBreakerLayer;
pub use refusal::{MaybeRefused, is_refusal};
#[cfg(feature = "registry")]
pub use registry::PerKey;
pub use response::ResponseFuture;
#[cfg(feature = "retry")]
pub use retry::UnlessRefused;
pub use select::{Select, SelectBy};
pub use service::CircuitBreakerService;
pub use tripword;
pub use tripword::{Classify, ErrorsAsFailures};
#[cfg(feature = "registry")]
pub use tripword_registry;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
