//! Refusals: why a call was not made, and when to try again.

use crate::bits::Field;
use crate::nanos::{Nanos, Wait};
use core::error::Error;
use core::fmt::{self, Write};
use core::num::NonZeroU64;
use core::time::Duration;

/// The reason of a refusal.
///
/// # Examples
///
/// ```
/// use tripword::{CircuitBreaker, Reason};
///
/// let breaker = CircuitBreaker::default();
/// breaker.half_open();
/// let probe = breaker.try_acquire()?;
/// assert_eq!(breaker.try_acquire().unwrap_err().reason(), Reason::ProbesBusy);
/// # probe.success();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The circuit is open.
    Open,
    /// The circuit is half-open, and as many probes are in flight as are allowed.
    ProbesBusy,
    /// The circuit is recovering, and the ramp did not admit this call.
    Recovering,
    /// The mode is [`Mode::ForceOpen`](crate::Mode::ForceOpen).
    ForcedOpen,
}

impl Reason {
    /// Returns the name as a label of a metric: lower case, with underscores.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::Reason;
    ///
    /// assert_eq!(Reason::ProbesBusy.label(), "probes_busy");
    /// ```
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::ProbesBusy => "probes_busy",
            Self::Recovering => "recovering",
            Self::ForcedOpen => "forced_open",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Open => "open",
            Self::ProbesBusy => "half-open, all probes are out",
            Self::Recovering => "recovering, not admitted by the ramp",
            Self::ForcedOpen => "forced open",
        })
    }
}

/// A refusal: its reason, and how long to wait before a retry.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tripword::{CircuitBreaker, ManualClock};
///
/// let clock = ManualClock::new();
/// let breaker = CircuitBreaker::builder().build_with(&clock)?;
/// breaker.trip_for(Duration::from_millis(8_200));
/// let rejected = breaker.try_acquire().unwrap_err();
/// assert_eq!(rejected.retry_after(), Some(Duration::from_millis(8_200)));
/// assert_eq!(rejected.to_string(), "circuit open, retry in 8.2 s");
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rejected(Refusal);

/// The source of a refusal, by which [`Rejected::find_in`] finds it. Its message is not that of the
/// refusal, which a report of an error and its sources would otherwise print twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Refusal(
    /// In one word, so that a refusal is returned in a register:
    ///
    /// ```text
    ///  shadowed:1 | reason:2 | nanoseconds to wait:60, all ones if not known | one:1
    /// ```
    NonZeroU64,
);

const SHADOWED: Field = Field::new(63, 1);
const REASON: Field = Field::new(61, 2);
/// Up to 36 years: the rest of a ramp or a lease can be longer, and then is given as that.
const WAIT: Field = Field::new(1, 60);

impl Rejected {
    pub(crate) const fn new(reason: Reason, retry_after: Option<Duration>) -> Self {
        let wait = match retry_after {
            Some(wait) => Nanos::from_duration(wait),
            None => Nanos::MAX,
        };
        Self::of(REASON.set(Self::open(wait).bits(), reason as u64))
    }

    /// The refusal of a circuit that stays open for `left`.
    #[inline]
    pub(crate) const fn open(left: Nanos) -> Self {
        let (wait, longest) = (left.as_nanos(), WAIT.max() - 1);
        Self::of(WAIT.set(0, if left.is_max() || wait < longest { wait } else { longest }))
    }

    /// The refusal of a circuit that stays open for `left`, which is less than 36 years.
    #[inline]
    pub(crate) const fn open_for(left: Nanos) -> Self {
        Self::of(left.as_nanos() << 1)
    }

    pub(crate) const fn shadowed(self) -> Self {
        Self::of(SHADOWED.set(self.bits(), 1))
    }

    #[inline]
    const fn of(bits: u64) -> Self {
        match NonZeroU64::new(bits | 1) {
            Some(bits) => Self(Refusal(bits)),
            None => Self(Refusal(NonZeroU64::MAX)),
        }
    }

    #[inline]
    const fn bits(self) -> u64 {
        self.0.0.get()
    }

    /// Returns the reason.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, Reason};
    ///
    /// let breaker = CircuitBreaker::default();
    /// breaker.trip();
    /// assert_eq!(breaker.try_acquire().unwrap_err().reason(), Reason::Open);
    /// ```
    #[must_use]
    pub const fn reason(self) -> Reason {
        match REASON.get(self.bits()) {
            0 => Reason::Open,
            1 => Reason::ProbesBusy,
            2 => Reason::Recovering,
            _ => Reason::ForcedOpen,
        }
    }

