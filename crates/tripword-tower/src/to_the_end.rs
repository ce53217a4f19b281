//! Calls that are judged to the end of the response's body: the layer.

mod body;
mod call;
mod future;
mod grpc;
mod http;
mod judge;
mod service;

pub use self::body::GuardedBody;
pub use self::future::ToTheEndFuture;
pub use self::grpc::GrpcToTheEnd;
pub use self::http::HttpToTheEnd;
pub use self::judge::ClassifyBody;
pub use self::service::ToTheEnd;

use self::call::Judges;
use crate::gate::Gate;
use crate::layer::CircuitBreakerLayer;
use core::fmt;
use core::time::Duration;
use tower_layer::Layer;
use tripword::Handle;

impl<Sel, K> CircuitBreakerLayer<Sel, K> {
    /// Judges each call to the end of the response's body, by `judge`: a [`ClassifyBody`] such as
    /// [`HttpToTheEnd`] or [`GrpcToTheEnd`]. Each call clones it.
    ///
    /// The classifier of this layer judges first: errors of the inner service, and heads. Only a
    /// call that it judges a success goes on to `judge`. The default classifier, which judges
    /// errors alone, suits a judge that looks at the head itself, as those two do.
    ///
    /// Each choice of breakers works: a body holds the permit of the breaker that was chosen for
    /// its request. A body whose request bypasses all breakers is passed on.
    ///
    /// # Examples
    ///
    /// A body that breaks off after a good head is a failure:
    ///
    /// ```
    /// use http::Response;
    /// use http_body_util::{BodyExt, Channel};
    /// use std::{convert::Infallible, io};
    /// use tower::{Layer, ServiceExt, service_fn};
    /// use tripword::{CircuitBreaker, breaker};
    /// use tripword_tower::{CircuitBreakerLayer, HttpToTheEnd};
    ///
    /// breaker! { static BACKEND: CircuitBreaker = consecutive_failures(5); }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let backend = service_fn(|()| async {
    ///     let (mut sender, body) = Channel::<&[u8], io::Error>::new(1);
    ///     sender.send_data(b"half of it").await.unwrap();
    ///     sender.abort(io::ErrorKind::ConnectionReset.into());
    ///     Ok::<_, Infallible>(Response::new(body))
    /// });
    /// let layer = CircuitBreakerLayer::new(&BACKEND).to_the_end(HttpToTheEnd::new());
    /// let response = layer.layer(backend).oneshot(()).await?;
    /// assert_eq!(BACKEND.snapshot().consecutive_failures, 0);
    /// assert!(response.into_body().collect().await.is_err());
    /// assert_eq!(BACKEND.snapshot().consecutive_failures, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn to_the_end<J>(self, judge: J) -> ToTheEndLayer<Sel, K, J> {
        let (select, classify, count_unready) = self.into_parts();
        let judges = Judges { classify, judge, good_after: None };
        ToTheEndLayer { select, judges, count_unready }
    }
}

/// A layer that puts services with HTTP responses behind a circuit breaker, and judges each call to
/// the end of the response's body; see
/// [`CircuitBreakerLayer::to_the_end`](crate::CircuitBreakerLayer::to_the_end).
///
/// The response's body becomes a [`GuardedBody`], which holds the permit. How long a call takes is
/// judged by the time to the head, since a slow reader is no slow service.
#[derive(Clone)]
pub struct ToTheEndLayer<Sel, K, J> {
    select: Sel,
    judges: Judges<K, J>,
    count_unready: bool,
}

