//! Refusals among the sources of an error.

use std::error::Error;
use std::iter::successors;
use tripword_tower::tripword::{CallError, Rejected};

/// Finds the refusal of a breaker in an error: the error itself, or one of its sources.
///
/// # Examples
///
/// ```
/// use reqwest::Client;
/// use tripword_reqwest::tripword::{CircuitBreaker, Reason, breaker};
/// use tripword_reqwest::{guard, refusal};
///
/// breaker! { static PAYMENTS: CircuitBreaker = consecutive_failures(5); }
///
/// async fn receipt(url: &str) -> Result<String, Box<dyn std::error::Error>> {
///     let payments = guard(Client::new(), &PAYMENTS);
///     let request = payments.client().get(url).build()?;
///     Ok(payments.execute(request).await?.text().await?)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let failed = receipt("http://127.0.0.1:0").await.unwrap_err();
/// assert_eq!(refusal(&*failed), None);
///
/// PAYMENTS.trip();
/// let refused = receipt("http://127.0.0.1:0").await.unwrap_err();
/// assert_eq!(refusal(&*refused).unwrap().reason(), Reason::Open);
/// # }
/// ```
#[must_use]
pub fn refusal(error: &(dyn Error + 'static)) -> Option<Rejected> {
    successors(Some(error), |&error| error.source()).find_map(|error| {
        // The error of a guarded client does not show its refusal as a source.
        let called: Option<&CallError<reqwest::Error>> = error.downcast_ref();
        called.and_then(CallError::rejected).or_else(|| error.downcast_ref()).copied()
    })
}
