//! Everything that is measured with each policy. One file a crate, which sets it up for the job.

mod baseline;
pub(crate) mod breaker;
mod circuitbreaker_rs;
pub(crate) mod failsafe;
pub(crate) mod recloser;
mod seatbelt;
mod tower_resilience;
pub(crate) mod tripword;

use crate::baseline::{
    Bare, BucketBreaker, CoarseReading, LoadThenCas, MutexBreaker, OneLoad, OneReading, OneRmw,
    OsCoarseReading, OsReading, ReadingThenRmw,
};
use crate::job::{FAILURES, Policy, WINDOW};
use crate::subject::{CALL_ALONE, Kind, Subject};
use Policy::{Consecutive, LastCalls, Within};

/// tripword with its default settings and clock.
pub(crate) const OWN: &str = "tripword";
pub(crate) const STRIPED: &str = "tripword, 8 stripes";
pub(crate) const ONE_ROW: &str = "tripword, 1 stripe";
pub(crate) const COARSE: &str = "tripword, coarse clock, 1 stripe";
pub(crate) const COARSE_STRIPED: &str = "tripword, coarse clock, 8 stripes";
pub(crate) const LOAD_THEN_CAS: &str = "+ one load and a CAS";
pub(crate) const ONE_RMW: &str = "+ one RMW";
pub(crate) const ONE_READING: &str = "+ one clock reading";
pub(crate) const READING_THEN_RMW: &str = "+ one clock reading, then an RMW";
pub(crate) const COARSE_READING: &str = "+ one coarse reading";

pub(crate) fn all() -> Vec<Subject> {
    let groups = [own(), peers(), baselines(), limits()];
    groups.into_iter().flatten().collect()
}

fn own() -> Vec<Subject> {
    let of_time = Kind::Own(Within);
    let by_default = |policy| {
        let subject = Subject::new(OWN, Kind::Own(policy), tripword::default);
        subject.cycling(|job| tripword::whole_millis(tripword::settings(job)))
    };
    let with_stripes = [
        Subject::new(ONE_ROW, of_time, tripword::one_row)
            .cycling(|job| tripword::whole_millis(tripword::settings(job).stripes(1))),
        Subject::new(STRIPED, of_time, tripword::striped).cycling(|job| {
            tripword::whole_millis(tripword::settings(job).stripes(tripword::STRIPES))
        }),
    ];
    let coarse = [
        Subject::new("tripword, OS coarse clock, 1 stripe", of_time, tripword::os_coarse),
        Subject::new(COARSE, of_time, tripword::coarse),
        Subject::new(COARSE_STRIPED, of_time, tripword::coarse_striped),
    ];
    let coarse = coarse.map(Subject::without_cycles);
    Policy::ALL.map(by_default).into_iter().chain(with_stripes).chain(coarse).collect()
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
        Subject::new("std Mutex", in_a_row, |job| {
            MutexBreaker::new(FAILURES, job.terms.open_duration)
        }),
        Subject::new("parking_lot, 10 buckets", of_time, |job| {
            BucketBreaker::new(WINDOW, job.terms.open_duration)
        }),
    ]
}

fn limits() -> Vec<Subject> {
    vec![
        Subject::limit(CALL_ALONE, || Bare),
        Subject::limit("+ one load", OneLoad::new),
        Subject::limit(LOAD_THEN_CAS, LoadThenCas::new),
        Subject::limit(ONE_RMW, OneRmw::new),
        Subject::limit(ONE_READING, || OneReading),
        Subject::limit(READING_THEN_RMW, ReadingThenRmw::new),
        Subject::limit("+ one reading of std's clock", || OsReading),
        Subject::limit("+ one reading of the OS's coarse clock", || OsCoarseReading),
        Subject::limit(COARSE_READING, CoarseReading::new),
    ]
}
