//! What a named breaker has beside its state: name, observer, last failure, and last use.

use crate::failure::LastFailure;
use crate::opens::Opens;
use crate::sync::Number;
use arc_swap::ArcSwapOption;
use tripword::{Mode, Nanos, Observer, Rejected, Settlement, State, Transition};

/// The observer of a [`NamedBreaker`](crate::NamedBreaker): holds the name, and passes each event
/// on to the observer `O`.
#[derive(Debug)]
pub struct Named<K, O = ()> {
    /// The name of the breaker.
    pub name: K,
    /// The observer that receives the events.
    pub observer: O,
    /// Swapped whole, since threads that refuse calls read it while others fail.
    pub(crate) last_failure: ArcSwapOption<LastFailure>,
    /// [`USED`], or since when the registry has not seen it used, on the registry's own time.
    pub(crate) last_used: Number,
    /// The state and the mode of its settings, as [`start_of`] writes them.
    pub(crate) start: Number,
    pub(crate) opens: Opens,
}

/// The breaker was looked up since the registry last examined it.
pub(crate) const USED: usize = usize::MAX;

/// Returns the state and the mode of a breaker as one number, whose lowest bits are the mode.
pub(crate) const fn start_of(state: State, mode: Mode) -> usize {
    (state as usize) << 2 | mode as usize
}

/// The modes by their numbers.
pub(crate) const MODES: [Mode; 4] =
    [Mode::Normal, Mode::ForceOpen, Mode::ForceClosed, Mode::Shadow];

/// Returns the number of the mode in what [`start_of`] returned.
pub(crate) const fn mode_of(start: usize) -> usize {
    start & 3
}

impl<K, O> Named<K, O> {
    /// Stamps a breaker that is in use. Writes only if it was examined since the last use, so that
    /// threads that look up a busy name share a cache line that does not change.
    #[inline]
    pub(crate) fn mark(&self) {
        if self.last_used.get() != USED {
            self.last_used.set(USED);
        }
    }

    /// Forgets the last failure if it was noted until `closed`. A thread that is late with its
    /// notification must not discard a failure that opened the circuit again.
    fn forget_until(&self, closed: Nanos) {
        let noted = self.last_failure.load();
        if noted.as_ref().is_some_and(|failure| failure.at <= closed) {
            self.last_failure.compare_and_swap(&noted, None);
        }
    }
}

impl<K, O: Observer> Observer for Named<K, O> {
    #[inline]
    fn on_transition(&self, transition: &Transition) {
        // First, since an observer may panic.
        self.opens.on_transition(transition.from, transition.to);
        if transition.to == State::Closed {
            self.forget_until(transition.at);
        }
        self.observer.on_transition(transition);
    }

    #[inline]
    fn on_rejected(&self, rejected: &Rejected) {
        self.observer.on_rejected(rejected);
    }

    #[inline]
    fn on_outcome(&self, settlement: &Settlement) {
        self.observer.on_outcome(settlement);
    }

    #[inline]
    fn on_mode(&self, from: Mode, to: Mode) {
        self.opens.on_mode(from, to);
        self.observer.on_mode(from, to);
    }
}
