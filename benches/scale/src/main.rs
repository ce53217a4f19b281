//! What becomes of a call where many cores make it: a model of cache lines that move between cores.
//!
//!     RUSTFLAGS="--cfg counting" cargo run --release --manifest-path benches/scale/Cargo.toml
//!
//! takes what calls do to shared lines from the engine itself, and writes the last tables of `docs/performance.md`; `-- --check` fails if
//! other ones stand there.

#[cfg(not(counting))]
compile_error!(
    "build this with RUSTFLAGS=\"--cfg counting\": it records what calls do to shared words"
);

mod breakers;
mod costs;
mod line;
#[path = "../../peers/src/report/markdown.rs"]
mod markdown;
#[path = "../../peers/src/report/marks.rs"]
mod marks;
mod measured;
mod page;
mod record;
mod report;
mod script;
mod simulation;

use std::error::Error;
use std::fs;
use std::process::ExitCode;

const COMMAND: &str =
    "RUSTFLAGS=\"--cfg counting\" cargo run --release --manifest-path benches/scale/Cargo.toml";
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/performance.md");

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
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let old = fs::read_to_string(PAGE)?;
    let new = page::with(&old, &report::tables(&old)?)?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Ok(fs::write(PAGE, new)?),
        ["--check"] if new == old => Ok(()),
        ["--check"] => Err(format!("docs/performance.md is not up to date: {COMMAND}").into()),
        _ => Err(format!("usage: {COMMAND} [-- --check]").into()),
    }
}
