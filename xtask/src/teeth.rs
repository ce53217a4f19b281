//! Every ordering, fence and listed check is weakened in turn, and a test must fail.
//!
//! First run the models that the note or the list names, then the other models, then the comparison
//! with the oracle, until a test fails. With an ordering whose note says `Argued:` none may fail. A
//! weakening that does not compile is an error, and so is one that makes a test hang, unless the
//! list says that it does. A run of everything takes about twenty minutes on two processors.

mod bed;
#[cfg(test)]
mod tests;
mod weakening;

use crate::source::{files, library};
use anyhow::{Result, ensure};
use bed::{Bed, Failure, Suite};
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;
use weakening::{Weakening, all};

const BEDS: usize = 2;
/// A suite hangs that takes so many times as long as on the whole tree, and so many seconds.
const PATIENCE: u64 = 5;
const AT_LEAST: u64 = 120;
const ENDLESSLY: u64 = 3_600;

/// The failure that caught a weakening, if any, or why it could not be tried.
type Outcome = Result<Option<Failure>>;

pub fn list() -> Result<()> {
    for weakening in everything(&suites()?)? {
        let argued = if weakening.argued { " (argued)" } else { "" };
        println!("{weakening}{argued} [{}]", weakening.models.join(", "));
    }
    Ok(())
}

/// Tries what has one of `words` in its line of the list, or everything, which writes the page.
pub fn run(words: &[&str]) -> Result<()> {
    let suites = suites()?;
    let mut chosen = everything(&suites)?;
    chosen.retain(|weakening| {
        let line = weakening.to_string();
        words.is_empty() || words.iter().any(|word| line.contains(word))
    });
    ensure!(!chosen.is_empty(), "the list has none of these words");
    ThreadPoolBuilder::new().num_threads(BEDS).build_global()?;
    let found = outcomes(&chosen, &suites)?;
    let complaints = found.iter().filter_map(|(weakening, found)| complaint(weakening, found));
    let complaints: Vec<_> = complaints.collect();
    println!("teeth: {} weakened, {} complaints", found.len(), complaints.len());
    if words.is_empty() && complaints.is_empty() {
        fs::write("docs/teeth.md", page(&found))?;
    }
    crate::report(&complaints)
}

fn everything(suites: &[Suite]) -> Result<Vec<Weakening>> {
    let names: Vec<_> = suites.iter().map(|suite| suite.name.as_str()).collect();
    let checks = toml::from_str(include_str!("teeth/checks.toml"))?;
    all(&library()?, &checks, &names)
}

/// The models, then the comparison with the oracle.
fn suites() -> Result<Vec<Suite>> {
    let files = files()?;
    let models = files.iter().filter_map(|file| file.strip_prefix("loom-tests/tests/"));
    let models = models.filter_map(|file| Some((file.strip_suffix(".rs")?, true)));
    let names = models.chain([("suite", false)]);
    Ok(names.map(|(name, is_model)| Suite { name: name.to_owned(), is_model }).collect())
}

fn outcomes<'a>(
    chosen: &'a [Weakening],
    suites: &[Suite],
) -> Result<Vec<(&'a Weakening, Outcome)>> {
    let files = files()?;
    let beds = (0..BEDS).map(|number| Bed::new(&files, number));
    let beds: Vec<_> = beds.collect::<Result<_>>()?;
    let limits = beds.par_iter().enumerate().map(|(at, bed)| limits(bed, suites, at));
    let limits: Vec<Vec<_>> = limits.collect::<Result<_>>()?;
    let limits: BTreeMap<_, _> = limits.into_iter().flatten().collect();
    let outcome = |weakening: &Weakening| {
        let bed = &beds[rayon::current_thread_index().unwrap_or(0)];
        let mut in_turn: Vec<_> = suites.iter().collect();
        in_turn.sort_by_key(|suite| !weakening.models.contains(&suite.name));
        let outcome = bed.weaken(weakening, || {
            let run = |suite: &&Suite| bed.run(suite, limits[suite.name.as_str()]);
            in_turn.iter().map(run).find_map(Result::transpose).transpose()
        });
        println!("{weakening}: {}", describe(&outcome));
        outcome
    };
    let found = chosen.par_iter().map(|weakening| (weakening, outcome(weakening)));
    Ok(found.collect())
}

/// Builds all suites in a bed and measures its share of them, with nothing weakened.
fn limits<'a>(bed: &Bed, suites: &'a [Suite], number: usize) -> Result<Vec<(&'a str, u64)>> {
    for suite in suites {
        bed.build(suite)?;
    }
    let measured = suites.iter().skip(number).step_by(BEDS).map(|suite| {
        let begin = Instant::now();
        let outcome = bed.run(suite, ENDLESSLY)?;
        let (passes, found) = (outcome.is_none(), describe(&Ok(outcome)));
        ensure!(passes, "with nothing weakened: {found}");
        let seconds = begin.elapsed().as_secs();
        println!("{}.rs: {seconds} s with nothing weakened", suite.name);
        Ok((suite.name.as_str(), AT_LEAST.max(PATIENCE * seconds)))
    });
    measured.collect()
}

/// What is wrong with an outcome.
fn complaint(weakening: &Weakening, outcome: &Outcome) -> Option<String> {
    let models = &weakening.models;
    let what = match outcome {
        Ok(None) if weakening.argued => return None,
        Ok(None) => "; it is not needed, or a model is missing".to_owned(),
        Err(_) => String::new(),
        Ok(Some(failure)) if failure.hung && !weakening.hangs => {
            "; if it should not end, write `hangs = true` in the list".to_owned()
        }
        Ok(_) if weakening.argued => "; shown, not argued: bring the note up to date".to_owned(),
        Ok(Some(failure)) if !models.is_empty() && !models.contains(&failure.suite) => {
            format!(", not {}: name the model that fails", models.join(" or "))
        }
        Ok(_) => return None,
    };
    Some(format!("{weakening}: {}{what}", describe(outcome)))
}

fn describe(outcome: &Outcome) -> String {
    match outcome {
        Err(error) => format!("{error:#}"),
        Ok(None) => "no test fails".to_owned(),
        Ok(Some(Failure { suite, test, hung })) => {
            let hung = if *hung { " (does not end)" } else { "" };
            format!("`{suite}.rs`: {test}{hung}")
        }
    }
}

/// The page, from outcomes without a complaint.
fn page(found: &[(&Weakening, Outcome)]) -> String {
    let mut rows = [String::new(), String::new()];
    for (weakening, outcome) in found {
        let cell = |text: &str| format!("`{}`", text.replace('|', "\\|"));
        let file = weakening.file.trim_start_matches("src/");
        let (was, to) = (cell(&weakening.snippet), cell(&weakening.short()));
        let row = format!("| `{file}` {} | {was} | {to} |", weakening.function);
        rows[usize::from(weakening.argued)] += &format!("{row} {} |\n", describe(outcome));
    }
    let [caught, argued] = rows;
    format!(
        "# What the models catch

Written by `cargo xtask teeth`, not by hand. Each ordering stronger than Relaxed, each fence, and
each check in `xtask/src/teeth/checks.toml` was weakened by itself. Then the models ran, those that
its note names first, and the comparison with the oracle. Of {} weakenings {} made the test beside
them fail. The notes of the other {} only argue for them, and no test failed.

| in | weakened | to | caught by |
|---|---|---|---|
{caught}
Argued:

| in | weakened | to | caught by |
|---|---|---|---|
{argued}",
        found.len(),
        caught.lines().count(),
        argued.lines().count(),
    )
}
