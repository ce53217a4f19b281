//! What opens a closed circuit.

use super::Settings;
use tripword::{Outcome, TripCause};

/// The calls of one generation, as far as a verdict needs them.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    failed_in_a_row: u32,
}

impl Calls {
    /// Records a success or a failure; the verdict, if that opens the circuit.
    pub(crate) fn record(&mut self, outcome: Outcome, settings: &Settings) -> Option<TripCause> {
        match outcome {
            Outcome::Success => self.failed_in_a_row = 0,
            _ => self.failed_in_a_row += 1,
        }
        let trips = self.failed_in_a_row >= settings.consecutive_failures;
        trips.then_some(TripCause::ConsecutiveFailures(self.failed_in_a_row))
    }

    pub(crate) fn failed_in_a_row(&self) -> u32 {
        self.failed_in_a_row
    }
}
