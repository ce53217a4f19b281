//! The events of the observer for `tracing`, as a subscriber receives them.
#![cfg(feature = "tracing")]

use crate::support::{S, breaker, fail, succeed};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tripword::tracing::Events;
use tripword::{ManualClock, Mode};

type Fields = BTreeMap<&'static str, String>;

/// Forwards each event with its level, target and fields.
struct Forward(mpsc::Sender<(Level, &'static str, Fields)>);

impl Subscriber for Forward {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = FieldsOf::default();
        event.record(&mut fields);
        let (level, target) = (*event.metadata().level(), event.metadata().target());
        self.0.send((level, target, fields.0)).unwrap();
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct FieldsOf(Fields);

impl Visit for FieldsOf {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

fn events_of(f: impl FnOnce()) -> Vec<(Level, &'static str, Fields)> {
    let (sender, events) = mpsc::channel();
    tracing::subscriber::with_default(Forward(sender), f);
    events.into_iter().collect()
}

fn fields(fields: &[(&'static str, &str)]) -> Fields {
    let fields = fields.iter();
    fields.map(|&(name, value)| (name, value.to_owned())).collect()
}

#[test]
fn each_transition_is_one_event() {
    let clock = ManualClock::new();
    let name: Arc<str> = "payments".into();
    let breaker = breaker(&clock, |b| b.consecutive_failures(2).open_duration(8 * S))
        .observed_by(Events::of(name));
    let events = events_of(|| {
        fail(&breaker, 2);
        let _ = breaker.try_acquire();
        clock.advance(8 * S);
        succeed(&breaker, 1);
    });
    let opened = fields(&[
        ("message", "circuit open"),
        ("breaker", "payments"),
        ("from", "closed"),
        ("to", "open"),
        ("cause", "tripped by 2 consecutive failures"),
        ("generation", "1"),
        ("retry_after_ms", "8000"),
    ]);
    assert_eq!(events[0], (Level::WARN, "tripword", opened));
    let rest: Vec<_> =
        events[1..].iter().map(|(level, _, fields)| (*level, fields["to"].as_str())).collect();
    assert_eq!(rest, [(Level::INFO, "half-open"), (Level::INFO, "closed")]);
    assert!(!events[2].2.contains_key("retry_after_ms"));
    assert_eq!(events[2].2["cause"], "probing succeeded");
}

/// Names with what could forge a line of a log, and how they are reported.
const NAMES_FROM_OUTSIDE: [(&str, &str); 6] = [
    ("a\nWARN b\r", r"a\nWARN b\r"),
    ("\x1b[31mred\x07\0", r"\u{1b}[31mred\u{7}\u{0}"),
    ("next\u{85}csi\u{9b}31m", r"next\u{85}csi\u{9b}31m"),
    ("line\u{2028}paragraph\u{2029}", r"line\u{2028}paragraph\u{2029}"),
    ("left\u{202e}isolate\u{2066}", r"left\u{202e}isolate\u{2066}"),
    ("Zahlung für 東京, \\ \"x\" e\u{301}", "Zahlung für 東京, \\ \"x\" e\u{301}"),
];

#[test]
fn an_event_is_one_line_whatever_the_name_of_the_breaker() {
    let clock = ManualClock::new();
    for (name, shown) in NAMES_FROM_OUTSIDE {
        let breaker = breaker(&clock, |b| b).observed_by(Events::of(name));
        let events = events_of(|| {
            breaker.trip();
            breaker.set_mode(Mode::ForceOpen);
        });
        assert_eq!(events[0].2["breaker"], shown);
        assert_eq!(events[1].2["breaker"], shown);
    }
}

#[test]
fn a_wait_is_rounded_up() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b).observed_by(Events::of("payments"));
    // The deadline is on a whole millisecond, 1.6 ms ahead.
    clock.advance(Duration::from_micros(400));
    let events = events_of(|| breaker.trip_for(Duration::from_micros(1_500)));
    assert_eq!(events[0].2["retry_after_ms"], "2");
}

#[test]
fn a_permanent_opening_has_no_retry_time() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b).observed_by(Events::of("payments"));
    let events = events_of(|| breaker.trip_for(Duration::MAX));
    assert_eq!(events[0].2["to"], "open");
    assert!(!events[0].2.contains_key("retry_after_ms"));
}

#[test]
fn a_change_of_mode_is_an_event() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b).observed_by(Events::of("payments"));
    let events = events_of(|| {
        breaker.set_mode(Mode::ForceOpen);
        breaker.set_mode(Mode::Normal);
    });
    let messages: Vec<_> =
        events.iter().map(|(level, _, fields)| (*level, fields["message"].as_str())).collect();
    assert_eq!(messages, [(Level::WARN, "mode force-open"), (Level::INFO, "mode normal")]);
}
