//! The settings that can be replaced, in eight words and a field of the epoch.

use crate::bits::Field;
use crate::config::{Config, LIVE_BUFFER, LeaseExpiry, ProbeLimits};
use crate::nanos::Nanos;
use crate::policy::{MILLION, Policy, Rate};
use crate::window::Window;
use crate::word::deadline::LongestOpen;
use crate::word::lease::Lease;
use core::time::Duration;

const CONSECUTIVE_FAILURES: Field = Field::new(0, 16);
const MAX_PROBES: Field = Field::new(16, 8);
const SUCCESSES_TO_CLOSE: Field = Field::new(24, 8);
const FAILURES_TO_OPEN: Field = Field::new(32, 8);
const REPROBE: Field = Field::new(40, 1);
const COUNT_PANICS: Field = Field::new(41, 1);
const LAST_CALLS: Field = Field::new(42, 11);
const CHECK: Field = Field::new(53, 11);

const LOW: Field = Field::new(0, 32);
const HIGH: Field = Field::new(32, 32);

const FAILURE_RATE: Field = Field::new(0, Rate::BITS);
const SLOW_CALL_RATE: Field = Field::new(Rate::BITS, Rate::BITS);
const JITTER: Field = Field::new(2 * Rate::BITS, 20);

/// One set of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) words: [u64; LIVE_BUFFER],
    /// In seconds; the epoch has room for it.
    pub(crate) longest_open: u32,
}

impl Packed {
    pub(crate) fn of(config: &Config) -> Self {
        let (base, cap, factor) = config.growth();
        let words = [
            small(config),
            HIGH.set(config.policy.failures.into(), config.policy.minimum_calls.into()),
            shares(config),
            HIGH.set(config.lease.map_or(0, Lease::bits).into(), factor.into()),
            base,
            cap,
            HIGH.set(config.seed_bits().into(), config.abandoned_millis.into()),
            config.slow_limit.as_nanos(),
        ];
        Self { words, longest_open: config.longest_open.secs }
    }

