//! A client behind a circuit breaker.

use crate::convert::{HttpClient, from_http};
use crate::errors::ReqwestErrors;
use core::fmt;
use core::task::{Context, Poll};
use reqwest::{Body, Client, Request, Response};
use tower::util::{MapResponse, ServiceExt};
use tower::{Layer, Service};
use tripword_tower::tripword::{CallError, Handle};
use tripword_tower::{
    CircuitBreakerLayer, ClassifyBody, GuardedBody, HttpToTheEnd, Select, ToTheEnd, ToTheEndLayer,
};

/// A [`Client`] behind a circuit breaker, from [`guard()`].
///
/// It has [`execute`](Self::execute), as the client, and is a tower service of requests. `Sel`
/// chooses the breaker of each request ([`Select`]; a [`Handle`] has one breaker for all), and `J`
/// judges responses.
///
/// # Examples
///
/// ```
/// use reqwest::Client;
/// use std::sync::Arc;
/// use tripword_reqwest::tripword::CircuitBreaker;
/// use tripword_reqwest::{Guarded, guard};
///
/// struct Clients {
///     payments: Guarded<Arc<CircuitBreaker>>,
/// }
///
/// let breaker = Arc::new(CircuitBreaker::default());
/// let clients = Clients { payments: guard(Client::new(), breaker.clone()) };
/// let clone = clients.payments.clone();
/// # drop(clone);
/// ```
#[derive(Clone)]
pub struct Guarded<Sel, J = HttpToTheEnd> {
    breaker: Breaker<Sel, J>,
}

/// The breaker around the client. Its responses are those of `http`, as are the client's below it.
type Breaker<Sel, J> = ToTheEnd<HttpClient, Sel, ReqwestErrors, J>;
/// The error of a guarded call.
type Error<Sel> =
    CallError<reqwest::Error, <<Sel as Select<Request>>::Handle as Handle>::Rejection>;
type FromHttp<H, J> = fn(http::Response<GuardedBody<Body, H, J>>) -> Response;

/// Puts a client behind the breaker that `select` chooses for each request, usually a handle of
/// one breaker. Errors are judged by [`ReqwestErrors`], and responses by [`HttpToTheEnd`]. For
/// other settings, see [`Guarded::new`].
///
/// # Examples
///
/// ```
/// use reqwest::Client;
/// use tripword_reqwest::guard;
/// use tripword_reqwest::tripword::{CallError, CircuitBreaker, breaker};
///
/// breaker! { static PAYMENTS: CircuitBreaker = consecutive_failures(1); }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), reqwest::Error> {
/// let payments = guard(Client::new(), &PAYMENTS);
/// let request = || payments.client().get("http://127.0.0.1:0").build();
///
/// let failed = payments.execute(request()?).await;
/// assert!(matches!(failed, Err(CallError::Inner(error)) if error.is_connect()));
/// let refused = payments.execute(request()?).await;
/// assert!(matches!(refused, Err(CallError::Rejected(_))));
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn guard<Sel>(client: Client, select: Sel) -> Guarded<Sel>
where
    Sel: Select<Request> + Clone + Send + Sync + 'static,
    Sel::Handle: Send + Sync + 'static,
{
    let layer = CircuitBreakerLayer::select(select).classify(ReqwestErrors);
    Guarded::new(client, layer.to_the_end(HttpToTheEnd::new()))
}

