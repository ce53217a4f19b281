//! Opening the circuit, and for how long.

use super::{Answer, moved, stay};
use crate::bits;
use crate::config::Config;
use crate::jitter;
use crate::nanos::Nanos;
use crate::policy::TripCause;
use crate::transition::Cause;
use crate::word::deadline::Deadline;
use crate::word::{Control, Step};
use core::time::Duration;

/// Opens on the verdict of a window that was counted in `generation`, unless that is over. The
/// answer is whether the call counted, which it did either way.
pub(crate) fn trip(
    word: Control,
    config: &Config,
    generation: u16,
    cause: TripCause,
    now: &impl Fn() -> Nanos,
) -> Step<Answer<bool>> {
    if !word.counts(generation) {
        return stay(true);
    }
    let now = now();
    moved(word, opened(word, config, now), Cause::Tripped(cause), now, true)
}

/// `word` opened, for as long as the settings ask at its streak.
pub(super) fn opened(word: Control, config: &Config, now: Nanos) -> Control {
    word.as_of(config.ramp(), now)
        .opened(|streak, generation| deadline(config, streak, generation, now))
}

/// `word` opened for the `wait` that the dependency named, lengthened by a random share of it: not
/// all that were given the same one come back together, and none comes early. However long it is,
/// it ends.
pub(super) fn opened_as_asked(
    word: Control,
    config: &Config,
    wait: Duration,
    now: Nanos,
) -> Control {
    let longest = config.longest_open;
    let wait = longest.cap(Nanos::from_duration(wait));
    word.as_of(config.ramp(), now).opened(|_, generation| {
        let less = jittered(config, wait, generation, now, 0).as_nanos();
        let longer = Nanos::from_nanos(2 * wait.as_nanos() - less);
        Deadline::after(now, longest.cap(longer), longest)
    })
}

/// `word` opened for `wait`, or for the longest time that an opening lasts if that is shorter.
pub(super) fn opened_for(word: Control, config: &Config, wait: Duration, now: Nanos) -> Control {
    let wait = Nanos::from_duration(wait);
    word.as_of(config.ramp(), now).opened(|_, _| Deadline::after(now, wait, config.longest_open))
}

/// The end of an open period that begins `now`.
pub(super) fn deadline(config: &Config, streak: u8, generation: u16, now: Nanos) -> Deadline {
    let wait = Nanos::from_nanos(config.delay.nanos(streak));
    if Deadline::is_never_after(wait) {
        return Deadline::NEVER;
    }
    let wait = config.longest_open.cap(wait);
    Deadline::after(now, jittered(config, wait, generation, now, 0), config.longest_open)
}

/// `wait`, which ends, shortened by a random share of itself. `salt` makes another draw in the same
/// generation, where a seed is set.
pub(super) fn jittered(
    config: &Config,
    wait: Nanos,
    generation: u16,
    now: Nanos,
    salt: u64,
) -> Nanos {
    let most = config.delay.jitter();
    if most == 0 {
        return wait;
    }
    let seed = match config.seed {
        Some(seed) => u64::from(seed.get()) ^ salt,
        None => jitter::fresh_seed(now),
    };
    let part = bits::of_whole(most);
    Nanos::from_nanos(jitter::shorten(wait.as_nanos(), part, seed, generation))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Builder;

    #[test]
    fn a_permanent_opening_is_not_jittered() {
        let second = Duration::from_secs(1);
        let seventeen_years = Duration::from_secs(17 * 31_557_600);
        for (wait, is_permanent) in
            [(Duration::MAX, true), (seventeen_years, true), (seventeen_years - second, false)]
        {
            let config = Builder::new().open_duration(wait).jitter(1.0);
            let config = config.config().unwrap();
            for generation in 0..1_000 {
                let deadline = deadline(&config, 0, generation, Nanos::ZERO);
                assert_eq!(deadline == Deadline::NEVER, is_permanent);
            }
        }
    }
}
