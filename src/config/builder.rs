//! Settings as people write them, each documented with its unit, range and default.

use super::backoff::{Backoff, DEFAULT_JITTER, Delay};
use super::check::{self, tri};
use super::probes::{LeaseExpiry, Probes, Ramp};
use super::settings::Config;
use super::switches::Switches;
use crate::counts::Counts;
use crate::error::ConfigError;
use crate::jitter;
use crate::policy::TripWhen;
use crate::state::{Mode, State};
use crate::word::deadline::LongestOpen;
use crate::word::lease::Lease;
use core::time::Duration;

/// The circuit stays open for this long unless a setting says otherwise.
pub(super) const DEFAULT_OPEN: Duration = Duration::from_secs(30);
/// The longest opening is at least this long unless a setting says otherwise.
const DEFAULT_LONGEST: Duration = Duration::from_secs(86_400);
/// The probe lease is at least this long unless a setting says otherwise.
const DEFAULT_LEASE: Duration = Duration::from_secs(60);

/// Builder for a [`CircuitBreaker`](crate::CircuitBreaker) or a [`Config`]. Each setter documents
/// its default.
///
/// Nothing is checked before [`build`](Self::build) or [`config`](Self::config), which return a
/// [`ConfigError`] with the first invalid setting. In a `const` or a `static`, use
/// [`config!`](crate::config!) or [`breaker!`](crate::breaker!).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tripword::{Backoff, Builder, Probes, State};
///
/// let breaker = Builder::new()
///     .last_calls(100)
///     .failure_rate(0.5)
///     .minimum_calls(4)
///     .backoff(Backoff::exponential(Duration::from_secs(1), Duration::from_secs(60)))
///     .probes(Probes::new().successes_to_close(3))
///     .build()?;
/// for answer in [Ok(()), Err("no answer"), Ok(()), Err("no answer")] {
///     let _ = breaker.call(|| answer);
/// }
/// assert_eq!(breaker.state(), State::Open);
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[cfg_attr(feature = "serde", doc = "\n", doc = include_str!("serde/builder.md"))]
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Builder {
    pub(super) consecutive_failures: Option<u32>,
    pub(super) failures: Option<u32>,
    pub(super) failure_rate: Option<f64>,
    pub(super) slow_call_rate: Option<f64>,
    pub(super) slow_call_duration: Option<Duration>,
    pub(super) abandoned_after: Option<Duration>,
    pub(super) trip_when: Option<TripWhen>,
    pub(super) last_calls: Option<u32>,
    pub(super) window_room: Option<u32>,
    pub(super) within: Option<Duration>,
    pub(super) buckets: Option<u32>,
    pub(super) stripes: Option<u32>,
    pub(super) minimum_calls: Option<u32>,
    pub(super) backoff: Backoff,
    pub(super) longest_open: Option<Duration>,
    pub(super) jitter: f64,
    pub(super) seed: Option<u64>,
    pub(super) probes: Probes,
    pub(super) probe_lease: Option<Lend>,
    pub(super) lease_expiry: LeaseExpiry,
    pub(super) ramp: Option<Ramp>,
    pub(super) start: State,
    pub(super) mode: Mode,
    pub(super) count_panics: bool,
    pub(super) live: bool,
}

/// The setting of the probe lease.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Lend {
    For(Duration),
    Forever,
}

