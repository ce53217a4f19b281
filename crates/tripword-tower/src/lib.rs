//! The breaker as a [tower](https://docs.rs/tower) layer (feature `tower`).
//!
//! ```
//! use std::convert::Infallible;
//! use std::sync::Arc;
//! use tower::{Layer, Service, ServiceExt, service_fn};
//! use tripword::tower::CircuitBreakerLayer;
//! use tripword::{CallError, CircuitBreaker};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let breaker = Arc::new(CircuitBreaker::builder().consecutive_failures(1).build()?);
//! let backend = service_fn(|word: &'static str| async move { word.parse::<u32>() });
//! let mut guarded = CircuitBreakerLayer::new(breaker).layer(backend);
//!
//! assert_eq!(guarded.ready().await?.call("42").await, Ok(42));
//! assert!(matches!(guarded.ready().await?.call("x").await, Err(CallError::Inner(_))));
//! assert!(matches!(guarded.ready().await?.call("42").await, Err(CallError::Rejected(_))));
//! # Ok(())
//! # }
//! ```
//!
//! # What it asks when
//!
//! The breaker is asked in `call`, before the inner service is. What the permit comes to is judged by a [`Classify`] when the response's
//! future is done; a future that is dropped before that is ignored and gives its slot back; one that panics is a failure.
//!
//! `poll_ready` passes on the readiness of the inner service, unless the breaker refuses calls: then the service is ready to refuse, and
//! the inner one is not asked. So a refusal neither waits for a concurrency limit that hanging calls have filled, nor takes a slot of it.
//! The call that follows such a readiness is refused, even if the circuit has begun to admit calls in between: the inner service has not
//! said that it is ready.
//!
//! A readiness that the inner service gave before the circuit opened is not spent by a refused call. It stays with this service, whose
//! next admitted call uses it; dropping the service, as `oneshot` does, gives it back. A clone has neither readiness nor permit.
//!
//! Who already waits in `poll_ready` when the circuit opens is not woken by that: it learns of it when the inner service wakes it. If the
//! queue can be long, shed its load or put a timeout around it.
//!
//! Under a load balancer that goes by readiness a service that is ready to refuse looks as good as any: put the breaker around the balancer.
//!
//! An error of the inner service's `poll_ready` is passed on and counts nowhere: no call was made.
//!
//! # The order of layers
//!
//! From the outside to the service: retry, breaker, limits, timeout.
//!
//! - A retry outside sees a refusal and can stop, or wait as long as it says. Inside, it hides its attempts: the breaker opens late.
//! - A timeout inside turns a hang into an error, which counts. Outside, it drops the call, which says nothing: hangs never open the circuit.
//! - A concurrency limit or a rate limit makes a caller wait in `poll_ready`, where no permit is held yet. Inside, it is neither waited for
//!   nor used up by a refusal. If it fails calls rather than let them wait, judge its errors as ignored: they say nothing about the service.
//!
//! # Errors of the stack
//!
//! The service fails with [`CallError`](crate::CallError), so that a refusal is told from an error of the inner service. Layers that turn
//! any error into a box (a timeout, a buffer) take it as it is if the inner error is an error type. If that is already a box, as behind
//! tower's timeout, put [`CallError::into_boxed`](crate::CallError::into_boxed) between them:
//!
//! ```
//! use std::time::Duration;
//! use tower::{BoxError, Service, ServiceBuilder, ServiceExt, service_fn};
//! use tripword::tower::CircuitBreakerLayer;
//! use tripword::{CallError, CircuitBreaker, Rejected};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), BoxError> {
//! let breaker = std::sync::Arc::new(CircuitBreaker::builder().build()?);
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

mod classify;
#[cfg(feature = "http")]
mod grpc;
#[cfg(feature = "http")]
mod http;
mod layer;
mod response;
mod service;

#[cfg(feature = "http")]
pub use self::grpc::GrpcErrorsAsFailures;
#[cfg(feature = "http")]
pub use self::http::ServerErrorsAsFailures;
pub use classify::{Classify, ErrorsAsFailures};
pub use layer::CircuitBreakerLayer;
pub use response::ResponseFuture;
pub use service::CircuitBreakerService;
