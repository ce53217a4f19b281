//! Everybody who is measured. One file a crate, which sets it up for the job.

mod baseline;
mod breaker;
mod circuitbreaker_rs;
mod failsafe;
mod features;
mod recloser;
mod seatbelt;
mod tower_resilience;
mod tripword;

use crate::baseline::{
    Bare, BucketBreaker, CoarseReading, MutexBreaker, OneLoad, OneReading, OneRmw, OsReading,
};
use crate::job::{FAILURES, Policy, WINDOW};
use crate::subject::{Kind, Subject};
use Policy::{Consecutive, LastCalls, Within};

pub(crate) use features::PLAIN;

/// tripword with one thing turned on, and with none.
pub(crate) fn features() -> Vec<Subject> {
    features::all()
}

pub(crate) fn all() -> Vec<Subject> {
    let groups = [own(), peers(), baselines(), limits()];
    groups.into_iter().flatten().collect()
}

fn own() -> Vec<Subject> {
    let own = |policy| Subject::new("tripword", Kind::Own(policy), tripword::default);
    let coarse = Subject::new("tripword, coarse clock", Kind::Own(Within), tripword::coarse);
    let striped = Subject::new("tripword, 8 stripes", Kind::Own(Within), tripword::striped);
    let mut subjects: Vec<_> = Policy::ALL.into_iter().map(own).collect();
    subjects.extend([coarse, striped]);
    let cycling = |subject: Subject| subject.cycling(tripword::whole_millis);
    subjects.into_iter().map(cycling).collect()
}

fn peers() -> Vec<Subject> {
    use self::{
        breaker as br, circuitbreaker_rs as cr, failsafe as fs, recloser as rc, seatbelt as sb,
        tower_resilience as tr,
    };
    let (in_a_row, of_calls, of_time) =
        (Kind::Peer(Consecutive), Kind::Peer(LastCalls), Kind::Peer(Within));
    vec![
        Subject::new("failsafe", in_a_row, fs::consecutive),
        Subject::new("breaker", in_a_row, br::consecutive),
        Subject::new("circuitbreaker-rs", in_a_row, cr::consecutive),
        Subject::new("tower-resilience", in_a_row, tr::consecutive),
        Subject::new("recloser", of_calls, rc::last_calls).probes(2),
        Subject::new("breaker", of_calls, br::last_calls),
        Subject::new("tower-resilience", of_calls, tr::last_calls),
        Subject::new("failsafe", of_time, fs::within),
        Subject::new("seatbelt", of_time, sb::within),
        Subject::new("seatbelt, coarse clock", of_time, sb::coarse),
        Subject::new("tower-resilience", of_time, tr::within),
    ]
}

fn baselines() -> Vec<Subject> {
    let in_a_row = Kind::Baseline(Consecutive);
    let of_time = Kind::Baseline(Within);
    vec![
        Subject::new("std Mutex", in_a_row, |job| MutexBreaker::new(FAILURES, job.open_duration)),
        Subject::new("parking_lot, 10 buckets", of_time, |job| {
            BucketBreaker::new(WINDOW, job.open_duration)
        }),
    ]
}

fn limits() -> Vec<Subject> {
    vec![
        Subject::new("the call alone", Kind::Limit, |_| Bare),
        Subject::new("+ one load", Kind::Limit, |_| OneLoad::new()),
        Subject::new("+ one RMW", Kind::Limit, |_| OneRmw::new()),
        Subject::new("+ one clock reading", Kind::Limit, |_| OneReading),
        Subject::new("+ one clock reading, then an RMW", Kind::Limit, |_| {
            baseline::ReadingThenRmw::default()
        }),
        Subject::new("+ one reading of std's clock", Kind::Limit, |_| OsReading),
        Subject::new("+ one coarse reading", Kind::Limit, |_| CoarseReading::new()),
    ]
}
