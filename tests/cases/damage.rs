//! Words that anything may have written: what is done to them, and with them, chosen by numbers.

use std::time::Duration;
use tripword::raw::{Admission, Engine, Word};
use tripword::{Config, Mode, Nanos, Outcome};

/// An engine on words that are damaged while it works.
pub(crate) struct Damaged<'a> {
    pub(crate) engine: Engine<'a>,
    pub(crate) words: &'a [Word],
    pub(crate) now: u64,
    admissions: Vec<Admission>,
}

impl<'a> Damaged<'a> {
    pub(crate) fn new(config: &'a Config, words: &'a [Word], now: u64) -> Self {
        Self {
            engine: Engine::new(config, words).expect("enough words"),
            words,
            now,
            admissions: Vec::new(),
        }
    }

    /// Does one thing, which the numbers that `draw` returns choose.
    pub(crate) fn step(&mut self, draw: &mut dyn FnMut() -> u64) {
        match draw() % 24 {
            0..=5 => damage(self.words, draw),
            6..=9 => self.admit(),
            10..=13 => self.settle(draw),
            14 => self.now = self.now.wrapping_add(draw()),
            15 => self.now = self.now.saturating_add(draw() % 100_000_000_000),
            16..=19 => self.look(),
            _ => self.move_manually(draw),
        }
    }

    pub(crate) fn admit(&mut self) {
        let now = Nanos::from_nanos(self.now);
        match self.engine.admit(&|| now).0.admission() {
            Ok(admission) => self.admissions.push(admission),
            Err(rejected) => assert!(!rejected.to_string().is_empty()),
        }
    }

    /// Settles an admission, which may be settled again later.
    fn settle(&mut self, draw: &mut dyn FnMut() -> u64) {
        let Some(which) = draw().checked_rem(self.admissions.len() as u64) else {
            return;
        };
        let (admission, now) = (self.admissions[which as usize], Nanos::from_nanos(self.now));
        let outcome = match draw() % 8 {
            0..=2 => Outcome::Success,
            3..=5 => Outcome::Failure,
            6 => Outcome::Ignored,
            _ => Outcome::RetryAfter(duration(draw())),
        };
        let (settlement, _) = match draw() % 4 {
            0 => {
                let elapsed = duration(draw());
                self.engine.settle_elapsed(admission, outcome, elapsed, &|| now)
            }
            _ => self.engine.settle(admission, outcome, &|| now),
        };
        assert_eq!(settlement.outcome, outcome);
    }

    fn move_manually(&mut self, draw: &mut dyn FnMut() -> u64) {
        let (engine, now) = (self.engine, Nanos::from_nanos(self.now));
        let now = &|| now;
        let transition = match draw() % 8 {
            0 => engine.trip(now),
            1 => engine.trip_for(duration(draw()), now),
            2 => engine.half_open(now),
            3 => engine.close(now),
            4 => engine.reset(now),
            5 => {
                engine.set_mode(mode(draw()));
                None
            }
            _ => engine.reconfigure(engine.config(), now).unwrap_or(None),
        };
        assert_ne!(transition.map(|made| made.to_string()), Some(String::new()));
    }

    /// Reads everything that can be read.
    pub(crate) fn look(&self) {
        let (engine, now) = (self.engine, Nanos::from_nanos(self.now));
        let snapshot = engine.snapshot(&|| now);
        assert!(!snapshot.to_string().is_empty() && !format!("{snapshot:?}").is_empty());
        assert!(snapshot.counts.failures <= snapshot.counts.calls);
        assert!(snapshot.counts.slow_calls <= snapshot.counts.calls);
        let _ = (engine.state(&|| now), engine.entered(), engine.mode());
        let _ = engine.rejection(&|| now).map(|rejected| rejected.to_string());
        let _ = engine.is_configured_as(&engine.config());
    }
}

/// Damages one word, or all: by any bits, by one bit, by a little, or by what another word holds.
pub(crate) fn damage(words: &[Word], draw: &mut dyn FnMut() -> u64) {
    let (kind, number) = (draw(), draw());
    let which = number as usize % words.len();
    let word = &words[which];
    match kind % 8 {
        0 | 1 => word.damage(|_| draw()),
        2 | 3 => word.damage(|bits| bits ^ 1 << (draw() % 64)),
        4 => word.damage(|bits| bits.wrapping_add(draw() % 8).wrapping_sub(4)),
        5 => {
            let mut other = 0;
            words[draw() as usize % words.len()].damage(|bits| {
                other = bits;
                bits
            });
            word.damage(|_| other);
        }
        6 => word.damage(|_| [0, u64::MAX, 1 << 63, u64::MAX >> 1][draw() as usize % 4]),
        _ => words.iter().for_each(|word| word.damage(|_| draw())),
    }
}

fn duration(number: u64) -> Duration {
    match number % 4 {
        0 => Duration::from_nanos(number),
        1 => Duration::from_millis(number % 100_000),
        2 => Duration::ZERO,
        _ => Duration::MAX,
    }
}

pub(crate) fn mode(number: u64) -> Mode {
    [Mode::Normal, Mode::ForceOpen, Mode::ForceClosed, Mode::Shadow][number as usize % 4]
}
