//! Settings are refused with a message, or always work.

use crate::bytes::Bytes;
use crate::chosen::{Chosen, Growth};
use crate::times::{duration, moment};
use oracle::FOREVER;
use std::cell::{Cell, RefCell};
use std::time::Duration;
use tripword::{CircuitBreaker, Clock, Config, Mode, Nanos, Outcome, Snapshot, State};

/// Any settings: refused exactly where the documentation says so, with a readable reason; or built,
/// and then no operation at any time panics or exceeds a limit.
pub fn settings(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let chosen = Chosen::new(&mut bytes);
    let built = chosen.builder().config();
    assert_eq!(built.is_ok(), chosen.can_be(), "{built:?}\n{chosen:#?}");
    match built {
        Ok(config) => {
            as_chosen(&config, &chosen);
            operate(&chosen, config, &Times::new(bytes));
        }
        Err(error) => {
            let (text, constant) = (error.to_string(), error.message());
            assert!(text.starts_with(error.setting()), "{text}");
            let leaves_out = constant.as_str().ends_with("not the one given");
            assert!(leaves_out || constant.as_str() == text, "{text}, and {constant}");
        }
    }
}

fn as_chosen(config: &Config, chosen: &Chosen) {
    assert_eq!(config.consecutive_failures(), chosen.failures_in_a_row());
    let all_time = Duration::from_nanos(u64::MAX);
    let first = match chosen.backoff {
        None => Duration::from_secs(30),
        Some(Growth::Fixed(first) | Growth::Exponential { base: first, .. }) => first.min(all_time),
        Some(Growth::ByStreak) => Duration::ZERO,
    };
    let longest = config.longest_open();
    let is_capped = |first: &Duration| *first < FOREVER;
    let first = Some(first).filter(is_capped).map_or(first, |first| first.min(longest));
    assert_eq!(config.first_open_duration(), first);
    if let Some(chosen) = chosen.longest_open {
        assert!(longest >= chosen && longest < chosen + Duration::from_secs(1));
    }
}

/// A clock that shows any time, and the other choices from the same bytes.
#[derive(Debug)]
struct Times<'a> {
    bytes: RefCell<Bytes<'a>>,
    now: Cell<u64>,
    /// Shows another, unrelated time at each reading.
    is_wild: bool,
}

impl<'a> Times<'a> {
    fn new(mut bytes: Bytes<'a>) -> Self {
        Self {
            is_wild: bytes.flag(),
            now: Cell::new(moment(&mut bytes)),
            bytes: RefCell::new(bytes),
        }
    }

    fn are_over(&self) -> bool {
        self.bytes.borrow().is_empty()
    }

    fn below(&self, end: u32) -> u32 {
        self.bytes.borrow_mut().below(end)
    }

    fn pick<T: Copy>(&self, of: &[T]) -> T {
        self.bytes.borrow_mut().pick(of)
    }

    fn duration(&self) -> Duration {
        duration(&mut self.bytes.borrow_mut())
    }

    fn pass(&self) {
        let moment = moment(&mut self.bytes.borrow_mut());
        self.now.set(moment);
    }
}

impl Clock for Times<'_> {
    fn now(&self) -> Nanos {
        if self.is_wild {
            self.pass();
        }
        Nanos::from_nanos(self.now.get())
    }
}

type Breaker<'t> = CircuitBreaker<&'t Times<'t>>;
type Permit<'a, 't> = tripword::Permit<'a, &'t Times<'t>>;

/// Bounds operations by the size of the breaker: a large one takes long to read.
const MOST_WORDS_READ: usize = 1 << 18;

fn operate<'t>(chosen: &Chosen, config: Config, times: &'t Times<'t>) {
    let breaker = chosen.builder().build_with(times).expect("as before");
    let mut permits = Vec::new();
    for _ in 0..=MOST_WORDS_READ / config.words() {
        if times.are_over() {
            return;
        }
        step(&breaker, &mut permits, chosen, config);
        check(&breaker.snapshot(), chosen);
    }
}

fn step<'a, 't>(
    breaker: &'a Breaker<'t>,
    permits: &mut Vec<Permit<'a, 't>>,
    chosen: &Chosen,
    config: Config,
) {
    let times = breaker.clock();
    match times.below(16) {
        0..=3 => match breaker.try_acquire() {
            Ok(permit) => permits.push(permit),
            Err(rejected) => assert!(!rejected.to_string().is_empty()),
        },
        4..=8 => settle(permits, times),
        9 => breaker.trip(),
        10 => trip_for(breaker, times.duration()),
        11 => breaker.half_open(),
        12 => times.pick(&[Breaker::close, Breaker::reset])(breaker),
        13 => breaker.set_mode(times.pick(&MODES)),
        14 => assert_eq!(breaker.reconfigure(config).is_ok(), chosen.live),
        _ => times.pass(),
    }
}

const MODES: [Mode; 4] = [Mode::Normal, Mode::ForceOpen, Mode::ForceClosed, Mode::Shadow];

fn settle(permits: &mut Vec<Permit<'_, '_>>, times: &Times<'_>) {
    if permits.is_empty() {
        return;
    }
    let permit = permits.swap_remove(times.below(permits.len() as u32) as usize);
    let outcome = times.pick(&[Outcome::Success, Outcome::Failure, Outcome::Ignored]);
    match times.below(4) {
        0 | 1 => permit.settle(outcome),
        2 => permit.settle_elapsed(outcome, times.duration()),
        _ => permit.settle(Outcome::RetryAfter(times.duration())),
    }
}

/// A wait is never shorter than requested, up to the longest one, and one of 17 years is permanent.
fn trip_for(breaker: &Breaker<'_>, wait: Duration) {
    breaker.trip_for(wait);
    let snapshot = breaker.snapshot();
    if breaker.clock().is_wild || wait.is_zero() {
        return;
    }
    assert_eq!(snapshot.state, State::Open, "for {wait:?}: {snapshot:?}");
    let least = wait.min(breaker.config().longest_open());
    let is_kept = |remaining: Duration| wait < FOREVER && remaining >= least;
    assert!(snapshot.remaining.is_none_or(is_kept), "for {wait:?}: {snapshot:?}");
}

fn check(snapshot: &Snapshot, chosen: &Chosen) {
    assert!(!snapshot.to_string().is_empty());
    assert_eq!(snapshot.consecutive_failure_limit, chosen.failures_in_a_row());
    let probes = snapshot.probes;
    let (max, successes, failures) = chosen.probe_limits();
    assert!(u32::from(probes.in_flight) <= max, "{snapshot:?}");
    assert!(probes.successes <= probes.successes_to_close, "{snapshot:?}");
    assert!(probes.failures <= probes.failures_to_open, "{snapshot:?}");
    if snapshot.state == State::HalfOpen {
        assert_eq!(u32::from(probes.successes_to_close), successes);
        assert_eq!(u32::from(probes.failures_to_open), failures);
    }
    let counts = snapshot.counts;
    assert!(counts.failures <= counts.calls, "{snapshot:?}");
    let most = chosen.last_calls.unwrap_or(u32::MAX);
    assert!(counts.calls <= most, "{snapshot:?}");
}
