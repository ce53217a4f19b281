//! The real breaker, built from the oracle's settings, its answers in the oracle's words.

use super::cases::Settling;
use super::{
    Counts, Event, Finding, Lease, OpenFor, Own, Policy, Probes, Refusal, Report, Settings, Window,
    by_streak,
};
use crate::support::{Ear, Heard};
use std::cell::Cell;
use std::mem;
use tripword::{
    Backoff, Builder, CircuitBreaker, Clock, Config, LeaseExpiry, ManualClock, Nanos, Outcome,
    Rejected, Snapshot,
};

/// A manual clock that counts how often it is read.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) clock: ManualClock,
    pub(crate) reads: Cell<u32>,
}

impl Clock for Watched {
    fn now(&self) -> Nanos {
        self.reads.set(self.reads.get() + 1);
        self.clock.now()
    }
}

pub(crate) type Breaker<'a> = CircuitBreaker<&'a Watched, Ear>;

pub(crate) fn build<'a>(settings: &Settings, clock: &'a Watched) -> Breaker<'a> {
    let breaker = builder(settings).build_with(clock);
    let breaker = breaker.expect("settings that can be");
    breaker.observed_by(Ear::default())
}

pub(crate) fn config(settings: &Settings) -> Config {
    builder(settings).config().expect("settings that can be")
}

fn builder(settings: &Settings) -> Builder {
    let builder = with_policy(Builder::new(), settings.policy);
    let mut builder = with_window(builder, settings.window)
        .backoff(backoff(settings.open_for))
        .jitter(0.0)
        .probes(real_probes(settings.probes))
        .lease_expiry(if settings.reprobe {
            LeaseExpiry::Reprobe
        } else {
            LeaseExpiry::Reopen
        })
        .start(settings.start);
    if let Some(limit) = settings.slow_call_duration {
        builder = builder.slow_call_duration(limit);
    }
    match settings.lease {
        Lease::Default => {}
        Lease::For(lease) => builder = builder.probe_lease(Some(lease)),
        Lease::Forever => builder = builder.probe_lease(None),
    }
    if let Some(ramp) = settings.ramp {
        builder = builder.ramp(tripword::Ramp::new(per_million(ramp.from), ramp.over));
    }
    match settings.live {
        true => builder.live(),
        false => builder,
    }
}

fn with_policy(mut builder: Builder, policy: Policy) -> Builder {
    if let Some(limit) = policy.consecutive_failures {
        builder = builder.consecutive_failures(limit);
    }
    if let Some(limit) = policy.failures {
        builder = builder.failures(limit);
    }
    if let Some(rate) = policy.failure_rate {
        builder = builder.failure_rate(per_million(rate));
    }
    if let Some(rate) = policy.slow_call_rate {
        builder = builder.slow_call_rate(per_million(rate));
    }
    if let Some(own) = policy.trip_when {
        builder = builder.trip_when(trip_when(own));
    }
    match policy.minimum_calls {
        Some(calls) => builder.minimum_calls(calls),
        None => builder,
    }
}

fn trip_when(own: Own) -> fn(&tripword::Counts) -> bool {
    match own {
        Own::Never => |counts| Own::Never.trips(plain(counts)),
        Own::MoreFailuresThanSuccesses => |counts| counts.failures > counts.successes(),
        Own::ThirdSlowCall => |counts| Own::ThirdSlowCall.trips(plain(counts)),
        Own::EverySeventhCall => |counts| Own::EverySeventhCall.trips(plain(counts)),
        Own::Always => |counts| Own::Always.trips(plain(counts)),
    }
}

fn plain(counts: &tripword::Counts) -> Counts {
    Counts {
        calls: counts.calls,
        failures: counts.failures,
        slow_calls: counts.slow_calls,
    }
}

fn with_window(builder: Builder, window: Window) -> Builder {
    let (buckets, stripes) = match window {
        Window::None => return builder,
        Window::Calls(calls) => return builder.last_calls(calls),
        Window::Time {
            buckets, stripes, ..
        } => (buckets, stripes),
    };
    let builder = builder.within(window.bucket() * window.buckets());
    let builder = match buckets {
        Some(buckets) => builder.buckets(buckets),
        None => builder,
    };
    match stripes {
        Some(stripes) => builder.stripes(stripes),
        None => builder,
    }
}

