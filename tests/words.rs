//! Words that were used under other settings, or that anything else wrote: nothing panics or
//! hangs, and nothing is wrong for longer than the settings allow.
#![cfg(feature = "std")]

use crate::cases::damage::{Damaged, damage};
use crate::cases::run_config;
use crate::support::{MS, S};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::thread;
use std::time::Duration;
use tripword::raw::{Engine, Word};
use tripword::{
    Builder, Config, ConfigError, LeaseExpiry, Mode, Nanos, Outcome, Probes, Ramp, State,
};

/// Settings of every kind of words. Each opens on three failures in a row, or before.
fn settings() -> Vec<Config> {
    let plain = Builder::new().consecutive_failures(3).jitter(0.0);
    let slow = plain.slow_call_duration(MS).slow_call_rate(0.5);
    let seconds = plain.within(10 * S).failure_rate(0.5);
    let windows = [
        plain,
        plain.last_calls(1).failures(1),
        plain.last_calls(30).failures(3),
        plain.last_calls(1_512).failure_rate(0.5),
        slow.last_calls(30),
        slow.last_calls(756).trip_when(|counts| counts.slow_calls > 3),
        seconds,
        seconds.buckets(1).stripes(3),
        plain.within(1_024 * MS).buckets(1_024).failures(3),
        slow.within(10 * S).stripes(2),
    ];
    let recoveries: [fn(Builder) -> Builder; 3] = [
        |b| b,
        |b| b.live().jitter(1.0).lease_expiry(LeaseExpiry::Reprobe),
        |b| {
            b.ramp(Ramp::new(0.5, 20 * S))
                .probes(Probes::sample(9, 0.4).max_probes(3))
                .longest_open(60 * S)
        },
    ];
    let all = windows.into_iter().flat_map(|b| recoveries.map(|set| set(b)));
    all.map(|b| b.config().expect("valid settings")).collect()
}

fn words(count: usize) -> Vec<Word> {
    (0..count).map(|_| Word::new()).collect()
}

fn bits(word: &Word) -> u64 {
    let mut read = 0;
    word.damage(|bits| {
        read = bits;
        bits
    });
    read
}

/// A repeatable sequence of numbers (SplitMix64).
fn numbers(mut seed: u64) -> impl FnMut() -> u64 {
    move || {
        seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (seed ^ seed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }
}

fn after(now: &mut u64, time: Duration) {
    *now = now.saturating_add(time.as_nanos() as u64);
}

/// Calls `calls` times, all with one outcome; how many were admitted.
fn call(engine: Engine<'_>, calls: u32, outcome: Outcome, now: u64) -> u32 {
    let now = || Nanos::from_nanos(now);
    let admitted = (0..calls).filter(|_| {
        let admission = engine.admit(&now).0.admission();
        let _ = admission.map(|admission| engine.settle(admission, outcome, &now));
        admission.is_ok()
    });
    admitted.count() as u32
}

#[test]
fn no_operation_on_damaged_words_panics() {
    let settings = settings();
    let operations = prop::collection::vec(any::<u64>(), 1..400);
    let cases = (0..settings.len(), any::<u64>(), operations);
    let run = |(which, now, numbers): (usize, u64, Vec<u64>)| {
        let words = words(settings[which].words());
        let mut damaged = Damaged::new(&settings[which], &words, now);
        let mut rest = numbers.into_iter();
        while rest.len() > 0 {
            // What one thing needs beyond the last number is zero.
            damaged.step(&mut || rest.next().unwrap_or(0));
        }
        damaged.look();
        Ok(())
    };
    let checked = TestRunner::new(run_config(600)).run(&cases, run);
    checked.unwrap_or_else(|error| panic!("{error}"));
}

/// A second thread writes any bits into all words, all the time.
#[test]
fn no_operation_in_a_storm_of_damage_panics_or_hangs() {
    for (which, config) in settings().iter().enumerate() {
        let words = words(config.words());
        let rounds = (20_000 / words.len()).max(40) as u64;
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut draw = numbers(which as u64);
                (0..20 * rounds).for_each(|_| damage(&words, &mut draw));
            });
            let mut draw = numbers(!(which as u64));
            let mut damaged = Damaged::new(config, &words, draw());
            (0..rounds).for_each(|_| damaged.step(&mut draw));
        });
    }
}