impl Builder {
    /// Returns the default settings: five failures in a row open the circuit for 30 s, then one
    /// probe decides.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::Builder;
    ///
    /// let config = Builder::new().config()?;
    /// assert_eq!(config.consecutive_failures(), 5);
    /// assert_eq!(config.first_open_duration(), Duration::from_secs(30));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn new() -> Self {
        Self {
            consecutive_failures: None,
            failures: None,
            failure_rate: None,
            slow_call_rate: None,
            slow_call_duration: None,
            abandoned_after: None,
            trip_when: None,
            last_calls: None,
            window_room: None,
            within: None,
            buckets: None,
            stripes: None,
            minimum_calls: None,
            backoff: Backoff::fixed(DEFAULT_OPEN),
            longest_open: None,
            jitter: DEFAULT_JITTER,
            seed: None,
            probes: Probes::new(),
            probe_lease: None,
            lease_expiry: LeaseExpiry::Reopen,
            ramp: None,
            start: State::Closed,
            mode: Mode::Normal,
            count_panics: true,
            live: false,
        }
    }

    /// Opens the circuit after so many failures in a row, from 1 to 65,535.
    ///
    /// The default is 5 where no other setting opens the circuit, and no such limit where one does.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, State};
    ///
    /// let breaker = CircuitBreaker::builder().consecutive_failures(2).build()?;
    /// for _ in 0..2 {
    ///     let _ = breaker.call(|| Err::<(), _>("no answer"));
    /// }
    /// assert_eq!(breaker.state(), State::Open);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn consecutive_failures(mut self, failures: u32) -> Self {
        self.consecutive_failures = Some(failures);
        self
    }

    /// Opens the circuit when the window holds so many failures, from 1 to what the window can
    /// count. No default.
    ///
    /// Needs a window ([`last_calls`](Self::last_calls) or [`within`](Self::within)). Does not wait
    /// for [`minimum_calls`](Self::minimum_calls).
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, State};
    ///
    /// let breaker = CircuitBreaker::builder().last_calls(10).failures(2).build()?;
    /// for answer in [Err("no answer"), Ok(()), Err("no answer")] {
    ///     let _ = breaker.call(|| answer);
    /// }
    /// assert_eq!(breaker.state(), State::Open);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn failures(mut self, failures: u32) -> Self {
        self.failures = Some(failures);
        self
    }

    /// Opens the circuit when at least this share of the calls in the window failed, from 0.000001
    /// to 1. No default.
    ///
    /// Needs a window ([`last_calls`](Self::last_calls) or [`within`](Self::within)), and applies
    /// once the window holds [`minimum_calls`](Self::minimum_calls). It is checked at each failure:
    /// a success never opens the circuit, even if it brings the window to its minimum of calls.
    ///
    /// `k / n` is met by exactly `k` failures of `n` calls, so write a fraction as a division. A
    /// decimal of up to six digits is exact at any number of calls, and a fraction while `n` times
    /// the calls in the window is less than a million (see [*Limits*](crate::docs::limits)).
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, State};
    ///
    /// let breaker = CircuitBreaker::builder().last_calls(4).failure_rate(0.5).build()?;
    /// for answer in [Ok(()), Err("no answer"), Ok(()), Err("no answer")] {
    ///     assert_eq!(breaker.state(), State::Closed);
    ///     let _ = breaker.call(|| answer);
    /// }
    /// assert_eq!(breaker.state(), State::Open);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn failure_rate(mut self, rate: f64) -> Self {
        self.failure_rate = Some(rate);
        self
    }

    /// Opens the circuit when at least this share of the calls in the window were slow, from
    /// 0.000001 to 1. No default.
    ///
    /// Needs [`slow_call_duration`](Self::slow_call_duration) and a window, and applies once the
    /// window holds [`minimum_calls`](Self::minimum_calls). It is checked at each failed or slow
    /// call, and is as exact as [`failure_rate`](Self::failure_rate).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, Outcome, State};
    ///
    /// let breaker = CircuitBreaker::builder()
    ///     .slow_call_duration(Duration::from_millis(250))
    ///     .slow_call_rate(0.5)
    ///     .last_calls(2)
    ///     .build()?;
    /// for millis in [100, 300] {
    ///     let permit = breaker.try_acquire().expect("the circuit is closed");
    ///     permit.settle_elapsed(Outcome::Success, Duration::from_millis(millis));
    /// }
    /// assert_eq!(breaker.state(), State::Open);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn slow_call_rate(mut self, rate: f64) -> Self {
        self.slow_call_rate = Some(rate);
        self
    }

    /// Calls that take longer than this are slow: longer than zero, and shorter than all the time
    /// that a clock can show (see [*Limits*](crate::docs::limits)). By default no call is slow.
    ///
    /// Slow calls open the circuit where [`slow_call_rate`](Self::slow_call_rate) or
    /// [`trip_when`](Self::trip_when) judges them, and there a slow probe counts as failed,
    /// whatever its outcome. Otherwise they are only counted and reported: a circuit that they
    /// cannot open closes in spite of them. Each call then reads the clock when it begins and when
    /// it ends. The second reading is saved if the caller measures the call
    /// ([`settle_elapsed`](crate::Held::settle_elapsed)), unless a window of time needs it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, ManualClock, Nanos};
    ///
    /// let clock = ManualClock::new();
    /// let breaker = CircuitBreaker::builder()
    ///     .slow_call_duration(Duration::from_millis(250))
    ///     .last_calls(10)
    ///     .failures(3)
    ///     .build_with(&clock)?;
    /// let _ = breaker.call(|| {
    ///     clock.advance(Duration::from_millis(251));
    ///     Ok::<_, ()>(())
    /// });
    /// assert_eq!(breaker.snapshot().counts.slow_calls, 1);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn slow_call_duration(mut self, limit: Duration) -> Self {
        self.slow_call_duration = Some(limit);
        self
    }

    /// Counts a call as failed if it is given up later than `wait` after its admission, rounded up
    /// to a millisecond, at most 49 days. By default a call that is given up is ignored, whenever
    /// that is.
    ///
    /// A call is given up where its permit is dropped unsettled, or its future before it is ready:
    /// by a timeout around it, by `select!`, by a client that goes away. Without this setting a
    /// service that never answers opens no circuit whose callers have their timeout outside.
    ///
    /// Set it below that timeout, or nothing is ever given up so late, and above the delay of
    /// hedged calls, which are given up on purpose. A shutdown gives up all calls at once, and
    /// those that are older count as failed.
    ///
    /// A healthy call then reads the clock once, when it is admitted.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// let breaker = CircuitBreaker::builder()
    ///     .consecutive_failures(5)
    ///     .abandoned_after(Duration::from_millis(100))
    ///     .build_with(&clock)?;
    /// drop(breaker.try_acquire());
    /// assert_eq!(breaker.snapshot().consecutive_failures, 0);
    ///
    /// let hangs = breaker.try_acquire();
    /// clock.advance(Duration::from_millis(101));
    /// drop(hangs);
    /// assert_eq!(breaker.snapshot().consecutive_failures, 1);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn abandoned_after(mut self, wait: Duration) -> Self {
        self.abandoned_after = Some(wait);
        self
    }

    /// Opens the circuit when `trips` returns true for the counts of the window. No default.
    ///
    /// Needs a window. The function is called after each failed or slow call at which no other
    /// limit opens the circuit, from the first call on, and on the thread of that call, so it
    /// should be quick.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, State};
    ///
    /// let breaker = CircuitBreaker::builder()
    ///     .last_calls(100)
    ///     .trip_when(|counts| counts.failures > counts.successes())
    ///     .build()?;
    /// let _ = breaker.call(|| Err::<(), _>("no answer"));
    /// assert_eq!(breaker.state(), State::Open);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn trip_when(mut self, trips: fn(&Counts) -> bool) -> Self {
        self.trip_when = Some(trips);
        self
    }

    /// Sets the window to the last `calls`, from 1 to 1,512, or to 756 with
    /// [`slow_call_duration`](Self::slow_call_duration). By default there is no window.
    ///
    /// Excludes [`within`](Self::within), and requires a limit that judges the window:
    /// [`failures`](Self::failures), [`failure_rate`](Self::failure_rate),
    /// [`slow_call_rate`](Self::slow_call_rate) or [`trip_when`](Self::trip_when).
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder().last_calls(3).failures(3).build()?;
    /// for answer in [Err("no answer"), Ok(()), Ok(()), Ok(())] {
    ///     let _ = breaker.call(|| answer);
    /// }
    /// let counts = breaker.snapshot().counts;
    /// assert_eq!((counts.calls, counts.failures), (3, 0));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn last_calls(mut self, calls: u32) -> Self {
        self.last_calls = Some(calls);
        self
    }

    /// Sets how many calls the words of the window hold, from [`last_calls`](Self::last_calls), the
    /// default, to what that can be: so far can the window of a [`live`](Self::live) breaker grow
    /// later. Rounded up to a multiple of 24, or of 12 with
    /// [`slow_call_duration`](Self::slow_call_duration).
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, config};
    ///
    /// let builder = CircuitBreaker::builder().last_calls(20).failures(3).live();
    /// let breaker = builder.window_room(500).build()?;
    /// assert_eq!(breaker.reconfigure(config!(last_calls(500), failures(75), live())), Ok(()));
    /// assert!(breaker.reconfigure(config!(last_calls(505), failures(75), live())).is_err());
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn window_room(mut self, calls: u32) -> Self {
        self.window_room = Some(calls);
        self
    }

    /// Sets the window to the calls of the last `time`, divided into [`buckets`](Self::buckets). By
    /// default there is no window.
    ///
    /// `time` must divide evenly into buckets of whole milliseconds, each of at most 49 days. A
    /// call younger than `time` minus one bucket counts, and one as old as `time` does not.
    /// Excludes [`last_calls`](Self::last_calls), and requires a limit that judges the window:
    /// [`failures`](Self::failures), [`failure_rate`](Self::failure_rate),
    /// [`slow_call_rate`](Self::slow_call_rate) or [`trip_when`](Self::trip_when).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// let breaker = CircuitBreaker::builder()
    ///     .within(Duration::from_secs(10))
    ///     .failures(3)
    ///     .build_with(&clock)?;
    /// let _ = breaker.call(|| Err::<(), _>("no answer"));
    /// assert_eq!(breaker.snapshot().counts.failures, 1);
    /// clock.advance(Duration::from_secs(10));
    /// assert_eq!(breaker.snapshot().counts.failures, 0);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn within(mut self, time: Duration) -> Self {
        self.within = Some(time);
        self
    }

    /// Sets how many buckets [`within`](Self::within) is divided into, from 1 to 1,024. The default
    /// is 10.
    ///
    /// Calls leave the window a bucket at a time: more buckets forget more evenly, and take more
    /// words. One bucket forgets everything at once at the end of each `within`, so that failures
    /// just before and just after it are never counted together.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::Builder;
    ///
    /// let minute = Builder::new().within(Duration::from_secs(60)).failures(3);
    /// assert!(minute.buckets(60).config()?.words() > minute.config()?.words());
    ///
    /// let error = minute.buckets(7).config().unwrap_err();
    /// let rule = "must divide evenly into 7 buckets of whole milliseconds, such as 60.004 s";
    /// assert_eq!(error.to_string(), format!("within (60 s) {rule}"));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn buckets(mut self, buckets: u32) -> Self {
        self.buckets = Some(buckets);
        self
    }

    /// Sets how many threads can have a stripe of their own for the successes of
    /// [`within`](Self::within), from 1 to 128, rounded up to a power of two. 1 is a row that all
    /// threads share, and so is any number without the feature `std`.
    ///
    /// The default of [`build`](Self::build) is twice the number of processors, rounded up to a
    /// power of two, and at most as many as fit in 4 KiB: 16 with ten buckets, which have 256 bytes
    /// each. On one processor, and wherever a [`Config`] is made first, as in a `static` or a
    /// registry, it is 1.
    ///
    /// A thread that has a stripe counts a success by a load and a store on cache lines that no
    /// other thread writes; on the shared row it takes an atomic swap on a line that moves between
    /// processors. Choose as many as threads call at the same time. More threads than that still
    /// work: those without a stripe use the shared row, and the stripe of a thread that has ended,
    /// or has made no call for longer than the window, is free for another.
    ///
    /// Each stripe takes the words of its buckets and up to 34 more ([`Config::words`]), and a
    /// failure that a rate is judged by reads them all.
    ///
    /// Threads are those of one process: leave it at 1 for words that several processes share, also
    /// with a forked child.
    ///
    /// A thread that is stopped in the middle of a count for longer than the window, or a signal
    /// handler that calls the same breaker there, can make the successes of one bucket wrong, never
    /// its failures.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::Builder;
    ///
    /// let window = Builder::new().within(Duration::from_secs(10)).failures(3);
    /// assert!(window.stripes(8).config()?.words() > window.config()?.words());
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn stripes(mut self, stripes: u32) -> Self {
        self.stripes = Some(stripes);
        self
    }

    /// Sets how many calls the window must hold before rates are judged, from 1 to what the window
    /// can count. The default is 10, or [`last_calls`](Self::last_calls) if that is less.
    ///
    /// Requires [`failure_rate`](Self::failure_rate) or [`slow_call_rate`](Self::slow_call_rate):
    /// numbers of failures ([`failures`](Self::failures),
    /// [`consecutive_failures`](Self::consecutive_failures)) and [`trip_when`](Self::trip_when) are
    /// judged from the first call on.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, State};
    ///
    /// let breaker = CircuitBreaker::builder()
    ///     .last_calls(100)
    ///     .failure_rate(0.5)
    ///     .minimum_calls(3)
    ///     .build()?;
    /// for _ in 0..3 {
    ///     assert_eq!(breaker.state(), State::Closed);
    ///     let _ = breaker.call(|| Err::<(), _>("no answer"));
    /// }
    /// assert_eq!(breaker.state(), State::Open);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn minimum_calls(mut self, calls: u32) -> Self {
        self.minimum_calls = Some(calls);
        self
    }

    /// Keeps the circuit open for `duration` each time, less [`jitter`](Self::jitter). The default
    /// is 30 s.
    ///
    /// Zero makes the next call a probe, and a very long duration never ends (see
    /// [*Limits*](crate::docs::limits)). The same as `backoff(Backoff::fixed(duration))`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// let breaker = CircuitBreaker::builder()
    ///     .consecutive_failures(1)
    ///     .open_duration(Duration::from_secs(5))
    ///     .jitter(0.0)
    ///     .build_with(&clock)?;
    /// let _ = breaker.call(|| Err::<(), _>("no answer"));
    /// let rejected = breaker.try_acquire().unwrap_err();
    /// assert_eq!(rejected.retry_after(), Some(Duration::from_secs(5)));
    /// clock.advance(Duration::from_secs(5));
    /// assert!(breaker.try_acquire().is_ok());
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn open_duration(self, duration: Duration) -> Self {
        self.backoff(Backoff::fixed(duration))
    }

    /// Keeps the circuit open for as long as `backoff` says, less [`jitter`](Self::jitter).
    /// Replaces [`open_duration`](Self::open_duration).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{Backoff, Builder};
    ///
    /// let doubling = Backoff::exponential(Duration::from_secs(1), Duration::from_secs(60));
    /// let config = Builder::new().backoff(doubling).config()?;
    /// assert_eq!(config.first_open_duration(), Duration::from_secs(1));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Limits the time that the circuit stays open by itself, longer than zero and shorter than 17
    /// years; rounded up to a second. The default is 24 h, or the longest time that
    /// [`backoff`](Self::backoff) reaches if that is longer (a function does not count).
    ///
    /// It caps the backoff, [`Outcome::RetryAfter`](crate::Outcome::RetryAfter) and
    /// [`trip_for`](crate::CircuitBreaker::trip_for). A wait that *reads* longer is over, so that
    /// neither a clock that is set back nor a damaged word holds a circuit open for longer. A
    /// circuit that is to stay open until it is moved (an open duration or `trip_for` beyond the
    /// [*Limits*](crate::docs::limits), [`Mode::ForceOpen`]) is not limited.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, ManualClock, Outcome};
    ///
    /// let longest = Duration::from_secs(60);
    /// let breaker = CircuitBreaker::builder()
    ///     .longest_open(longest)
    ///     .build_with(ManualClock::new())?;
    /// let a_year = Outcome::RetryAfter(Duration::from_secs(31_536_000));
    /// breaker.try_acquire().expect("the circuit is closed").settle(a_year);
    /// assert_eq!(breaker.snapshot().remaining, Some(longest));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn longest_open(mut self, duration: Duration) -> Self {
        self.longest_open = Some(duration);
        self
    }

    /// Shortens each open duration at random, by up to this share of it, from 0 to 1. The default
    /// is 0.1; 0 turns it off.
    ///
    /// Breakers that opened at the same moment then do not all try again at the same moment. What
    /// the dependency asks for ([`Outcome::RetryAfter`](crate::Outcome::RetryAfter)) is lengthened
    /// by up to this share, since it is not to be called earlier. What a caller gives
    /// ([`CircuitBreaker::trip_for`](crate::CircuitBreaker::trip_for)) is used exactly. The time to
    /// wait for a probe ([`Reason::ProbesBusy`](crate::Reason::ProbesBusy)) is shortened.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// let breaker = CircuitBreaker::builder()
    ///     .consecutive_failures(1)
    ///     .open_duration(Duration::from_secs(10))
    ///     .jitter(0.2)
    ///     .build_with(&clock)?;
    /// let _ = breaker.call(|| Err::<(), _>("no answer"));
    /// let wait = breaker.try_acquire().unwrap_err().retry_after().expect("the circuit is open");
    /// assert!((Duration::from_secs(8)..=Duration::from_secs(10)).contains(&wait));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn jitter(mut self, share: f64) -> Self {
        self.jitter = share;
        self
    }

    /// Makes the [`jitter`](Self::jitter) repeatable: it then depends on `seed` and on the
    /// generation only, and that of a refusal also on its moment. By default it differs between
    /// breakers and, with the feature `std`, between processes.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// let wait = || {
    ///     let breaker = CircuitBreaker::builder()
    ///         .consecutive_failures(1)
    ///         .seed(7)
    ///         .build_with(&clock)?;
    ///     let _ = breaker.call(|| Err::<(), _>("no answer"));
    ///     Ok::<_, tripword::ConfigError>(breaker.try_acquire().unwrap_err().retry_after())
    /// };
    /// assert_eq!(wait()?, wait()?);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets how a half-open circuit is judged. By default one probe is admitted at a time, one
    /// success closes the circuit, and one failure opens it again.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, Probes, State};
    ///
    /// let breaker = CircuitBreaker::builder()
    ///     .probes(Probes::new().successes_to_close(2))
    ///     .build()?;
    /// breaker.half_open();
    /// for _ in 0..2 {
    ///     assert_eq!(breaker.state(), State::HalfOpen);
    ///     let _ = breaker.call(|| Ok::<_, ()>(()));
    /// }
    /// assert_eq!(breaker.state(), State::Closed);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn probes(mut self, probes: Probes) -> Self {
        self.probes = probes;
        self
    }

    /// Sets how long probes may be in flight, counted from the newest, before the next caller gives
    /// them up; longer than zero. `None` waits without end.
    ///
    /// A probe that hangs or is lost so does not keep the circuit half-open. The lease should be
    /// longer than the slowest good call. It ends late by up to 1/32 of it and 66 ms, and takes at
    /// least 64 ms (see [*Limits*](crate::docs::limits)). The default is the first open duration,
    /// at least 60 s, and 60 s where that duration never ends or comes from a function.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, ManualClock, State};
    ///
    /// let clock = ManualClock::new();
    /// let breaker = CircuitBreaker::builder()
    ///     .probe_lease(Some(Duration::from_secs(10)))
    ///     .build_with(&clock)?;
    /// breaker.half_open();
    /// let lost = breaker.try_acquire().expect("the first probe is admitted");
    /// clock.advance(Duration::from_secs(11));
    /// assert!(breaker.try_acquire().is_err());
    /// assert_eq!(breaker.state(), State::Open);
    /// # drop(lost);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn probe_lease(mut self, lease: Option<Duration>) -> Self {
        self.probe_lease = match lease {
            Some(lease) => Some(Lend::For(lease)),
            None => Some(Lend::Forever),
        };
        self
    }

    /// Sets what happens when the [`probe_lease`](Self::probe_lease) ends. The default is
    /// [`LeaseExpiry::Reopen`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, LeaseExpiry, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// let breaker = CircuitBreaker::builder()
    ///     .probe_lease(Some(Duration::from_secs(10)))
    ///     .lease_expiry(LeaseExpiry::Reprobe)
    ///     .build_with(&clock)?;
    /// breaker.half_open();
    /// let lost = breaker.try_acquire().expect("the first probe is admitted");
    /// clock.advance(Duration::from_secs(11));
    /// assert!(breaker.try_acquire().is_ok());
    /// # drop(lost);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn lease_expiry(mut self, expiry: LeaseExpiry) -> Self {
        self.lease_expiry = expiry;
        self
    }

    /// Admits a growing share of calls after the probes succeeded. By default all calls are
    /// admitted at once.
    ///
    /// The first call after the end of the ramp closes the circuit. Where no call comes for a very
    /// long time, a ramp can be mistaken for one that is running (see
    /// [*Limits*](crate::docs::limits)).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, ManualClock, Ramp, State};
    ///
    /// let clock = ManualClock::new();
    /// let breaker = CircuitBreaker::builder()
    ///     .ramp(Ramp::new(0.1, Duration::from_secs(20)))
    ///     .build_with(&clock)?;
    /// breaker.half_open();
    /// let _ = breaker.call(|| Ok::<_, ()>(()));
    /// assert_eq!(breaker.state(), State::Recovering);
    /// clock.advance(Duration::from_secs(21));
    /// assert!(breaker.try_acquire().is_ok());
    /// assert_eq!(breaker.state(), State::Closed);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn ramp(mut self, ramp: Ramp) -> Self {
        self.ramp = Some(ramp);
        self
    }

    /// Sets the state to start in. The default is [`State::Closed`].
    ///
    /// [`State::Open`] refuses calls until the circuit is moved by hand, [`State::HalfOpen`] makes
    /// the first calls probes, and [`State::Recovering`] is invalid.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, State};
    ///
    /// let breaker = CircuitBreaker::builder().start(State::HalfOpen).build()?;
    /// let _ = breaker.call(|| Ok::<_, ()>(()));
    /// assert_eq!(breaker.state(), State::Closed);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn start(mut self, state: State) -> Self {
        self.start = state;
        self
    }

    /// Sets the mode to start in, such as [`Mode::Shadow`] for breakers on trial. The default is
    /// [`Mode::Normal`].
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, Mode};
    ///
    /// let breaker = CircuitBreaker::builder().mode(Mode::Shadow).build()?;
    /// breaker.trip();
    /// assert!(breaker.try_acquire().is_ok());
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Sets whether a call that panics counts as a failure; otherwise it is ignored. The default is
    /// true.
    ///
    /// The same holds for a permit that a panic drops, which only the feature `std` can tell from
    /// another.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::panic::{AssertUnwindSafe, catch_unwind};
    /// use tripword::{CircuitBreaker, State};
    ///
    /// let panics = |count| {
    ///     let breaker = CircuitBreaker::builder()
    ///         .consecutive_failures(1)
    ///         .count_panics(count)
    ///         .build()?;
    ///     let call = || breaker.call(|| -> Result<(), ()> { panic!("on purpose") });
    ///     assert!(catch_unwind(AssertUnwindSafe(call)).is_err());
    ///     Ok::<_, tripword::ConfigError>(breaker.state())
    /// };
    /// assert_eq!(panics(true)?, State::Open);
    /// assert_eq!(panics(false)?, State::Closed);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn count_panics(mut self, count: bool) -> Self {
        self.count_panics = count;
        self
    }

    /// Lets the settings be replaced while the breaker is in use, by
    /// [`CircuitBreaker::reconfigure`](crate::CircuitBreaker::reconfigure). By default they cannot
    /// be.
    ///
    /// Such a breaker has 18 words more. A healthy call costs the same.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{Builder, CircuitBreaker};
    ///
    /// let settings = Builder::new().live();
    /// let breaker = settings.consecutive_failures(5).build()?;
    /// let stricter = settings.consecutive_failures(3).config()?;
    /// assert_eq!(breaker.reconfigure(stricter), Ok(()));
    /// assert_eq!(breaker.snapshot().consecutive_failure_limit, 3);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn live(mut self) -> Self {
        self.live = true;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] with the name of the first invalid setting, what was given, and
    /// what is allowed.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::Builder;
    ///
    /// let config = Builder::new().consecutive_failures(3).config()?;
    /// assert_eq!(config.consecutive_failures(), 3);
    ///
    /// let error = Builder::new().last_calls(100).failure_rate(50.0).config().unwrap_err();
    /// assert_eq!(error.to_string(), "failure_rate must be from 0.000001 to 1, not 50");
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub const fn config(self) -> Result<Config, ConfigError> {
        if matches!(self.start, State::Recovering) {
            return Err(ConfigError::StartsRecovering);
        }
        let window = tri!(self.window());
        let delay = tri!(self.backoff.check());
        let (ramp_unit, ramp_from) = match self.ramp {
            Some(ramp) => {
                let ramp = tri!(ramp.check());
                (Some(ramp.unit_nanos), ramp.from)
            }
            None => (None, 0),
        };
        Ok(Config {
            window,
            policy: tri!(self.policy()),
            slow_limit: tri!(self.slow_limit()),
            delay: delay.jittered_by(tri!(check::share("jitter", self.jitter))),
            seed: match self.seed {
                Some(seed) => Some(jitter::folded(seed)),
                None => None,
            },
            probes: tri!(self.probes.check()),
            lease: tri!(self.lease()),
            abandoned_millis: tri!(self.abandoned_millis()),
            ramp_unit,
            ramp_from,
            longest_open: tri!(self.longest(delay)),
            switches: Switches::NONE
                .starting_in(self.start, self.mode)
                .counting_panics(self.count_panics)
                .expiring_by(self.lease_expiry)
                .with(Switches::LIVE, self.live),
        })
    }

    const fn longest(self, delay: Delay) -> Result<LongestOpen, ConfigError> {
        let setting = "longest_open";
        let Some(given) = self.longest_open else {
            let asked = Duration::from_nanos(delay.longest());
            return Ok(LongestOpen::new(longer(asked, DEFAULT_LONGEST)));
        };
        let max = LongestOpen::MAX.as_duration();
        if given.as_nanos() > max.as_nanos() {
            return Err(ConfigError::TooLong { setting, given, max });
        }
        Ok(LongestOpen::new(tri!(check::longer_than_zero(setting, given))))
    }

    /// Rounded up to a millisecond; zero where it is not set.
    const fn abandoned_millis(self) -> Result<u32, ConfigError> {
        let setting = "abandoned_after";
        let Some(given) = self.abandoned_after else {
            return Ok(0);
        };
        let millis = tri!(check::longer_than_zero(setting, given)).as_nanos().div_ceil(1_000_000);
        if millis > u32::MAX as u128 {
            let max = Duration::from_millis(u32::MAX as u64);
            return Err(ConfigError::TooLong { setting, given, max });
        }
        Ok(millis as u32)
    }

    const fn lease(self) -> Result<Option<Lease>, ConfigError> {
        Ok(match self.probe_lease {
            Some(Lend::Forever) => None,
            Some(Lend::For(lease)) => {
                Lease::new(tri!(check::longer_than_zero("probe_lease", lease)))
            }
            None => match Lease::new(longer(self.backoff.first(), DEFAULT_LEASE)) {
                // A circuit that never closes by itself is no reason to wait for a probe without
                // end.
                None => Lease::new(DEFAULT_LEASE),
                lease => lease,
            },
        })
    }
}

const fn longer(a: Duration, b: Duration) -> Duration {
    if a.as_nanos() > b.as_nanos() { a } else { b }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}