impl<Sel: Clone, J: Clone> Guarded<Sel, J> {
    /// Puts a client behind the breakers of `layer`, whose classifier is [`ReqwestErrors`].
    ///
    /// # Examples
    ///
    /// One that honours `Retry-After`:
    ///
    /// ```
    /// use reqwest::Client;
    /// use std::time::Duration;
    /// use tripword_reqwest::tripword::{CircuitBreaker, breaker};
    /// use tripword_reqwest::tripword_tower::{CircuitBreakerLayer, HttpToTheEnd};
    /// use tripword_reqwest::{Guarded, ReqwestErrors};
    ///
    /// breaker! { static PAYMENTS: CircuitBreaker = consecutive_failures(5); }
    ///
    /// let judge = HttpToTheEnd::new().retry_after_at_most(Duration::from_secs(60));
    /// let layer = CircuitBreakerLayer::new(&PAYMENTS).classify(ReqwestErrors).to_the_end(judge);
    /// let payments: Guarded<&'static CircuitBreaker> = Guarded::new(Client::new(), layer);
    /// # drop(payments);
    /// ```
    #[must_use]
    pub fn new(client: Client, layer: ToTheEndLayer<Sel, ReqwestErrors, J>) -> Self {
        Self { breaker: layer.layer(HttpClient::new(client)) }
    }
}

impl<Sel, J> Guarded<Sel, J>
where
    Sel: Select<Request> + Clone + Send + Sync + 'static,
    Sel::Handle: Send + Sync + 'static,
    J: ClassifyBody + Clone + Send + Sync + 'static,
{
    /// Executes a request, unless the breaker refuses it.
    ///
    /// The call is settled when the body has been read, or is dropped.
    ///
    /// # Errors
    ///
    /// [`CallError::Rejected`] if the breaker refuses the request, and [`CallError::Inner`] for an
    /// error of the client.
    ///
    /// # Examples
    ///
    /// ```
    /// use reqwest::Client;
    /// use tripword_reqwest::guard;
    /// use tripword_reqwest::tripword::{CircuitBreaker, Reason, breaker};
    ///
    /// breaker! { static PAYMENTS: CircuitBreaker = consecutive_failures(5); }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), reqwest::Error> {
    /// PAYMENTS.trip();
    /// let payments = guard(Client::new(), &PAYMENTS);
    /// let request = payments.client().get("http://127.0.0.1:0").build()?;
    /// let refused = payments.execute(request).await.unwrap_err();
    /// assert_eq!(refused.rejected().map(|rejected| rejected.reason()), Some(Reason::Open));
    /// # Ok(())
    /// # }
    /// ```
    pub fn execute(
        &self,
        request: Request,
    ) -> impl Future<Output = Result<Response, Error<Sel>>> + use<Sel, J> {
        let breaker = self.breaker.clone();
        async move { breaker.oneshot(request).await.map(from_http) }
    }
}

impl<Sel, J> Guarded<Sel, J> {
    /// Returns the client, to build requests with. Those that it sends bypass the breaker.
    ///
    /// # Examples
    ///
    /// ```
    /// use reqwest::Client;
    /// use tripword_reqwest::guard;
    /// use tripword_reqwest::tripword::{CircuitBreaker, breaker};
    ///
    /// breaker! { static PAYMENTS: CircuitBreaker = consecutive_failures(5); }
    ///
    /// let payments = guard(Client::new(), &PAYMENTS);
    /// let request = payments.client().post("http://localhost/pay").body("7 cents").build()?;
    /// assert_eq!(request.method(), "POST");
    /// # Ok::<(), reqwest::Error>(())
    /// ```
    #[must_use]
    pub const fn client(&self) -> &Client {
        self.breaker.get_ref().get_ref()
    }
}

impl<Sel, J> Service<Request> for Guarded<Sel, J>
where
    Sel: Select<Request> + Clone + Send + Sync + 'static,
    Sel::Handle: Send + Sync + 'static,
    J: ClassifyBody + Clone + Send + Sync + 'static,
{
    type Response = Response;
    type Error = Error<Sel>;
    type Future =
        <MapResponse<Breaker<Sel, J>, FromHttp<Sel::Handle, J>> as Service<Request>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.breaker.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let from_http: FromHttp<Sel::Handle, J> = from_http;
        MapResponse::new(&mut self.breaker, from_http).call(request)
    }
}

impl<Sel, J> fmt::Debug for Guarded<Sel, J>
where
    Breaker<Sel, J>: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Guarded").field(&self.breaker).finish()
    }
}
