//! `rejection`: the refusal that a call would meet.

use crate::support::{Recorder, S, breaker};
use tripword::{ManualClock, Mode, Reason, Rejected};

#[test]
fn a_refusal_is_foreseen_without_a_call_or_an_event() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(S)).observed_by(Recorder::default());
    assert_eq!(breaker.rejection(), None);
    breaker.trip();
    breaker.observer().take();
    let foreseen = breaker.rejection().expect("open");
    assert_eq!(foreseen.retry_after(), Some(S));
    assert_eq!(breaker.observer().take(), []);
    assert_eq!(breaker.try_acquire().unwrap_err(), foreseen);
    clock.advance(S);
    assert_eq!(breaker.rejection(), None);
    let probe = breaker.try_acquire().expect("foreseeing took no slot");
    assert_eq!(breaker.rejection().map(Rejected::reason), Some(Reason::ProbesBusy));
    probe.success();
    assert_eq!(breaker.rejection(), None);
}

#[test]
fn a_mode_decides_what_is_foreseen() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    breaker.set_mode(Mode::ForceOpen);
    assert_eq!(breaker.rejection().map(Rejected::reason), Some(Reason::ForcedOpen));
    breaker.trip();
    for mode in [Mode::Shadow, Mode::ForceClosed] {
        breaker.set_mode(mode);
        assert_eq!(breaker.rejection(), None);
    }
}
