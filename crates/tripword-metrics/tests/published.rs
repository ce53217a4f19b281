//! What is published through `metrics`, read from the text for Prometheus.

use metrics::{
    Counter, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tripword::{
    Builder, Cause, CircuitBreaker, ManualClock, Mode, Observer, Ramp, Reason, State, Transition,
};
use tripword_metrics::{BreakerMetrics, Metrics};

const MS: Duration = Duration::from_millis(1);
const S: Duration = Duration::from_secs(1);

const STATES: [State; 4] = [State::Closed, State::Open, State::HalfOpen, State::Recovering];

const MODES: [Mode; 4] = [Mode::Normal, Mode::ForceOpen, Mode::ForceClosed, Mode::Shadow];

type ManualBreaker<'a, O = ()> = CircuitBreaker<&'a ManualClock, O>;

/// A breaker without jitter, so that its times are exact.
fn breaker(clock: &ManualClock, settings: impl FnOnce(Builder) -> Builder) -> ManualBreaker<'_> {
    settings(CircuitBreaker::builder().jitter(0.0)).build_with(clock).expect("valid settings")
}

fn fail<O: Observer>(breaker: &ManualBreaker<'_, O>, calls: u32) {
    for _ in 0..calls {
        breaker.try_acquire().expect("admitted").failure();
    }
}

fn succeed<O: Observer>(breaker: &ManualBreaker<'_, O>, calls: u32) {
    for _ in 0..calls {
        breaker.try_acquire().expect("admitted").success();
    }
}

/// Runs `f` with a recorder of its own, to be read afterwards.
fn recorded<T>(f: impl FnOnce() -> T) -> (PrometheusHandle, T) {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let result = metrics::with_local_recorder(&recorder, f);
    (handle, result)
}

/// The value of a series, `None` if there is none.
fn value(handle: &PrometheusHandle, series: &str) -> Option<f64> {
    let text = handle.render();
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}

fn payments<'a>(metrics: &Metrics, clock: &'a ManualClock) -> ManualBreaker<'a, BreakerMetrics> {
    observed(metrics, breaker(clock, |b| b.consecutive_failures(2).open_duration(S)))
}

fn observed<'a>(
    metrics: &Metrics,
    breaker: ManualBreaker<'a>,
) -> ManualBreaker<'a, BreakerMetrics> {
    let observer = metrics.observe("payments", &breaker);
    breaker.observed_by(observer)
}

/// The gauges of all states.
fn in_states(handle: &PrometheusHandle) -> [f64; 4] {
    STATES.map(|state| {
        let state = state.label();
        let series = format!("tripword_in_state{{breaker=\"payments\",state=\"{state}\"}}");
        value(handle, &series).unwrap()
    })
}

/// The gauges of all modes.
fn in_modes(handle: &PrometheusHandle) -> [f64; 4] {
    MODES.map(|mode| {
        let mode = mode.label();
        let series = format!("tripword_in_mode{{breaker=\"payments\",mode=\"{mode}\"}}");
        value(handle, &series).unwrap()
    })
}

#[test]
fn gauges_show_the_state_and_counters_the_transitions() {
    let clock = ManualClock::new();
    let (handle, _breaker) = recorded(|| {
        let breaker = payments(&Metrics::new(), &clock);
        fail(&breaker, 2);
        for _ in 0..3 {
            let _ = breaker.try_acquire();
        }
        clock.advance(S);
        let probe = breaker.try_acquire().unwrap();
        let _ = breaker.try_acquire();
        probe.failure();
        breaker
    });
    let number = |series: &str| value(&handle, series);
    assert_eq!(in_states(&handle), [0.0, 1.0, 0.0, 0.0]);
    assert_eq!(number("tripword_opened_total{breaker=\"payments\"}"), Some(2.0));
    for (reason, refusals) in [
        (Reason::Open, 3.0),
        (Reason::ProbesBusy, 1.0),
        (Reason::Recovering, 0.0),
        (Reason::ForcedOpen, 0.0),
    ] {
        let reason = reason.label();
        let series =
            format!("tripword_rejections_total{{breaker=\"payments\",reason=\"{reason}\"}}");
        assert_eq!(number(&series), Some(refusals), "{reason}");
    }
    let (closed, open, half_open) = (State::Closed, State::Open, State::HalfOpen);
    for (from, to, cause) in [
        (closed, open, "consecutive_failures"),
        (open, half_open, Cause::DeadlineReached.label()),
        (half_open, open, Cause::ProbesFailed.label()),
    ] {
        let (from, to) = (from.label(), to.label());
        let labels = format!("breaker=\"payments\",from=\"{from}\",to=\"{to}\",cause=\"{cause}\"");
        let series = format!("tripword_transitions_total{{{labels}}}");
        assert_eq!(number(&series), Some(1.0), "{}", handle.render());
    }
}

