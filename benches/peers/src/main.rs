//! tripword beside other circuit breakers, round by round in one process.
//!
//!     cargo run --release --manifest-path benches/peers/Cargo.toml
//!
//! writes the tables of `docs/performance.md` and the bars of `docs/performance.svg`; `--smoke` runs
//! everything briefly and writes nothing. `questions/` has what is measured, one file a question;
//! `subjects/` what is measured with each policy, one file a crate; `report/` makes the page.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the rules of the crate are not those of what measures it"
)]

mod args;
#[path = "../../baseline/mod.rs"]
mod baseline;
mod bench;
mod block_on;
mod call;
mod crowd;
mod job;
mod memory;
mod question;
mod questions;
mod quiet;
mod report;
mod results;
mod rounds;
mod service;
mod stats;
mod subject;
mod subjects;
mod work;

use args::{Args, HELP};
use question::Question;
use results::Results;
use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;
use subject::Subject;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let args = Args::parse()?;
    if args.help {
        print!("{HELP}");
        return Ok(());
    }
    let results = measure(&args);
    if args.print {
        print!("{}", report::tables(&results));
        return Ok(());
    }
    report::write(&results)
}

fn measure(args: &Args) -> Results {
    let weigh = |subject: Subject| {
        let memory = subject.weigh();
        (subject, memory)
    };
    let weighed = subjects::all().into_iter().map(weigh).collect();
    let effort = args.effort();
    let ask = |question: Question| timed(question.title, || rounds::run(question, &effort));
    let outcomes = questions::all(args.smoke).into_iter().map(ask).collect();
    let crowds = timed("Many threads on one breaker", || questions::crowd(args.smoke));
    Results { outcomes, crowds, weighed }
}

/// Says what is being done, and how long it took.
fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    eprint!("{what} ... ");
    let done = work();
    eprintln!("{:.0} s", start.elapsed().as_secs_f64());
    done
}
