//! An outage to watch: a caller under load, a service that fails for a while, and what a breaker
//! changes.
#![allow(
    clippy::disallowed_methods,
    reason = "load and latencies are on the wall clock, not on the breaker's"
)]

mod args;
mod backend;
mod caller;
mod live;
mod load;
mod plot;
mod record;
mod run;
mod schedule;
mod summary;
mod table;
mod timeline;
mod units;

use std::{error::Error, fs, process::ExitCode, sync::Arc};

use tripword::{CircuitBreaker, ConfigError, MonotonicClock, Probes};

use crate::{args::Args, caller::Route, live::Live, record::Record, summary::Summary};

/// The file of the plot.
const PLOT: &str = "outage.svg";

fn main() -> ExitCode {
    let args = match args::parse(lexopt::Parser::from_env()) {
        Ok(Some(args)) => args,
        Ok(None) => {
            println!("{}", args::HELP);
            return ExitCode::SUCCESS;
        }
        Err(line) => return refuse(2, &line),
    };
    let breaker = match breaker(args) {
        Ok(breaker) => breaker,
        Err(error) => return refuse(2, &format!("cannot build the breaker: {error}")),
    };
    match play(args, breaker) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(1, &error.to_string()),
    }
}

fn refuse(code: u8, line: &str) -> ExitCode {
    eprintln!("outage: {line}");
    ExitCode::from(code)
}

fn breaker(args: Args) -> Result<CircuitBreaker<MonotonicClock>, ConfigError> {
    CircuitBreaker::builder()
        .consecutive_failures(args.failure_threshold)
        .open_duration(args.open)
        .probes(Probes::new().max_probes(1).successes_to_close(2))
        .seed(args.seed)
        .build()
}

fn play(args: Args, breaker: CircuitBreaker<MonotonicClock>) -> Result<(), Box<dyn Error>> {
    println!("{}", args.story());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (direct, guarded) = runtime.block_on(both(args, breaker))?;
    table::print(args, &Summary::of(&direct), &Summary::of(&guarded));
    let plot = plot::draw(args, &direct, &guarded)?;
    fs::write(PLOT, plot).map_err(|error| format!("cannot write {PLOT}: {error}"))?;
    println!("\n{PLOT} shows both runs over time");
    Ok(())
}

/// Runs the same load against the same outage twice: without the breaker, then with it.
async fn both(
    args: Args,
    breaker: CircuitBreaker<MonotonicClock>,
) -> std::io::Result<(Record, Record)> {
    let arrivals: Arc<[_]> = load::arrivals(args.rate, args.seed).into();
    let live = Live::new("no breaker", false);
    let direct = run::run(arrivals.clone(), live, |_| Route::Direct).await?;
    let live = Live::new("with breaker", true);
    let guarded = run::run(arrivals, live, |timeline| {
        Route::Through(caller::install(breaker.observed_by(timeline.clone())))
    })
    .await?;
    Ok((direct, guarded))
}
