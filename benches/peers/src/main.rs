//! tripword beside other circuit breakers, round by round in one process.
//!
//!     cargo run --release --manifest-path benches/peers/Cargo.toml
//!
//! writes the tables of `docs/performance.md` and the bars of `docs/performance.svg`; `--smoke` runs
//! everything briefly and writes nothing.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the rules of the crate are not those of what measures it"
)]

mod args;
#[path = "../../baseline/mod.rs"]
mod baseline;
mod block_on;
mod call;
mod job;
mod memory;
mod quiet;
mod report;
mod results;
mod rounds;
mod scenario;
mod stats;
mod subject;
mod subjects;
mod work;

use args::{Args, HELP};
use results::Results;
use scenario::Scenario;
use std::error::Error;
use std::process::ExitCode;
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
    let everybody = measure(&args, subjects::all(), &Scenario::ALL);
    eprintln!("What it costs to turn on ...");
    let features = measure(&args, subjects::features(), &[Scenario::Healthy]);
    if args.smoke {
        print!("{}", report::tables(&everybody, &features));
        return Ok(());
    }
    report::write(&everybody, &features)
}

fn measure(args: &Args, subjects: Vec<Subject>, scenarios: &[Scenario]) -> Results {
    let memory = subjects.iter().map(|subject| subject.weigh()).collect();
    let effort = args.effort();
    let run = |&scenario: &Scenario| {
        eprintln!("{} ...", scenario.title());
        rounds::run(scenario, &subjects, &effort)
    };
    let outcomes = scenarios.iter().map(run).collect();
    Results { subjects, memory, outcomes }
}