/// Within this time any control word of normal mode leads back to closed, but "never": a wait, two
/// leases that read as new, another wait with its probes, a ramp that reads as new.
fn bound(config: &Config) -> Duration {
    let lease = 60 * S;
    2 * config.longest_open() + 4 * lease + 3 * 20 * S
}

/// Whether the word is legal for as long as it stays: a mode, or open until it is moved.
fn stays(word: u64) -> bool {
    let (state, mode, payload) = (word >> 62, word >> 60 & 3, word & ((1 << 40) - 1));
    mode != 0 || (state == State::Open as u64 && payload == (1 << 40) - 1)
}

fn assert_heals(config: &Config, word: u64, now: u64) {
    let words = words(config.words());
    let engine = Engine::new(config, &words).expect("enough words");
    words[0].damage(|_| word);
    let (steps, mut now) = (12, now);
    for _ in 0..steps {
        call(engine, 12, Outcome::Success, now);
        after(&mut now, bound(config) / steps);
    }
    let snapshot = engine.snapshot(&|| Nanos::from_nanos(now));
    assert_eq!(snapshot.state, State::Closed, "{word:#x} {config:?}");
    assert_eq!(call(engine, 12, Outcome::Success, now), 12, "{word:#x}");
    let snapshot = engine.snapshot(&|| Nanos::from_nanos(now));
    let (streak, in_a_row) = (snapshot.streak, snapshot.consecutive_failures);
    assert_eq!((streak, in_a_row), (0, 0), "{word:#x} {config:?}");
    assert!(call(engine, 4, Outcome::Failure, now) <= 3, "{word:#x}");
}

#[test]
fn any_control_word_heals_within_the_times_of_the_settings() {
    // Moments of a clock since the start, of the Unix epoch, and about the wrap of deadlines.
    let moments = [0, 7_000_000_001, 1_770_000_000_000_000_000, (1 << 40) * 1_000_000 - 5];
    for (which, config) in settings().iter().enumerate() {
        let mut draw = numbers(which as u64);
        for now in moments {
            for _ in 0..60 {
                let word = draw() & !(3 << 60);
                if !stays(word) {
                    assert_heals(config, word, now);
                }
            }
        }
    }
}

#[test]
fn any_flipped_bit_of_a_control_word_heals() {
    let config = &settings()[0];
    let now = 7_000_000_001;
    let at = || Nanos::from_nanos(now);
    for state in 0..4_u32 {
        let words = words(config.words());
        let engine = Engine::new(config, &words).unwrap();
        match state {
            0 => assert_eq!(call(engine, 2, Outcome::Failure, now), 2),
            1 => assert!(engine.trip(&at).is_some()),
            _ => assert!(engine.half_open(&at).is_some()),
        }
        if state == 3 {
            assert!(engine.admit(&at).0.admission().is_ok());
        }
        for bit in 0..64 {
            let word = bits(&words[0]) ^ 1 << bit;
            if !stays(word) {
                assert_heals(config, word, now);
            }
        }
    }
}

/// Failures in a window's damaged words are gone when the window has passed.
#[test]
fn damaged_window_words_count_for_a_window_at_most() {
    for (which, config) in settings().iter().enumerate() {
        let mut draw = numbers(which as u64);
        let mut now = 1_770_000_000_000_000_000;
        let words = words(config.words());
        let engine = Engine::new(config, &words).expect("enough words");
        for round in 0..20 {
            if round % 2 == 0 {
                words[4..].iter().for_each(|word| word.damage(|_| draw()));
            } else {
                // Stamps of buckets up to five windows ahead, and calls that look alike.
                call(engine, 40, Outcome::Success, now);
                let add =
                    |bits: u64, more: u64| bits.wrapping_add(((more % 50) << 24) | (more & 3));
                let damage = |word: &Word, more| word.damage(|bits| add(bits, more));
                words[4..].iter().for_each(|word| damage(word, draw()));
            }
            // One failure is written wherever the window is, or opens the circuit.
            call(engine, 1, Outcome::Failure, now);
            let _ = engine.close(&|| Nanos::from_nanos(now));
            // A damaged bucket can read as up to four windows ahead.
            for _ in 0..6 {
                call(engine, 400, Outcome::Success, now);
                after(&mut now, 10 * S);
            }
            let counts = engine.snapshot(&|| Nanos::from_nanos(now)).counts;
            assert_eq!((counts.failures, counts.slow_calls), (0, 0), "{config:?}");
        }
    }
}

