//! Refusals among the sources of an error.

use std::error::Error;
use tripword_tower::tripword::Rejected;

/// Finds the refusal of a breaker, named or not, in an error: the error itself, or one of its
/// sources. It is [`Rejected::find_in`].
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
    Rejected::find_in(error)
}
