//! A retry policy that stops at refusals.

use crate::refusal::MaybeRefused;
use tower::retry::Policy;

/// A [`tower::retry::Policy`] that does not retry what a breaker refused, and lets `P` decide about
/// all other results.
///
/// The refusals are those of the breaker right inside, or any in a boxed error: that of a second
/// breaker further in is an error of the call (see [`MaybeRefused`]).
///
/// Put the retry around the breaker. While the circuit is open, another attempt would be refused,
/// too; without this, each call uses up its attempts and their waits before it fails.
///
/// # Examples
///
/// ```
/// use std::future::{Ready, ready};
/// use tower::retry::{Policy, RetryLayer};
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
/// use tripword::{CircuitBreaker, breaker};
/// use tripword_tower::{CircuitBreakerLayer, UnlessRefused};
///
/// breaker! { static BACKEND: CircuitBreaker = consecutive_failures(2); }
///
/// #[derive(Clone)]
/// struct Attempts(u32);
///
/// impl<Response, Error> Policy<u32, Response, Error> for Attempts {
///     type Future = Ready<()>;
///
///     fn retry(
///         &mut self,
///         request: &mut u32,
///         result: &mut Result<Response, Error>,
///     ) -> Option<Ready<()>> {
///         result.as_ref().err()?;
///         self.0 = self.0.checked_sub(1)?;
///         *request += 1;
///         Some(ready(()))
///     }
///
///     fn clone_request(&mut self, request: &u32) -> Option<u32> {
///         Some(*request)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let service = ServiceBuilder::new()
///     .layer(RetryLayer::new(UnlessRefused::new(Attempts(100))))
///     .layer(CircuitBreakerLayer::new(&BACKEND))
///     .service(service_fn(|attempt: u32| async move {
///         assert!(attempt < 2, "the third one is refused");
///         Err::<(), _>("no answer")
///     }));
/// assert!(service.oneshot(0).await.unwrap_err().rejected().is_some());
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UnlessRefused<P> {
    policy: P,
}

impl<P> UnlessRefused<P> {
    /// Creates a policy that lets `policy` decide unless a breaker refused the call.
    ///
    /// # Examples
    ///
    /// ```
    /// use tower::retry::RetryLayer;
    /// use tripword_tower::UnlessRefused;
    ///
    /// # let policy = ();
    /// let layer = RetryLayer::new(UnlessRefused::new(policy));
    /// # let _: RetryLayer<UnlessRefused<()>> = layer;
    /// ```
    #[must_use]
    pub const fn new(policy: P) -> Self {
        Self { policy }
    }
}

impl<Request, Response, Error, P> Policy<Request, Response, Error> for UnlessRefused<P>
where
    P: Policy<Request, Response, Error>,
    Error: MaybeRefused,
{
    type Future = P::Future;

    fn retry(
        &mut self,
        request: &mut Request,
        result: &mut Result<Response, Error>,
    ) -> Option<P::Future> {
        let refusal = result.as_ref().err().and_then(MaybeRefused::refusal);
        match refusal {
            Some(_) => None,
            None => self.policy.retry(request, result),
        }
    }

    fn clone_request(&mut self, request: &Request) -> Option<Request> {
        self.policy.clone_request(request)
    }
}
