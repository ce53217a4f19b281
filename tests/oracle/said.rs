//! What a real breaker answers, in the oracle's words.

use super::{Counts, Event, Refusal, Report};
use tripword::{Rejected, Snapshot, Transition};

pub(crate) fn refusal(rejected: &Rejected) -> Refusal {
    Refusal {
        reason: rejected.reason(),
        retry_after: rejected.retry_after(),
        shadowed: rejected.is_shadowed(),
    }
}

pub(crate) fn transition(transition: &Transition) -> Event {
    Event::Transition {
        from: transition.from,
        to: transition.to,
        generation: transition.generation,
        at: transition.at.as_nanos().into(),
        cause: transition.cause,
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
        consecutive_failure_limit: snapshot.consecutive_failure_limit,
        counts: counts(&snapshot.counts),
        in_flight: probes.in_flight.into(),
        successes: (probes.successes.into(), probes.successes_to_close.into()),
        failures: (probes.failures.into(), probes.failures_to_open.into()),
        remaining: snapshot.remaining,
    }
}

pub(crate) fn counts(counts: &tripword::Counts) -> Counts {
    Counts {
        calls: counts.calls,
        failures: counts.failures,
        slow_calls: counts.slow_calls,
    }
}