impl<Sel, K, J> ToTheEndLayer<Sel, K, J> {
    /// Sets after how long a stream that still delivers is good: the first data that comes later
    /// than `after` after the head settles the call as a success. The default is half of the
    /// breaker's [`probe_lease`](tripword::Builder::probe_lease).
    ///
    /// Otherwise a healthy stream that lasts for hours, as the probe of a half-open circuit, would
    /// keep the circuit half-open until the lease ends, and then open it again. What becomes of the
    /// stream after that does not count: a caller whose stream is cut calls again, and that call
    /// counts.
    ///
    /// `Duration::MAX` judges each body at its end, however long that takes, and so does a breaker
    /// without a lease. Then no clock is read; otherwise it is read at the head, if there is a body
    /// to wait for, and at each frame of data.
    ///
    /// A stream that is silent for long passes no frame to be judged by. Judge such calls by their
    /// heads, with a layer of their own.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::Response;
    /// use http_body_util::{BodyExt, Channel};
    /// use std::{convert::Infallible, future::ready, time::Duration};
    /// use tower::{ServiceExt, service_fn};
    /// use tripword::{CircuitBreaker, State, breaker};
    /// use tripword_tower::{CircuitBreakerLayer, HttpToTheEnd};
    ///
    /// breaker! { static BACKEND: CircuitBreaker = consecutive_failures(5); }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (mut ticks, body) = Channel::<&[u8], Infallible>::new(1);
    /// let mut response = Some(Response::new(body));
    /// let backend = service_fn(|()| ready(Ok::<_, Infallible>(response.take().unwrap())));
    ///
    /// let layer = CircuitBreakerLayer::new(&BACKEND)
    ///     .to_the_end(HttpToTheEnd::new())
    ///     .good_after(Duration::ZERO);
    /// BACKEND.half_open();
    /// let mut body = layer.without_clone(backend).oneshot(()).await?.into_body();
    /// assert_eq!(BACKEND.state(), State::HalfOpen);
    ///
    /// ticks.send_data(b"tick").await?;
    /// body.frame().await.expect("a frame")?;
    /// assert_eq!(BACKEND.state(), State::Closed, "the stream delivers");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn good_after(mut self, after: Duration) -> Self {
        self.judges.good_after = Some(after);
        self
    }

    /// Puts an `inner` without `Clone` behind the breaker; see
    /// [`CircuitBreakerService::without_clone`](crate::CircuitBreakerService::without_clone).
    ///
    /// # Examples
    ///
    /// ```
    /// use http::Response;
    /// use http_body_util::Empty;
    /// use std::{convert::Infallible, time::Duration};
    /// use tower::{ServiceBuilder, ServiceExt, service_fn};
    /// use tripword::{CircuitBreaker, State, breaker};
    /// use tripword_tower::{CircuitBreakerLayer, HttpToTheEnd};
    ///
    /// breaker! { static BACKEND: CircuitBreaker = consecutive_failures(5); }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let backend = ServiceBuilder::new().rate_limit(100, Duration::from_secs(1)).service_fn(
    ///     |()| async { Ok::<_, Infallible>(Response::new(Empty::<&[u8]>::new())) },
    /// );
    /// let layer = CircuitBreakerLayer::new(&BACKEND).to_the_end(HttpToTheEnd::new());
    /// BACKEND.half_open();
    /// layer.without_clone(backend).oneshot(()).await?;
    /// assert_eq!(BACKEND.state(), State::Closed);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn without_clone<S>(&self, inner: S) -> ToTheEnd<S, Sel, K, J>
    where
        Sel: Clone,
        K: Clone,
        J: Clone,
    {
        self.behind(Gate::without_clone(inner, self.select.clone()))
    }

    /// Returns the handle of the breaker.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, State, breaker};
    /// use tripword_tower::{CircuitBreakerLayer, HttpToTheEnd};
    ///
    /// breaker! { static BACKEND: CircuitBreaker = consecutive_failures(5); }
    ///
    /// let layer = CircuitBreakerLayer::new(&BACKEND).to_the_end(HttpToTheEnd::new());
    /// assert_eq!(layer.handle().state(), State::Closed);
    /// ```
    #[must_use]
    pub const fn handle(&self) -> &Sel
    where
        Sel: Handle,
    {
        &self.select
    }

    fn behind<S>(&self, gate: Gate<S, Sel>) -> ToTheEnd<S, Sel, K, J>
    where
        K: Clone,
        J: Clone,
    {
        ToTheEnd::new(gate.counting_unready(self.count_unready), self.judges.clone())
    }
}

/// For a service without `Clone`, see [`ToTheEndLayer::without_clone`].
impl<S: Clone, Sel: Clone, K: Clone, J: Clone> Layer<S> for ToTheEndLayer<Sel, K, J> {
    type Service = ToTheEnd<S, Sel, K, J>;

    fn layer(&self, inner: S) -> Self::Service {
        self.behind(Gate::new(inner, self.select.clone()))
    }
}

impl<Sel: fmt::Debug, K, J> fmt::Debug for ToTheEndLayer<Sel, K, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToTheEndLayer")
            .field("select", &self.select)
            .field("good_after", &self.judges.good_after)
            .finish_non_exhaustive()
    }
}
