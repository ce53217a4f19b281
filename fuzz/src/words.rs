//! Words that anything may have written: no operation panics, hangs, or returns figures that
//! contradict each other.

use crate::bytes::Bytes;
use crate::cases::Damaged;
use crate::oracle_settings::{other, settings};
use crate::times::moment;
use tripword::raw::{Engine, Word};
use tripword::{Config, Mode, Nanos, Outcome, State};

/// Bounds operations by the size of the breaker: a large one takes long to read.
const MOST_WORDS_READ: usize = 1 << 18;

/// Does any operations on words of any settings, which are damaged in between: by any bits, by one
/// bit, by a little, or by what another word holds. Then other settings come to the same words.
pub fn words(data: &[u8]) {
    let bytes = &mut Bytes::new(data);
    let Some(first) = settings(bytes) else {
        return;
    };
    let second = other(bytes, &first).unwrap_or(first);
    let configs = [first, second].map(|settings| {
        let all = settings.builder().start(State::Closed);
        let all = all.mode(Mode::Normal);
        all.config().expect("as before")
    });
    let most = configs.iter().map(Config::words).max().unwrap_or(0);
    let words: Vec<_> = (0..most).map(|_| Word::new()).collect();
    if bytes.flag() {
        words.iter().for_each(|word| word.damage(|_| bytes.u64()));
    }
    let mut now = moment(bytes);
    for config in &configs {
        now = operate(config, &words, now, bytes);
        heals(config, &words, now);
    }
}

fn operate(config: &Config, words: &[Word], now: u64, bytes: &mut Bytes<'_>) -> u64 {
    let mut damaged = Damaged::new(config, words, now);
    for _ in 0..=MOST_WORDS_READ / config.words() {
        if bytes.is_empty() {
            break;
        }
        damaged.step(&mut || draw(bytes));
    }
    damaged.look();
    damaged.now
}

/// A small number, most often, so that the input stays short.
fn draw(bytes: &mut Bytes<'_>) -> u64 {
    match bytes.byte() {
        255 => bytes.u64(),
        254 => 1 << (bytes.byte() % 64),
        small => small.into(),
    }
}

/// Whatever is in the words: a breaker that is reset in normal mode admits, and opens on as many
/// failures in a row as its settings say.
fn heals(config: &Config, words: &[Word], now: u64) {
    let engine = Engine::new(config, words).expect("enough words");
    let now = || Nanos::from_nanos(now);
    engine.set_mode(Mode::Normal);
    engine.reset(&now);
    let limit = engine.config().consecutive_failures();
    for call in 0..limit {
        let Ok(admission) = engine.admit(&now).0.admission() else {
            assert!(call > 0, "refused though closed: {config:?}");
            return;
        };
        engine.settle(admission, Outcome::Failure, &now);
    }
    assert!(limit == 0 || engine.entered() != State::Closed, "{config:?}");
}
