//! A refusal that a gRPC client reads as `UNAVAILABLE`, and that still is a refusal.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};
use tripword_tower::tripword::{CallError, Rejected};

/// The boxed error of tower and tonic.
type BoxError = Box<dyn Error + Send + Sync>;

/// A call that a breaker refused, as an error from which tonic makes the status `UNAVAILABLE`.
///
/// `R` is the refusal: a [`Rejected`], or one with the breaker's name. tonic takes the code, the
/// message and the metadata from the [`Status`] among the sources of this error, and makes this
/// error the source of the status that the client sees. The message is that of the [`Rejected`]:
/// the name, and the text of an error, stay in this error and its `Display`.
///
/// # Examples
///
/// A server passes a refusal of its own dependency on to its clients:
///
/// ```
/// use std::time::Duration;
/// use tonic::{Code, Status};
/// use tripword_tonic::RefusedCall;
/// use tripword_tonic::tripword::{CircuitBreaker, ManualClock};
///
/// type Breaker = CircuitBreaker<ManualClock>;
///
/// fn handle(database: &Breaker) -> Result<(), Status> {
///     let permit = database.try_acquire().map_err(RefusedCall::new)?;
///     permit.success();
///     Ok(())
/// }
///
/// let database = CircuitBreaker::builder().build_with(ManualClock::new())?;
/// database.trip_for(Duration::from_millis(7_500));
/// let status = handle(&database).unwrap_err();
/// assert_eq!(status.code(), Code::Unavailable);
/// assert_eq!(status.message(), "circuit open, retry in 7.5 s");
/// assert_eq!(status.metadata().get("grpc-retry-pushback-ms").unwrap(), "7500");
/// # Ok::<(), tripword_tonic::tripword::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct RefusedCall<R = Rejected> {
    rejection: R,
    status: Status,
}

impl<R: AsRef<Rejected> + fmt::Display> RefusedCall<R> {
    /// Creates the error of a refused call.
    ///
    /// # Examples
    ///
    /// ```
    /// use tonic::Code;
    /// use tripword_tonic::RefusedCall;
    /// use tripword_tonic::tripword::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::default();
    /// breaker.trip();
    /// let refused = RefusedCall::new(breaker.try_acquire().unwrap_err());
    /// assert_eq!(refused.status().code(), Code::Unavailable);
    /// ```
    #[must_use]
    pub fn new(rejection: R) -> Self {
        let rejected: Rejected = *rejection.as_ref();
        let metadata = rejected.retry_after().map(pushback).unwrap_or_default();
        // Not the text of `R`: a server sends the message to its clients, whom neither the name of
        // a breaker nor the text of an error concerns.
        let mut status = Status::with_metadata(Code::Unavailable, rejected.to_string(), metadata);
        status.set_source(Arc::new(rejected));
        Self { rejection, status }
    }
}

impl<R> RefusedCall<R> {
    /// Returns the refusal.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tripword_tonic::RefusedCall;
    /// # use tripword_tonic::tripword::CircuitBreaker;
    /// let breaker = CircuitBreaker::default();
    /// breaker.trip();
    /// let rejected = breaker.try_acquire().unwrap_err();
    /// assert_eq!(RefusedCall::new(rejected).rejection(), &rejected);
    /// ```
    #[must_use]
    pub const fn rejection(&self) -> &R {
        &self.rejection
    }

    /// Returns the status that a client sees.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tripword_tonic::RefusedCall;
    /// # use tripword_tonic::tripword::{CircuitBreaker, Mode};
    /// let breaker = CircuitBreaker::default();
    /// breaker.set_mode(Mode::ForceOpen);
    /// let refused = RefusedCall::new(breaker.try_acquire().unwrap_err());
    /// assert_eq!(refused.status().message(), "circuit forced open");
    /// assert!(refused.status().metadata().is_empty(), "no time is known");
    /// ```
    #[must_use]
    pub const fn status(&self) -> &Status {
        &self.status
    }
}

/// The metadata that names a time to wait, in milliseconds, rounded up.
fn pushback(wait: Duration) -> MetadataMap {
    let millis = wait.as_nanos().div_ceil(1_000_000);
    // 584 years at most, so it always fits.
    let millis = MetadataValue::from(u64::try_from(millis).unwrap_or(u64::MAX));
    let mut metadata = MetadataMap::new();
    metadata.insert("grpc-retry-pushback-ms", millis);
    metadata
}

impl<R: fmt::Display> fmt::Display for RefusedCall<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rejection.fmt(f)
    }
}

impl<R: fmt::Display + fmt::Debug> Error for RefusedCall<R> {
    /// Returns the status, which tonic looks for.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.status)
    }
}

impl<R> From<RefusedCall<R>> for Status
where
    R: fmt::Display + fmt::Debug + Send + Sync + 'static,
{
    /// Converts as tonic does: this error is the source of the status.
    fn from(refused: RefusedCall<R>) -> Self {
        Self::from_error(Box::new(refused))
    }
}

/// Converts the error of a guarded call into one that tonic reads: a refusal into a
/// [`RefusedCall`], and an error of the inner service into a box. For `map_err` above the breaker
/// and below the client.
///
/// # Examples
///
/// ```
/// use std::io;
/// use tonic::{Code, Status};
/// use tripword_tonic::as_status;
/// use tripword_tonic::tripword::CircuitBreaker;
///
/// let breaker = CircuitBreaker::default();
/// breaker.trip();
/// let error = breaker.call(|| Ok::<_, io::Error>(())).unwrap_err();
/// assert_eq!(Status::from_error(as_status(error)).code(), Code::Unavailable);
/// ```
pub fn as_status<E, R>(error: CallError<E, R>) -> BoxError
where
    E: Into<BoxError>,
    R: AsRef<Rejected> + fmt::Display + fmt::Debug + Send + Sync + 'static,
{
    match error {
        CallError::Rejected(rejection) => Box::new(RefusedCall::new(rejection)),
        CallError::Inner(error) => error.into(),
    }
}

/// Returns the refusal in the status that a client received, if a breaker of this process refused
/// the call. A refusal that a server passed on is a failure of that server, and is not found.
///
/// # Examples
///
/// ```
/// use tonic::Status;
/// use tripword_tonic::{RefusedCall, refusal};
/// use tripword_tonic::tripword::CircuitBreaker;
///
/// let breaker = CircuitBreaker::default();
/// breaker.trip();
/// let rejected = breaker.try_acquire().unwrap_err();
/// assert_eq!(refusal(&RefusedCall::new(rejected).into()), Some(rejected));
/// assert_eq!(refusal(&Status::unavailable("out of connections")), None);
/// ```
#[must_use]
pub fn refusal(status: &Status) -> Option<Rejected> {
    Rejected::find_in(status.source()?)
}