#[test]
fn a_shadowed_refusal_has_a_counter_of_its_own() {
    let clock = ManualClock::new();
    let (handle, ()) = recorded(|| {
        let breaker = payments(&Metrics::new(), &clock);
        breaker.set_mode(Mode::Shadow);
        breaker.trip();
        succeed(&breaker, 2);
    });
    assert_eq!(value(&handle, "tripword_shadowed_total{breaker=\"payments\"}"), Some(2.0));
    let refusals = "tripword_rejections_total{breaker=\"payments\",reason=\"open\"}";
    assert_eq!(value(&handle, refusals), Some(0.0));
}

#[test]
fn the_gauge_of_a_mode_is_set_from_the_first_moment_until_the_drop() {
    let clock = ManualClock::new();
    let forced = breaker(&clock, |b| b);
    forced.set_mode(Mode::ForceClosed);
    let (handle, breaker) = recorded(|| observed(&Metrics::new(), forced));
    let in_modes = || in_modes(&handle);
    assert_eq!(in_modes(), [0.0, 0.0, 1.0, 0.0]);
    breaker.set_mode(Mode::Shadow);
    breaker.set_mode(Mode::Shadow);
    assert_eq!(in_modes(), [0.0, 0.0, 0.0, 1.0]);
    breaker.set_mode(Mode::ForceOpen);
    breaker.set_mode(Mode::Normal);
    assert_eq!(in_modes(), [1.0, 0.0, 0.0, 0.0]);
    breaker.set_mode(Mode::ForceOpen);
    assert_eq!(in_modes(), [0.0, 1.0, 0.0, 0.0]);
    drop(breaker);
    assert_eq!(in_modes(), [0.0; 4]);
}

/// Stores transitions, to pass them on later.
#[derive(Default)]
struct Log(std::cell::RefCell<Vec<Transition>>);

impl Observer for Log {
    fn on_transition(&self, transition: &Transition) {
        self.0.borrow_mut().push(*transition);
    }
}

#[test]
fn gauges_end_in_the_current_state_whatever_the_order_of_transitions() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1).open_duration(MS))
        .observed_by(Log::default());
    fail(&breaker, 1);
    clock.advance(MS);
    succeed(&breaker, 1);
    breaker.half_open();
    let transitions = breaker.observer().0.take();
    assert_eq!(transitions.last().unwrap().cause, Cause::Manual);
    for turn in 0..transitions.len() {
        let (handle, _observer) = recorded(|| {
            let observer =
                Metrics::new().observe("payments", &super::published::breaker(&clock, |b| b));
            let (before, after) = transitions.split_at(turn);
            let late = after.iter().chain(before).rev();
            late.for_each(|transition| observer.on_transition(transition));
            observer
        });
        assert_eq!(in_states(&handle), [0.0, 0.0, 1.0, 0.0], "{turn}");
    }
}

