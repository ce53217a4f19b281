//! A channel behind a circuit breaker.

use crate::refused::as_status;
use http::{Request, Response};
use std::fmt;
use tonic::body::Body;
use tower::util::MapErr;
use tower::{BoxError, Layer, Service};
use tripword_tower::tripword::{CallError, Handle, Rejected};
use tripword_tower::{CircuitBreakerLayer, GrpcToTheEnd, Ignoring, ToTheEnd};

/// A channel `S` behind the circuit breaker of the handle `H`, from [`guard()`].
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use tonic::transport::Channel;
/// use tripword_tonic::tripword::CircuitBreaker;
/// use tripword_tonic::{Guarded, guard};
///
/// struct Clients {
///     payments: Guarded<Channel, Arc<CircuitBreaker>>,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let channel = Channel::from_static("http://[::1]:50051").connect_lazy();
/// let clients = Clients { payments: guard(channel, Arc::new(CircuitBreaker::default())) };
/// let clone = clients.payments.clone();
/// # drop(clone);
/// # }
/// ```
pub type Guarded<S, H> =
    MapErr<ToTheEnd<Boxing<S>, H, Ignoring, GrpcToTheEnd>, AsStatus<RejectionOf<H>>>;

/// The channel with its errors in boxes, where refusals are found.
type Boxing<S> = MapErr<S, fn(ErrorOf<S>) -> BoxError>;
/// What [`as_status`] is for these errors.
type AsStatus<R> = fn(CallError<BoxError, R>) -> BoxError;
type ErrorOf<S> = <S as Service<Request<Body>>>::Error;
type RejectionOf<H> = <H as Handle>::Rejection;

/// Puts a channel behind the breaker of `handle`. Errors of the channel are failures, and responses
/// are judged by [`GrpcToTheEnd`]; a refusal is the status `UNAVAILABLE`.
///
/// Where the channel is behind another breaker, the refusals of that one are ignored.
///
/// # Examples
///
/// ```
/// use tonic::client::Grpc;
/// use tonic::transport::Channel;
/// use tripword_tonic::tripword::{CircuitBreaker, breaker};
/// use tripword_tonic::guard;
///
/// breaker! { static PAYMENTS: CircuitBreaker = consecutive_failures(5); }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let channel = Channel::from_static("http://[::1]:50051").connect_lazy();
/// let mut client = Grpc::new(guard(channel, &PAYMENTS));
/// PAYMENTS.trip();
/// assert!(client.ready().await.is_ok(), "it is ready to refuse");
/// # }
/// ```
#[must_use]
pub fn guard<S, H, B>(channel: S, handle: H) -> Guarded<S, H>
where
    S: Service<Request<Body>, Response = Response<B>, Error: Into<BoxError>> + Clone,
    B: http_body::Body,
    H: Handle + Clone,
    H::Rejection: AsRef<Rejected> + fmt::Display + fmt::Debug + Send + Sync + 'static,
{
    let layer = CircuitBreakerLayer::new(handle).classify(Ignoring::refusals());
    let boxing: Boxing<S> = MapErr::new(channel, Into::into);
    MapErr::new(layer.to_the_end(GrpcToTheEnd::new()).layer(boxing), as_status)
}
