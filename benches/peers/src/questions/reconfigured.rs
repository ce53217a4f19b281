//! What does a call cost while another thread replaces the settings?

use crate::baseline::OneLoad;
use crate::call::{Answer, Shared, dependency};
use crate::job::{Job, Policy, Terms};
use crate::question::{Absence, Column::*, Order, Prepared, Question, Topic, is_closed};
use crate::subject::{Kind, Subject};
use crate::subjects::tripword::{Tripword, settings};
use crate::work::Task;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tripword::{Config, MonotonicClock};

const IDLE: &str = "another thread leaves it alone";
const LOAD: &str = "the call, and one load of a word that another thread writes all the time";
/// Far more often than settings change.
const OFTEN: Duration = Duration::from_micros(50);

pub(super) fn question() -> Question {
    Question {
        topic: Topic::Reconfigured,
        title: "Settings replaced while calls run",
        about: "tripword with `live` settings: one thread makes good calls.",
        columns: &[OpensAt, Name("meanwhile"), Nanos("a call"), MiddleHalf, More("more"), Than],
        order: Order::AsListed,
        subjects: subjects(),
        prepare,
        holds: is_closed,
    }
}

fn prepare(subject: &Subject) -> Result<Prepared, Absence> {
    Ok(Prepared { bench: subject.build(Terms::USUAL), task: Task::Disturbed })
}

fn subjects() -> Vec<Subject> {
    let of = |policy| {
        let kind = Kind::Own(policy);
        [
            Subject::new(IDLE, kind, |job| Live::of(job, None)),
            Subject::new("`reconfigure`, every 50 µs", kind, |job| Live::of(job, Some(OFTEN))),
            Subject::new("`reconfigure`, all the time", kind, |job| {
                Live::of(job, Some(Duration::ZERO))
            }),
        ]
        .map(|subject| subject.over(IDLE))
    };
    let limit = Subject::limit(LOAD, || Written(OneLoad::new()));
    Policy::ALL.into_iter().flat_map(of).chain([limit]).collect()
}

/// A breaker whose settings are one of two by turns.
struct Live {
    breaker: Tripword<MonotonicClock>,
    settings: [Config; 2],
    next: AtomicUsize,
    /// Between two replacements.
    pause: Option<Duration>,
}

impl Live {
    fn of(job: Job, pause: Option<Duration>) -> Self {
        let one = settings(job).live();
        let other = one.open_duration(job.terms.open_duration / 2);
        Self {
            breaker: Tripword(one.build().expect("valid settings")),
            settings: [other, one].map(|settings| settings.config().expect("valid settings")),
            next: AtomicUsize::new(0),
            pause,
        }
    }
}

impl Shared for Live {
    #[inline(always)]
    fn call(&self, answer: Answer) -> Option<Answer> {
        self.breaker.call(answer)
    }

    fn disturb(&self) {
        let Some(pause) = self.pause else { return spin_loop() };
        let next = self.next.fetch_add(1, Relaxed) % 2;
        self.breaker.0.reconfigure(self.settings[next]).expect("settings that can be replaced");
        let start = Instant::now();
        while start.elapsed() < pause {
            spin_loop();
        }
    }
}

struct Written(OneLoad);

impl Shared for Written {
    #[inline(always)]
    fn call(&self, answer: Answer) -> Option<Answer> {
        Some(self.0.call(|| dependency(answer)))
    }

    fn disturb(&self) {
        self.0.write();
    }
}
