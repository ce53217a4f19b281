//! The oracle's settings as those of a real breaker.

use super::{Lease, OpenFor, Own, Policy, Probes, Settings, Window, by_streak, said};
use tripword::{Backoff, Builder, Config, LeaseExpiry};

pub(crate) fn config(settings: &Settings) -> Config {
    builder(settings).config().expect("settings that can be")
}

pub(crate) fn builder(settings: &Settings) -> Builder {
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
        .start(settings.start)
        .mode(settings.mode);
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
        Own::Never => |counts| Own::Never.trips(said::counts(counts)),
        Own::MoreFailuresThanSuccesses => |counts| counts.failures > counts.successes(),
        Own::ThirdSlowCall => |counts| Own::ThirdSlowCall.trips(said::counts(counts)),
        Own::EverySeventhCall => |counts| Own::EverySeventhCall.trips(said::counts(counts)),
        Own::Always => |counts| Own::Always.trips(said::counts(counts)),
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