    /// These settings with the check that they carry as `version`, on words of this `layout`.
    pub(crate) fn sealed(mut self, layout: u32, version: u64) -> Self {
        self.words[0] = CHECK.set(self.words[0], 0);
        let context = u64::from(layout) << 32 ^ u64::from(self.longest_open) ^ version;
        let check = self.words.iter().fold(context, |sum, word| {
            let product = (sum ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            product ^ product >> 32
        });
        self.words[0] = CHECK.set(self.words[0], check);
        self
    }

    /// The settings packed here, each within the range that a builder allows; what cannot be
    /// replaced is that of `own`. Words that would never open the circuit are damaged: `own`.
    pub(crate) fn unpack(self, own: &Config) -> Config {
        let [small, _, shares, times, base, cap, seed, slow_limit] = self.words;
        let longest_open = Duration::from_secs(self.longest_open.into());
        let at_least_one = |field: Field| (field.get(small) as u8).max(1);
        let window = own.window.resized(LAST_CALLS.get(small) as u16);
        let config = Config {
            policy: self.policy(own, window),
            window,
            slow_limit: if own.judges_slow_calls() {
                Nanos::from_nanos(slow_limit.clamp(1, u64::MAX - 1))
            } else {
                Nanos::MAX
            },
            probes: ProbeLimits {
                max: at_least_one(MAX_PROBES),
                successes_to_close: at_least_one(SUCCESSES_TO_CLOSE),
                failures_to_open: at_least_one(FAILURES_TO_OPEN),
            },
            lease: Lease::from_bits(LOW.get(times) as u32),
            abandoned_millis: if own.fails_abandoned_calls() {
                (HIGH.get(seed) as u32).max(1)
            } else {
                0
            },
            longest_open: LongestOpen::new(longest_open),
            switches: own.switches.counting_panics(COUNT_PANICS.get(small) != 0).expiring_by(
                match REPROBE.get(small) {
                    0 => LeaseExpiry::Reopen,
                    _ => LeaseExpiry::Reprobe,
                },
            ),
            ..*own
        };
        if !config.can_trip() {
            return *own;
        }
        config
            .growing(base, cap, HIGH.get(times) as u32)
            .jittered_by(millionths(JITTER, shares), seed as u32)
    }

    fn policy(self, own: &Config, window: Window) -> Policy {
        let [small, counts, shares, ..] = self.words;
        let most = match window.calls() {
            0 => u32::MAX,
            calls => calls.into(),
        };
        Policy {
            consecutive_failures: CONSECUTIVE_FAILURES.get(small) as u16,
            failures: most.min(LOW.get(counts) as u32),
            failure_rate: Rate::from_bits(FAILURE_RATE.get(shares) as u32),
            slow_call_rate: Rate::from_bits(SLOW_CALL_RATE.get(shares) as u32),
            minimum_calls: most.min(HIGH.get(counts) as u32).max(1),
            trip_when: own.policy.trip_when,
        }
    }
}

fn millionths(field: Field, word: u64) -> u32 {
    (field.get(word) as u32).min(MILLION)
}

fn small(config: &Config) -> u64 {
    let word = CONSECUTIVE_FAILURES.set(0, config.consecutive_failures().into());
    let word = MAX_PROBES.set(word, config.probes.max.into());
    let word = SUCCESSES_TO_CLOSE.set(word, config.probes.successes_to_close.into());
    let word = FAILURES_TO_OPEN.set(word, config.probes.failures_to_open.into());
    let word = REPROBE.set(word, (config.lease_expiry() == LeaseExpiry::Reprobe).into());
    let word = COUNT_PANICS.set(word, config.counts_panics().into());
    LAST_CALLS.set(word, config.window.calls().into())
}

fn shares(config: &Config) -> u64 {
    let word = FAILURE_RATE.set(0, config.policy.failure_rate.bits().into());
    let word = SLOW_CALL_RATE.set(word, config.policy.slow_call_rate.bits().into());
    JITTER.set(word, config.delay.jitter().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Backoff, Builder, Probes};

    #[test]
    fn every_live_setting_survives_the_packing() {
        let own = Builder::new()
            .last_calls(756)
            .slow_call_duration(Duration::from_millis(5))
            .slow_call_rate(1.0)
            .live()
            .config()
            .unwrap();
        let changed = Builder::new()
            .consecutive_failures(65_535)
            .last_calls(700)
            .failures(700)
            .failure_rate(2.0 / 3.0)
            .slow_call_rate(0.000_001)
            .slow_call_duration(Duration::from_nanos(u64::MAX - 1))
            .minimum_calls(699)
            .backoff(Backoff::exponential(Duration::from_secs(1), Duration::MAX).factor(65_535.0))
            .jitter(1.0)
            .seed(u64::MAX)
            .probes(Probes::sample(255, 0.5).max_probes(254))
            .probe_lease(Some(Duration::from_secs(86_400 * 365)))
            .lease_expiry(LeaseExpiry::Reprobe)
            .longest_open(Duration::from_secs(17 * 31_557_600 - 1))
            .count_panics(false)
            .live()
            .config()
            .unwrap();
        for config in [&own, &changed] {
            let packed = Packed::of(config);
            assert_eq!(Packed::of(&packed.unpack(&own)), packed);
        }
        assert_ne!(Packed::of(&own), Packed::of(&changed));
        let unpacked = Packed::of(&changed).unpack(&own);
        assert_eq!(unpacked.policy.minimum_calls, 699);
        assert_eq!(unpacked.policy.failure_rate, changed.policy.failure_rate);
        assert_eq!(unpacked.probes, changed.probes);
        assert_eq!(unpacked.window.calls(), 700);
        assert_eq!(unpacked.lease, changed.lease);
    }

    /// Each field at its least and at its most, under each kind of settings.
    #[test]
    fn any_words_are_settings_that_a_builder_allows() {
        let own = [
            Builder::new().live(),
            Builder::new().last_calls(30).failures(3).live(),
            Builder::new()
                .within(Duration::from_secs(10))
                .slow_call_duration(Duration::from_secs(1))
                .slow_call_rate(0.5)
                .live(),
        ];
        for own in own.map(|own| own.config().unwrap()) {
            for bits in [0, u64::MAX, u64::MAX << 16, 1 << 63] {
                let words = [bits; LIVE_BUFFER];
                let longest_open = bits as u32;
                let config = Packed { words, longest_open }.unpack(&own);
                assert!(config.can_trip(), "{config:?}");
                assert!(
                    config.delay.jitter() <= MILLION && config.policy.failure_rate.ppm() <= MILLION
                );
                assert_eq!(config.judges_slow_calls(), own.judges_slow_calls());
                assert!(own.can_become(&config).is_ok());
                let ProbeLimits { max, successes_to_close, failures_to_open } = config.probes;
                assert!(max > 0 && successes_to_close > 0 && failures_to_open > 0);
                let (base, cap, factor) = config.growth();
                assert!(base <= cap && (1 << 16..=65_535 << 16).contains(&factor));
                assert!(config.policy.minimum_calls > 0 && config.longest_open.secs > 0);
            }
        }
    }

    #[test]
    fn a_check_differs_by_layout_version_longest_opening_and_word() {
        let config = Builder::new().live().config().unwrap();
        let packed = Packed::of(&config);
        let check = |packed: Packed| CHECK.get(packed.words[0]);
        let sealed = check(packed.sealed(1, 1));
        assert_ne!(check(packed.sealed(2, 1)), sealed);
        assert_ne!(check(packed.sealed(1, 2)), sealed);
        let longest_open = packed.longest_open + 1;
        assert_ne!(check(Packed { longest_open, ..packed }.sealed(1, 1)), sealed);
        for word in 0..LIVE_BUFFER {
            let mut other = packed;
            other.words[word] ^= 1;
            assert_ne!(check(other.sealed(1, 1)), sealed, "{word}");
        }
    }
}