fn backoff(open_for: OpenFor) -> Backoff {
    match open_for {
        OpenFor::Fixed(duration) => Backoff::fixed(duration),
        OpenFor::Exponential { base, cap, factor } => {
            Backoff::exponential(base, cap).factor(f64::from(factor) / 65_536.0)
        }
        OpenFor::ByStreak => Backoff::by_streak(by_streak),
    }
}

fn real_probes(probes: Probes) -> tripword::Probes {
    let real = match probes.sample {
        Some((size, rate)) => tripword::Probes::sample(size, per_million(rate)),
        None => tripword::Probes::new()
            .successes_to_close(probes.successes_to_close)
            .failures_to_open(probes.failures_to_open),
    };
    real.max_probes(probes.max)
}

fn per_million(parts: u32) -> f64 {
    f64::from(parts) / 1e6
}

/// A permit of either kind.
pub(crate) enum Permit<'a> {
    Borrowed(tripword::Permit<'a, &'a Watched, Ear>),
    #[cfg(feature = "alloc")]
    Owned(tripword::OwnedPermit<&'a Watched, Ear>),
}

macro_rules! either {
    ($permit:expr, $held:ident => $do:expr) => {
        match $permit {
            Permit::Borrowed($held) => $do,
            #[cfg(feature = "alloc")]
            Permit::Owned($held) => $do,
        }
    };
}

impl Permit<'_> {
    pub(crate) fn is_probe(&self) -> bool {
        either!(self, permit => permit.is_probe())
    }

    pub(crate) fn settle(self, how: Settling) {
        either!(self, permit => match how {
            Settling::Success => permit.success(),
            Settling::Failure => permit.failure(),
            Settling::Ignore => permit.ignore(),
            Settling::Record(outcome) => permit.record(outcome),
            Settling::RecordElapsed(outcome, elapsed) => permit.record_elapsed(outcome, elapsed),
            Settling::FailureFor(wait) => permit.failure_for(wait),
            Settling::Drop => drop(permit),
            Settling::Forget => mem::forget(permit),
        })
    }
}

pub(crate) fn refusal(rejected: &Rejected) -> Refusal {
    Refusal {
        reason: rejected.reason(),
        retry_after: rejected.retry_after(),
        shadowed: rejected.is_shadowed(),
    }
}

pub(crate) fn event(heard: Heard) -> Event {
    match heard {
        Heard::Transition(transition) => Event::Transition {
            from: transition.from,
            to: transition.to,
            generation: transition.generation,
            at: transition.at.as_nanos().into(),
            cause: transition.cause,
        },
        Heard::Rejected(rejected) => Event::Rejected(refusal(&rejected)),
        Heard::Outcome(settlement) => Event::Outcome {
            outcome: settlement.outcome,
            counted: settlement.counted,
            slow: settlement.slow,
            elapsed: settlement.elapsed,
        },
        Heard::Mode(from, to) => Event::Mode(from, to),
    }
}

pub(crate) fn report(snapshot: &Snapshot) -> Report {
    let probes = snapshot.probes;
    Report {
        state: snapshot.state,
        mode: snapshot.mode,
        generation: snapshot.generation,
        now: snapshot.now.as_nanos().into(),
        since: snapshot.since.map(|since| since.as_nanos().into()),
        cause: snapshot.cause,
        streak: snapshot.streak,
        consecutive_failures: snapshot.consecutive_failures,
        failure_threshold: snapshot.failure_threshold,
        counts: plain(&snapshot.counts),
        in_flight: probes.in_flight.into(),
        successes: (probes.successes.into(), probes.successes_to_close.into()),
        failures: (probes.failures.into(), probes.failures_to_open.into()),
        remaining: snapshot.remaining,
    }
}

pub(crate) fn finding(how: Settling) -> Option<Finding> {
    Some(match how {
        Settling::Success => Finding::Outcome(Outcome::Success, None),
        Settling::Failure => Finding::Outcome(Outcome::Failure, None),
        Settling::Ignore | Settling::Drop => Finding::Outcome(Outcome::Ignored, None),
        Settling::Record(outcome) => Finding::Outcome(outcome, None),
        Settling::RecordElapsed(outcome, elapsed) => Finding::Outcome(outcome, Some(elapsed)),
        Settling::FailureFor(wait) => Finding::FailureFor(wait),
        Settling::Forget => return None,
    })
}
