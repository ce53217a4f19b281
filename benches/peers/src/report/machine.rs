//! On what, when and how it was measured.

use crate::results::Results;
use crate::rounds::Outcome;
use std::fs;
use std::thread::available_parallelism;

pub(super) fn describe(results: &Results) -> String {
    let cores = available_parallelism().map_or(0, |cores| cores.get());
    format!(
        "- Machine: {}, {cores} cores, {} {}{}\n- Date: {}\n- Compiler: {}, {}\n- Command: `{}`\n- {}\n",
        processor(),
        std::env::consts::ARCH,
        std::env::consts::OS,
        load(),
        jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC"),
        env!("COMPILER"),
        if cfg!(debug_assertions) { "debug" } else { "release, lto, one codegen unit" },
        command(),
        quietness(results),
    )
}

fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find(|line| line.starts_with("model name"));
    let name = model.and_then(|line| line.split(':').nth(1));
    name.unwrap_or("a processor that does not say its name").trim().to_owned()
}

fn load() -> String {
    let averages = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    match averages.split_whitespace().nth(1) {
        Some(load) => format!(", load {load} over the last five minutes, the bench included"),
        None => String::new(),
    }
}

fn command() -> String {
    let own = "cargo run --release --manifest-path benches/peers/Cargo.toml".to_owned();
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if arguments.is_empty() { own } else { format!("{own} -- {}", arguments.join(" ")) }
}

fn quietness(results: &Results) -> String {
    let rounds = results.outcomes.iter().map(Outcome::rounds);
    let lanes = results.outcomes.iter().flat_map(|outcome| &outcome.lanes);
    let turns: Vec<_> = lanes.flat_map(|lane| &lane.turns).collect();
    let disturbed = turns.iter().filter(|turn| turn.disturbed).count();
    format!(
        "Rounds: {} to {} of each question. {:.1} % of the {} turns were interrupted however often they were tried",
        rounds.clone().min().unwrap_or(0),
        rounds.max().unwrap_or(0),
        100.0 * disturbed as f64 / turns.len() as f64,
        turns.len(),
    )
}