/// Uses the words as much as a breaker does in its life.
fn use_up(engine: Engine<'_>) {
    let mut now = 1_000_000_000;
    for outcome in [Outcome::Success, Outcome::Failure, Outcome::Success] {
        call(engine, 200, outcome, now);
        after(&mut now, 40 * S);
    }
    let _ = engine.reconfigure(engine.config(), &|| Nanos::from_nanos(now));
    let _ = engine.close(&|| Nanos::from_nanos(now));
    call(engine, 100, Outcome::Success, now);
}

/// The limits of the new settings hold, whatever the old ones left.
#[test]
fn words_that_were_used_under_other_settings_hold_the_new_limits() {
    let settings = settings();
    let most = settings.iter().map(Config::words).max().expect("some");
    for first in &settings {
        for second in &settings {
            let words = words(most);
            use_up(Engine::new(first, &words).expect("enough words"));
            let engine = Engine::new(second, &words).expect("enough words");
            let now = 200_000_000_000;
            let _ = engine.half_open(&|| Nanos::from_nanos(now));
            let mut later = now;
            for _ in 0..40 {
                call(engine, 3, Outcome::Success, later);
                after(&mut later, 10 * S);
            }
            assert_eq!(engine.config().consecutive_failures(), 3, "{first:?} {second:?}");
            let admitted = call(engine, 100, Outcome::Failure, later);
            assert!((1..=3).contains(&admitted), "{admitted}: {first:?} {second:?}");
        }
    }
}

#[test]
fn words_are_adopted_only_with_the_layout_that_they_were_adopted_with() {
    let settings = settings();
    let most = settings.iter().map(Config::words).max().expect("some");
    for (one, first) in settings.iter().enumerate() {
        for is_used in [false, true] {
            let words = words(most);
            let engine = Engine::adopt(first, &words).expect("new words");
            if is_used {
                use_up(engine);
            }
            for (other, second) in settings.iter().enumerate() {
                let adopted = Engine::adopt(second, &words);
                assert_eq!(adopted.is_ok(), one == other, "{first:?} {second:?}");
            }
        }
    }
}

#[test]
fn words_that_were_used_without_being_adopted_have_an_unknown_layout() {
    let config = Builder::new().last_calls(30).failures(3).config().unwrap();
    let words = words(config.words());
    use_up(Engine::new(&config, &words).unwrap());
    let refused = Engine::adopt(&config, &words).unwrap_err();
    assert_eq!(refused, ConfigError::OtherLayout);
    let text = "words must be new, or adopted before with the same window, ramp and live";
    assert_eq!(refused.to_string(), text);
}

