//! Checks of this repository that only a program of its own can make.

mod figures;
mod imports;
mod orderings;
mod source;
mod teeth;

use anyhow::{Result, bail};
use std::env;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask orderings
       cargo xtask teeth [--list | WORD...]
       cargo xtask figures [--check]";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    // All paths are relative to the root of the repository.
    env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["orderings"] => orderings::check(),
        ["teeth", "--list"] => teeth::list(),
        ["teeth", ref words @ ..] if !words.iter().any(|word| word.starts_with('-')) => {
            teeth::run(words)
        }
        ["figures"] => figures::print(),
        ["figures", "--check"] => figures::check(),
        _ => bail!(USAGE),
    }
}

/// Prints the complaints; an error if there are any.
fn report(complaints: &[String]) -> Result<()> {
    for complaint in complaints {
        eprintln!("{complaint}");
    }
    match complaints.len() {
        0 => Ok(()),
        1 => bail!("1 complaint"),
        count => bail!("{count} complaints"),
    }
}