/// A change of the gauge of a state.
type Change = (&'static str, f64);

/// A gauge that reports its changes.
struct Reported(mpsc::Sender<Change>, &'static str);

impl GaugeFn for Reported {
    fn increment(&self, value: f64) {
        self.0.send((self.1, value)).unwrap();
    }

    fn decrement(&self, value: f64) {
        self.increment(-value);
    }

    fn set(&self, _: f64) {
        unreachable!("gauges are sums");
    }
}

/// Records the gauges of states, and nothing else.
struct StatesOnly(mpsc::Sender<Change>);

impl Recorder for StatesOnly {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        // The number of a state would show others on the way, and add up.
        let one_a_label = ["tripword_in_state", "tripword_in_mode"];
        assert!(one_a_label.contains(&key.name()), "{key}");
        let labels: Vec<_> = key.labels().map(metrics::Label::value).collect();
        let state = STATES.iter().find(|state| labels.contains(&state.label()));
        state.map_or_else(Gauge::noop, |state| {
            Gauge::from_arc(Arc::new(Reported(self.0.clone(), state.label())))
        })
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

/// What scrapes could read: the gauges of all states after each change of one.
struct Scrapes {
    changes: mpsc::Receiver<Change>,
    now: [f64; 4],
}

impl Scrapes {
    /// Takes what could be read since the last call.
    fn take(&mut self) -> Vec<[f64; 4]> {
        let scrape_after = |(label, change)| {
            let place = STATES.iter().position(|state| state.label() == label);
            self.now[place.unwrap()] += change;
            self.now
        };
        self.changes.try_iter().map(scrape_after).collect()
    }
}

/// Runs `f` with a recorder whose gauges of states can be read after each change.
fn scraped(f: impl FnOnce(Scrapes)) {
    let (sender, changes) = mpsc::channel();
    let now = NO_STATE;
    metrics::with_local_recorder(&StatesOnly(sender), || f(Scrapes { changes, now }));
}

const NO_STATE: [f64; 4] = [0.0; 4];

/// What a scrape reads if the only breaker is in `state`.
fn only_in(state: State) -> [f64; 4] {
    STATES.map(|other| f64::from(u8::from(other == state)))
}

#[test]
fn no_scrape_reads_a_state_that_the_breaker_is_not_in() {
    let clock = ManualClock::new();
    scraped(|mut scrapes| {
        let breaker = breaker(&clock, |b| b.ramp(Ramp::new(0.5, S)));
        let breaker = observed(&Metrics::new(), breaker);
        assert_eq!(scrapes.take(), [only_in(State::Closed)]);
        let mut after = |state| assert_eq!(scrapes.take(), [NO_STATE, only_in(state)]);
        breaker.trip();
        after(State::Open);
        breaker.half_open();
        after(State::HalfOpen);
        succeed(&breaker, 1);
        after(State::Recovering);
        breaker.trip();
        after(State::Open);
        breaker.reset();
        after(State::Closed);
        drop(breaker);
        assert_eq!(scrapes.take(), [NO_STATE]);
    });
}

/// Half-open is reported before the opening that it followed.
#[test]
fn a_late_report_moves_no_gauge() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b).observed_by(Log::default());
    breaker.trip();
    breaker.half_open();
    let transitions = breaker.observer().0.take();
    scraped(|mut scrapes| {
        let new = super::published::breaker(&clock, |b| b);
        let observer = Metrics::new().observe("payments", &new);
        scrapes.take();
        observer.on_transition(&transitions[1]);
        assert_eq!(scrapes.take(), [NO_STATE, only_in(State::HalfOpen)]);
        observer.on_transition(&transitions[0]);
        assert_eq!(scrapes.take(), [] as [[f64; 4]; 0]);
    });
}

#[test]
fn a_late_change_of_mode_is_waited_for() {
    let clock = ManualClock::new();
    let (handle, observer) = recorded(|| {
        let breaker = breaker(&clock, |b| b);
        Metrics::new().observe("payments", &breaker)
    });
    observer.on_mode(Mode::Shadow, Mode::ForceOpen);
    assert_eq!(in_modes(&handle), [1.0, 0.0, 0.0, 0.0]);
    observer.on_mode(Mode::Normal, Mode::Shadow);
    assert_eq!(in_modes(&handle), [0.0, 1.0, 0.0, 0.0]);
}

#[test]
fn two_breakers_of_one_name_are_each_in_their_state() {
    let clock = ManualClock::new();
    let (handle, (one, other)) = recorded(|| {
        let metrics = Metrics::new();
        (payments(&metrics, &clock), payments(&metrics, &clock))
    });
    assert_eq!(in_states(&handle), [2.0, 0.0, 0.0, 0.0]);
    one.trip();
    other.half_open();
    assert_eq!(in_states(&handle), [0.0, 1.0, 1.0, 0.0]);
    drop(one);
    assert_eq!(in_states(&handle), [0.0, 0.0, 1.0, 0.0]);
    drop(other);
    assert_eq!(in_states(&handle), NO_STATE);
    let modes = in_modes(&handle);
    assert_eq!(modes, [0.0; 4], "what is gone is gone");
}

#[test]
fn a_name_from_outside_breaks_no_line_of_the_text() {
    let clock = ManualClock::new();
    let name = "a\"} 1\ntripword_in_state{breaker=\"b\\";
    let (handle, _observer) = recorded(|| {
        let breaker = breaker(&clock, |b| b);
        Metrics::new().observe(name, &breaker)
    });
    let text = handle.render();
    let series = text.lines().filter(|line| line.starts_with("tripword_in_state{"));
    assert_eq!(series.count(), 4, "{text}");
    assert!(!text.contains("\ntripword_in_state{breaker=\"b"), "{text}");
}

#[test]
fn a_dropped_breaker_is_in_no_state() {
    let clock = ManualClock::new();
    let (handle, ()) = recorded(|| {
        let metrics = Metrics::new();
        payments(&metrics, &clock).trip();
        let still_there = payments(&metrics, &clock);
        std::mem::forget(still_there);
    });
    assert_eq!(in_states(&handle), [1.0, 0.0, 0.0, 0.0]);
}

#[test]
fn names_beyond_the_limit_are_published_together() {
    let clock = ManualClock::new();
    let (handle, _breakers) = recorded(|| {
        let metrics = Metrics::new().at_most(2);
        let one = |number: u32| {
            let breaker = breaker(&clock, |b| b);
            let observer = metrics.observe(&format!("tenant-{number}"), &breaker);
            breaker.observed_by(observer)
        };
        let breakers: Vec<_> = (0..5).map(one).collect();
        breakers.iter().for_each(|breaker| breaker.trip());
        // A name that comes again has its label already, and takes no other.
        drop(one(1));
        breakers
    });
    let text = handle.render();
    assert!(text.contains("\"tenant-1\"") && !text.contains("\"tenant-2\""), "{text}");
    let open = "tripword_in_state{breaker=\"other\",state=\"open\"}";
    assert_eq!(value(&handle, open), Some(3.0));
}

#[test]
fn the_limit_holds_when_threads_bring_the_same_new_names() {
    let (handle, ()) = recorded(|| {
        let metrics = Arc::new(Metrics::new().at_most(10));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let metrics = metrics.clone();
                scope.spawn(move || {
                    let clock = ManualClock::new();
                    let breaker = breaker(&clock, |b| b);
                    for number in 0..50 {
                        metrics.observe(&number, &breaker);
                    }
                });
            }
        });
        assert!(format!("{metrics:?}").contains("names: 10"), "{metrics:?}");
    });
    assert_eq!(handle.render(), "", "other threads have no recorder here");
}

