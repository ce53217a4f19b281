//! Everything that is measured: one file a question.

mod crowd;
mod cycle;
mod failing;
mod features;
mod first_call;
mod healthy;
mod million;
mod reconfigured;
mod refused;
mod two_threads;
mod ways;

use crate::question::Question;

pub(crate) use crowd::{Crowds, ask as crowd};
pub(crate) use ways::{ASYNC_READY, BY_REFERENCE, READY, SERVICE};

/// In the order of the page. A smoke test builds fewer breakers.
pub(crate) fn all(smoke: bool) -> Vec<Question> {
    let failing = failing::SHARES.map(failing::question);
    let [one, two] = [ways::question(), ways::on_two_threads_ways()];
    let first = [healthy::question(), two_threads::question()].into_iter().chain(failing);
    first
        .chain([refused::question(), cycle::question(), one, two])
        .chain([first_call::question(), million::question(smoke), reconfigured::question()])
        .chain([features::question()])
        .collect()
}