#[test]
fn threads_that_adopt_words_at_once_agree_on_one_layout() {
    let configs = [20, 40, 60, 80].map(|calls| Builder::new().last_calls(calls).failures(3));
    let configs = configs.map(|b| b.config().expect("valid settings"));
    for _ in 0..50 {
        let words = words(64);
        let adopted: Vec<bool> = thread::scope(|scope| {
            let words = &words;
            let adopt = |config| scope.spawn(move || Engine::adopt(config, words).is_ok());
            let threads: Vec<_> = configs.iter().map(adopt).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert_eq!(adopted.iter().filter(|&&adopted| adopted).count(), 1);
    }
}

/// A ramp draws tickets from the word that holds the layout.
#[test]
fn tickets_do_not_change_the_layout() {
    let ramp = Ramp::new(0.5, 20 * S);
    let config = Builder::new().ramp(ramp).config().expect("valid settings");
    let words = words(config.words());
    let engine = Engine::adopt(&config, &words).expect("new words");
    let layout = bits(&words[1]);
    assert_eq!((layout >> 32, layout != 0), (0, true));
    words[1].damage(|_| layout | u64::from(u32::MAX) << 32);
    let _ = engine.half_open(&|| Nanos::ZERO);
    call(engine, 1, Outcome::Success, 0);
    assert_eq!(engine.entered(), State::Recovering);
    call(engine, 3, Outcome::Success, 0);
    assert_eq!(bits(&words[1]), layout | 2 << 32);
    assert!(Engine::adopt(&config, &words).is_ok());
}

/// What each word means: a change here is another [`tripword::raw::WORD_FORMAT`].
#[test]
fn the_layout_of_each_word_is_that_of_format_1() {
    assert_eq!(tripword::raw::WORD_FORMAT, 1);
    const NOW: u64 = 5_000_000_000;
    let now = || Nanos::from_nanos(NOW);
    let plain = Builder::new().jitter(0.0).consecutive_failures(2);
    let control = |builder: Builder, moves: &dyn Fn(Engine<'_>)| {
        let config = builder.config().expect("valid settings");
        let words = words(config.words());
        moves(Engine::new(&config, &words).expect("enough words"));
        words.iter().map(bits).collect::<Vec<_>>()
    };
    // Control: state:2 mode:2 streak:4 generation:16 payload:40; ticket:32 layout:32; since and
    // cause: generation:16 figure:48. With a window the ticket is behind these, and its place is
    // that of the hot word or the hint.
    let failed = control(plain, &|engine| {
        call(engine, 1, Outcome::Failure, NOW);
    });
    assert_eq!(failed, [1, 0, 0, 0]);
    let open = control(plain, &|engine| {
        call(engine, 2, Outcome::Failure, NOW);
    });
    let (generation, consecutive_failures) = (1 << 40, 8 << 44 | 2);
    let (since, cause) = (1 << 48 | 5_000, 1 << 48 | consecutive_failures);
    assert_eq!(open, [1 << 62 | generation | 35_000, 0, since, cause]);
    let never = control(plain, &|engine| {
        engine.trip_for(Duration::MAX, &now);
    });
    assert_eq!(never[0], 1 << 62 | generation | ((1 << 40) - 1));
    let probing = control(plain.probe_lease(Some(64 * S)), &|engine| {
        let _ = engine.half_open(&now);
        let _ = (engine.admit(&now), engine.set_mode(Mode::Shadow));
    });
    assert_eq!(probing[0], 2 << 62 | 3 << 60 | generation | 1 << 32 | 5);
    let ramp = plain.ramp(Ramp::new(1.0, 1_024 * MS));
    let recovering = control(ramp, &|engine| {
        let _ = engine.half_open(&now);
        call(engine, 1, Outcome::Success, NOW);
        call(engine, 1, Outcome::Failure, NOW);
    });
    assert_eq!(recovering[0], 3 << 62 | 2 << 40 | 1 << 24 | 5_000);
    assert_eq!(recovering[1], 1 << 32);

    // Hot: generation:16 sequence:17 clean:6 calls:25; slot: generation:16 sequence:17 written:1
    // zero:6 calls:24.
    let calls = control(plain.last_calls(30).failures(30), &|engine| {
        call(engine, 1, Outcome::Failure, NOW);
        call(engine, 24, Outcome::Success, NOW);
    });
    let (hot, slot) = (1 << 31 | 1 << 1, 1 << 30 | 1 << 23);
    assert_eq!((calls[1], &calls[4..]), (hot, &[0, slot, 0][..]));

    // Hint: bucket:54 place:10; bucket: stamp:40 (generation and bucket) count:24.
    let time = control(plain.within(10 * S).buckets(2).failures(9), &|engine| {
        let _ = engine.reset(&now);
        call(engine, 1, Outcome::Failure, NOW);
        call(engine, 3, Outcome::Success, NOW);
    });
    let stamp = ((1 << 24) + 1) << 24;
    assert_eq!((time[1], &time[4..]), (1 << 10 | 1, &[0, 0, stamp | 1, 0, stamp | 3][..]));

    // Epoch: claimed:1 longest open:29 version:34; two buffers; the limit: generation:16 noted:16
    // limit:32.
    let live = control(plain.live(), &|engine| {
        let now = || Nanos::from_nanos(NOW);
        engine.reconfigure(engine.config(), &now).expect("live");
        engine.trip(&now);
    });
    assert_eq!(live[4], 86_400 << 34 | 1);
    let small = 2 | 1 << 16 | 1 << 24 | 1 << 32 | 1 << 41;
    assert_eq!(live[13] & ((1 << 53) - 1), small);
    assert_eq!(live[14], 10 << 32, "minimum_calls, failures");
    assert_eq!(live[15], 0, "jitter, rates");
    assert_eq!(live[16], (1 << 16) << 32 | 938, "factor, lease");
    let half_a_minute = 30_000_000_000;
    assert_eq!(live[17..21], [half_a_minute, half_a_minute, 0, u64::MAX]);
    assert_eq!(live[21], 1 << 48 | 1 << 32);
}