#[test]
fn a_name_that_two_threads_bring_at_once_takes_one_label() {
    for _ in 0..200 {
        let metrics = Metrics::new().at_most(20);
        let both_started = std::sync::Barrier::new(2);
        let bring_names = || {
            let clock = ManualClock::new();
            let breaker = breaker(&clock, |b| b);
            both_started.wait();
            for number in 0..20 {
                metrics.observe(&format!("tenant-{number}"), &breaker);
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(bring_names);
            scope.spawn(bring_names);
        });
        let shown = format!("{metrics:?}");
        assert!(shown.contains("names: 20"), "{shown}");
    }
}

#[test]
fn a_settled_call_publishes_and_allocates_nothing() {
    let clock = ManualClock::new();
    let (_, ()) = recorded(|| {
        let breaker = payments(&Metrics::new(), &clock);
        let allocated = allocation_counter::measure(|| {
            for _ in 0..100 {
                succeed(&breaker, 1);
                fail(&breaker, 1);
            }
        });
        assert_eq!(allocated.count_total, 0);
    });
}

#[test]
fn the_exporter_describes_each_metric() {
    let clock = ManualClock::new();
    let (handle, _breaker) = recorded(|| {
        let breaker = payments(&Metrics::new(), &clock);
        fail(&breaker, 2);
        let _ = breaker.try_acquire();
        breaker
    });
    let text = handle.render();
    for line in [
        "# HELP tripword_in_state 1 for the current state of the circuit",
        "# HELP tripword_opened_total Transitions of the circuit to open",
        "# HELP tripword_rejections_total Calls that were refused",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
}

#[test]
fn gauges_begin_with_the_state_that_was_entered_last() {
    let clock = ManualClock::new();
    let open = breaker(&clock, |b| b.open_duration(S));
    open.trip();
    clock.advance(S);
    let (handle, open) = recorded(|| observed(&Metrics::new(), open));
    assert_eq!(in_states(&handle), [0.0, 1.0, 0.0, 0.0]);
    succeed(&open, 1);
    assert_eq!(in_states(&handle), [1.0, 0.0, 0.0, 0.0]);

    let ramp = breaker(&clock, |b| b.ramp(Ramp::new(0.5, S)));
    ramp.half_open();
    succeed(&ramp, 1);
    clock.advance(2 * S);
    let (handle, ramp) = recorded(|| observed(&Metrics::new(), ramp));
    assert_eq!(in_states(&handle), [0.0, 0.0, 0.0, 1.0]);
    succeed(&ramp, 1);
    assert_eq!(in_states(&handle), [1.0, 0.0, 0.0, 0.0]);
    drop(ramp);
    assert_eq!(in_states(&handle), [0.0; 4]);
}

#[test]
fn a_breaker_that_is_removed_from_its_registry_leaves_the_gauges() {
    use tripword_registry::Registry;

    let (handle, _registry) = recorded(|| {
        let metrics = Metrics::new();
        let registry = Registry::builder()
            .observed_by(move |name, breaker| metrics.observe(name, breaker))
            .build();
        registry.get_or_create("payments").breaker().trip();
        registry.remove("payments");
        registry.get_or_create("payments");
        registry
    });
    assert_eq!(in_states(&handle), [1.0, 0.0, 0.0, 0.0]);
}
