//! A breaker and its oracle side by side: the same is done to both, and every answer compared.

use oracle::{Event, Oracle, Permit, Refusal, Settings};
use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::mem;
use std::sync::Arc;
use std::time::Duration;
use tripword::{
    CallError, CircuitBreaker, Clock, ManualClock, Mode, Nanos, Observer, Outcome, Rejected,
    Settlement, State, Transition,
};

/// Way to settle a permit, as the methods of the real one.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Settling {
    Success,
    Failure,
    Ignore,
    Settle(Outcome),
    SettleElapsed(Outcome, Duration),
    Drop,
    Forget,
}

impl Settling {
    /// Returns the outcome and the time that the caller measured; `None` for a permit that is never
    /// settled.
    pub(crate) fn outcome(self) -> Option<(Outcome, Option<Duration>)> {
        Some(match self {
            Self::Success => (Outcome::Success, None),
            Self::Failure => (Outcome::Failure, None),
            Self::Ignore | Self::Drop => (Outcome::Ignored, None),
            Self::Settle(outcome) => (outcome, None),
            Self::SettleElapsed(outcome, elapsed) => (outcome, Some(elapsed)),
            Self::Forget => return None,
        })
    }
}

/// Manual clock that counts how often it is read.
#[derive(Debug)]
pub(crate) struct Watched(ManualClock, Cell<u32>);

impl Clock for Watched {
    fn now(&self) -> Nanos {
        self.1.set(self.1.get() + 1);
        self.0.now()
    }
}

/// Observer that remembers.
#[derive(Debug, Default)]
pub(crate) struct Notified(RefCell<Vec<Event>>);

impl Observer for Notified {
    fn on_transition(&self, transition: &Transition) {
        self.0.borrow_mut().push(Event::Transition(*transition));
    }

    fn on_rejected(&self, rejected: &Rejected) {
        self.0.borrow_mut().push(Event::Rejected(rejected.into()));
    }

    fn on_outcome(&self, settlement: &Settlement) {
        self.0.borrow_mut().push(Event::Outcome(*settlement));
    }

    fn on_mode(&self, from: Mode, to: Mode) {
        self.0.borrow_mut().push(Event::Mode(from, to));
    }
}

/// A real permit, borrowed or owned.
struct Held<'a> {
    is_probe: bool,
    settle: Box<dyn FnOnce(Settling) + 'a>,
}

macro_rules! held {
    ($permit:ident) => {{
        let is_probe = $permit.is_probe();
        let settle = move |how| match how {
            Settling::Success => $permit.success(),
            Settling::Failure => $permit.failure(),
            Settling::Ignore => $permit.ignore(),
            Settling::Settle(outcome) => $permit.settle(outcome),
            Settling::SettleElapsed(outcome, elapsed) => $permit.settle_elapsed(outcome, elapsed),
            Settling::Drop => drop($permit),
            Settling::Forget => mem::forget($permit),
        };
        let settle = Box::new(settle);
        Held { is_probe, settle }
    }};
}

/// Breaker and oracle. What is done to one of the fields is to be done to the other;
/// [`compare`](Self::compare) then looks at both.
pub(crate) struct Pair<'a> {
    pub(crate) breaker: &'a Arc<CircuitBreaker<&'a Watched, Notified>>,
    pub(crate) oracle: Oracle,
    clock: &'a Watched,
    permits: Vec<(Held<'a>, Permit)>,
}

/// The result of a comparison; the error is the difference.
pub(crate) type Checked<T = ()> = Result<T, String>;

/// Compares two answers.
///
/// # Errors
///
/// Their difference.
pub(crate) fn same<T: PartialEq + Debug>(what: &str, real: &T, expected: &T) -> Checked {
    if real == expected {
        return Ok(());
    }
    Err(format!("{what}: {real:?}, expected {expected:?}"))
}

