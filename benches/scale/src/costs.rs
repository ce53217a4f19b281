//! What things take, from the page's medians: everything but one guess, how long a line stays.

use crate::breakers::{Breaker, NOTHING, counter};
use crate::line::Picos;
use crate::measured::median;
use crate::script::Script;
use crate::simulation::{Costs, nanos_a_call};
use std::error::Error;

/// The measured machine, and how its lines are taken to move.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Machine {
    pub(crate) transfer: Picos,
    pub(crate) stay: Picos,
    pub(crate) swap: Picos,
}

impl Machine {
    /// The one that `page` was measured on, whose lines stay for so many tenths of a swap: a swap takes what it adds to a loop on one
    /// thread, and a transfer what makes a counter that two share as slow as it was.
    pub(crate) fn of(page: &str, stay: u64) -> Result<Self, Box<dyn Error>> {
        let (counter, around) = (counter(), median(page, NOTHING)?);
        let swap = picos(median(page, counter.alone)? - around);
        let together = counter.together.ok_or("the counter was measured on two")?;
        let machine = Self {
            transfer: 0,
            stay: stay * swap / 10,
            swap,
        };
        let transfer =
            machine.transfer_for(&counter.script, picos(around), median(page, together)?);
        Ok(Self {
            transfer,
            ..machine
        })
    }

    /// The same with a longer or shorter way between cores.
    pub(crate) fn with_transfer(self, transfer: Picos) -> Self {
        Self { transfer, ..self }
    }

    /// What a call takes on each of so many cores, in nanoseconds.
    pub(crate) fn nanos(
        self,
        page: &str,
        breaker: &Breaker,
        cores: usize,
    ) -> Result<f64, Box<dyn Error>> {
        let alone = picos(median(page, breaker.alone)?);
        let swaps = self.swap * breaker.script.swaps() as Picos;
        let costs = self.costs(alone.saturating_sub(swaps));
        Ok(nanos_a_call(&breaker.script, costs, cores))
    }

    fn costs(self, local: Picos) -> Costs {
        Costs {
            transfer: self.transfer,
            stay: self.stay,
            swap: self.swap,
            local,
        }
    }

    /// The shortest way, in tenths of a nanosecond, with which a call on each of two cores takes as long as was measured.
    fn transfer_for(self, script: &Script, local: Picos, measured: f64) -> Picos {
        let reaches = |tenths: Picos| {
            let costs = self.with_transfer(100 * tenths).costs(local);
            nanos_a_call(script, costs, 2) >= measured
        };
        let (mut below, mut above) = (0, 10_000);
        while above - below > 1 {
            let middle = (below + above) / 2;
            *(if reaches(middle) {
                &mut above
            } else {
                &mut below
            }) = middle;
        }
        100 * above
    }
}

fn picos(nanos: f64) -> Picos {
    (nanos * 1_000.0).round() as Picos
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_found_with_which_the_counter_is_as_slow_as_measured() {
        let page = "\n### Healthy, one thread\n\n|  | the call alone | 0.30 | |\n|  | + one RMW | 7.30 | |\n\
                    \n### Healthy, two threads on one breaker\n\n|  | + one RMW | 38.0 | |\n";
        let machine = Machine::of(page, 0).unwrap();
        assert_eq!((machine.swap, machine.transfer), (7_000, 12_000));
        let nanos = machine.nanos(page, &counter(), 2).unwrap();
        assert!((37.9..38.2).contains(&nanos), "{nanos}");
    }
}