    /// Returns how long to wait before a retry. `None` if that is not known: the circuit is forced
    /// open, stays open until it is moved, or has probes without a lease.
    ///
    /// For [`Reason::Open`] it is exact: no call is admitted before. All callers are given the same
    /// deadline, so add a random time where many of them retry. For the others it is what is
    /// probable, and an earlier or later retry may be admitted or refused:
    ///
    /// - [`Reason::ProbesBusy`]: as long again as the newest probe has been in flight, at least
    ///   1/64 of its lease and at most the rest of it, less [`jitter`](crate::Builder::jitter);
    /// - [`Reason::Recovering`]: until the share of admitted calls has grown to one in which this
    ///   call would have been. Over many refusals these times are spread evenly over the rest of
    ///   the ramp.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, ManualClock, Mode};
    ///
    /// let breaker = CircuitBreaker::builder().build_with(ManualClock::new())?;
    /// breaker.trip_for(Duration::from_secs(9));
    /// breaker.clock().advance(Duration::from_secs(2));
    /// let rejected = breaker.try_acquire().unwrap_err();
    /// assert_eq!(rejected.retry_after(), Some(Duration::from_secs(7)));
    ///
    /// breaker.set_mode(Mode::ForceOpen);
    /// assert_eq!(breaker.try_acquire().unwrap_err().retry_after(), None);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn retry_after(self) -> Option<Duration> {
        let wait = WAIT.get(self.bits());
        if wait == WAIT.max() { None } else { Some(Duration::from_nanos(wait)) }
    }

    /// Returns whether the call was admitted nevertheless, because the breaker is in
    /// [`Mode::Shadow`](crate::Mode::Shadow). Only observers receive such a refusal.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::Cell;
    /// use tripword::{CircuitBreaker, Mode, Observer, Rejected};
    ///
    /// #[derive(Default)]
    /// struct Shadowed(Cell<u32>);
    ///
    /// impl Observer for Shadowed {
    ///     fn on_rejected(&self, rejected: &Rejected) {
    ///         self.0.set(self.0.get() + u32::from(rejected.is_shadowed()));
    ///     }
    /// }
    ///
    /// let builder = CircuitBreaker::builder().mode(Mode::Shadow);
    /// let breaker = builder.build()?.observed_by(Shadowed::default());
    /// breaker.trip();
    /// assert!(breaker.try_acquire().is_ok());
    /// assert_eq!(breaker.observer().0.get(), 1);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn is_shadowed(self) -> bool {
        SHADOWED.get(self.bits()) == 1
    }
}

impl Rejected {
    /// Returns the message of this refusal with the name of its circuit, for display on one line:
    /// in the name, quotes, backslashes and control characters are escaped as in a string of Rust.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, Mode};
    ///
    /// let breaker = CircuitBreaker::builder().mode(Mode::ForceOpen).build()?;
    /// let rejected = breaker.try_acquire().unwrap_err();
    /// assert_eq!(rejected.with_name("payments").to_string(), r#"circuit "payments" forced open"#);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub fn with_name<N: fmt::Display>(self, name: N) -> impl fmt::Display {
        WithName { rejected: self, name }
    }

    /// Finds a refusal in an error whose type is not known here: the error itself, or one of its
    /// sources.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, Reason, Rejected};
    ///
    /// fn fetch(breaker: &CircuitBreaker) -> Result<u32, Box<dyn std::error::Error>> {
    ///     Ok(breaker.call(|| "x".parse::<u32>())?)
    /// }
    ///
    /// let breaker = CircuitBreaker::default();
    /// let failed = fetch(&breaker).unwrap_err();
    /// assert_eq!(Rejected::find_in(&*failed), None);
    ///
    /// breaker.trip();
    /// let refused = fetch(&breaker).unwrap_err();
    /// assert_eq!(Rejected::find_in(&*refused).unwrap().reason(), Reason::Open);
    /// ```
    #[must_use]
    pub fn find_in(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut chain = core::iter::successors(Some(error), |&error| source(error));
        chain.find_map(|error| error.downcast_ref().copied().map(Self))
    }

    /// Writes what follows the name of the circuit.
    fn describe(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.reason(), f)?;
        let retry = match self.reason() {
            Reason::Open => "retry in",
            Reason::ProbesBusy | Reason::Recovering => "retry in about",
            Reason::ForcedOpen => return Ok(()),
        };
        match self.retry_after() {
            Some(wait) => write!(f, ", {retry} {}", Wait(wait)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("circuit ")?;
        self.describe(f)
    }
}

/// The source of an error. An `io::Error` passes over the error that it wraps: its source is that
/// error's source.
fn source<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    #[cfg(feature = "std")]
    if let Some(wrapped) = error.downcast_ref().and_then(std::io::Error::get_ref) {
        return Some(wrapped);
    }
    error.source()
}

struct WithName<N> {
    rejected: Rejected,
    name: N,
}

impl<N: fmt::Display> fmt::Display for WithName<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("circuit \"")?;
        write!(Quoted(f), "{}", self.name)?;
        f.write_str("\" ")?;
        self.rejected.describe(f)
    }
}

/// Escapes what would end the quotes or the line, or would steer a terminal: a name can come from
/// outside.
struct Quoted<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl fmt::Write for Quoted<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| match c {
            '"' | '\\' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                write!(self.0, "{}", c.escape_default())
            }
            c if c.is_control() => write!(self.0, "{}", c.escape_default()),
            c => self.0.write_char(c),
        })
    }
}

impl fmt::Debug for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejected")
            .field("reason", &self.reason())
            .field("retry_after", &self.retry_after())
            .field("shadowed", &self.is_shadowed())
            .finish()
    }
}

impl Error for Rejected {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the circuit breaker refused the call")
    }
}

impl Error for Refusal {}

/// For code that takes any refusal, with a name or without.
impl AsRef<Rejected> for Rejected {
    fn as_ref(&self) -> &Self {
        self
    }
}