impl<'a> Pair<'a> {
    /// Builds both, with a clock at `now`, and does `work` to them.
    ///
    /// # Errors
    ///
    /// Those of `work`.
    pub(crate) fn built<T>(
        settings: Settings,
        now: u128,
        work: impl FnOnce(&mut Pair<'_>) -> Checked<T>,
    ) -> Checked<T> {
        let clock = Watched(ManualClock::at(nanos(now)), Cell::new(0));
        let real = settings.builder().build_with(&clock);
        let real = real.expect("valid settings").observed_by(Notified::default());
        #[expect(clippy::arc_with_non_send_sync, reason = "an owned permit takes an Arc")]
        let breaker = &Arc::new(real);
        let (oracle, clock, permits) = (Oracle::new(settings, now), &clock, Vec::new());
        work(&mut Pair { breaker, oracle, clock, permits })
    }

    pub(crate) fn set_clock(&mut self, now: u128) {
        self.oracle.now = now;
        self.clock.0.set(nanos(now));
    }

    /// Acquires a permit, and returns its number if the call is admitted.
    ///
    /// # Errors
    ///
    /// The first difference.
    pub(crate) fn acquire(&mut self, owned: bool) -> Checked<Option<usize>> {
        let on_a_ramp = self.oracle.entered() == State::Recovering;
        let foreseen = self.breaker.rejection();
        let real = self.acquire_real(owned);
        let refused = real.as_ref().err();
        if foreseen.is_some() || !on_a_ramp {
            same("foreseen refusal", &foreseen.as_ref(), &refused)?;
        }
        let expected = self.oracle.try_acquire();
        same("refusal", &refused.map(Refusal::from), &expected.err())?;
        let (Ok(real), Ok(expected)) = (real, expected) else {
            return Ok(None);
        };
        same("is_probe", &real.is_probe, &expected.is_probe)?;
        self.permits.push((real, expected));
        Ok(Some(self.permits.len() - 1))
    }

    fn acquire_real(&self, owned: bool) -> Result<Held<'a>, Rejected> {
        #[cfg(feature = "alloc")]
        if owned {
            let permit = self.breaker.clone().try_acquire_owned();
            return permit.map(|permit| held!(permit));
        }
        let _ = owned;
        self.breaker.try_acquire().map(|permit| held!(permit))
    }

    /// Settles one of the permits that are held, whichever this number hits, if there is any.
    pub(crate) fn settle(&mut self, which: usize, how: Settling) {
        if self.permits.is_empty() {
            return;
        }
        let (real, permit) = self.permits.swap_remove(which % self.permits.len());
        (real.settle)(how);
        if let Some((outcome, elapsed)) = how.outcome() {
            self.oracle.settle(permit, outcome, elapsed);
        }
    }

    /// Makes a whole call, which ends at `end`.
    ///
    /// # Errors
    ///
    /// The first difference.
    pub(crate) fn call(&mut self, outcome: Outcome, end: u128) -> Checked {
        let work = || {
            self.clock.0.set(nanos(end));
            Ok::<_, ()>(())
        };
        let called = self.breaker.call_with(|_| outcome, work);
        let refused = called.err().and_then(CallError::into_rejected);
        let permit = self.oracle.try_acquire();
        same("refusal", &refused.as_ref().map(Refusal::from), &permit.err())?;
        if let Ok(permit) = permit {
            self.oracle.now = end;
            self.oracle.settle(permit, outcome, None);
        }
        Ok(())
    }

    /// Replaces the settings.
    ///
    /// # Errors
    ///
    /// The first difference.
    pub(crate) fn reconfigure(&mut self, settings: Settings) -> Checked {
        let config = settings.builder().config().expect("valid settings");
        let real = self.breaker.reconfigure(config);
        same("reconfigured", &real.is_ok(), &self.oracle.reconfigure(settings))
    }

    /// Compares the notifications and what can be read, and returns how often the clock was read by
    /// operations since the last time.
    ///
    /// # Errors
    ///
    /// The first difference.
    pub(crate) fn compare(&mut self) -> Checked<u32> {
        let reads = self.clock.1.take();
        let notified = self.breaker.observer().0.take();
        same("events", &notified, &self.oracle.events)?;
        same("snapshot", &self.breaker.snapshot(), &self.oracle.snapshot())?;
        same("state", &self.breaker.state(), &self.oracle.state())?;
        same("mode", &self.breaker.mode(), &self.oracle.mode)?;
        self.clock.1.take();
        Ok(reads)
    }
}

fn nanos(now: u128) -> Nanos {
    Nanos::from_nanos(now as u64)
}
