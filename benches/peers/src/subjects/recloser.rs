//! recloser: a ring of outcomes behind a spin lock, states behind an epoch.

use crate::call::{Answer, Shared, dependency};
use crate::job::{CALLS, Job};
use recloser::{Error, Recloser};

pub(crate) struct Subject(Recloser);

impl Shared for Subject {
    #[inline(always)]
    fn call(&self, answer: Answer) -> Option<Answer> {
        match self.0.call(|| dependency(answer)) {
            Ok(value) => Some(Ok(value)),
            Err(Error::Inner(failed)) => Some(Err(failed)),
            Err(Error::Rejected) => None,
        }
    }
}

/// It judges only a full window, and has no smaller minimum: half-open takes two calls.
pub(crate) fn last_calls(job: Job) -> Subject {
    let builder = Recloser::custom()
        .error_rate(job.terms.rate as f32)
        .closed_len(CALLS as usize)
        .half_open_len(1)
        .open_wait(job.terms.open_duration);
    Subject(builder.build())
}
