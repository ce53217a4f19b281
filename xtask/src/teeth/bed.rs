//! A copy of the tree in which code is weakened and tests run until the first failure.

use super::weakening::Weakening;
use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{PathBuf, absolute};
use std::process::{Command, Stdio};
use std::{env, fs};

/// How cargo finds the models.
const MODELS: [&str; 3] = ["--release", "-p", "loom-tests"];
/// The comparison with the oracle; without optimisation it takes long.
const ORACLE: [&str; 3] = ["--profile", "mutants", "--all-features"];
/// The tests that compare have one of these in their names.
const COMPARISONS: [&str; 3] = ["model::", "model_windows::", "wraps::"];
/// What a process prints that does not end: loom's own limit, and how cargo names the signal of
/// the system when the time is used up.
const ENDLESS: [&str; 3] =
    ["Model exceeded maximum number of branches", "(signal: 9,", "(signal: 24,"];

/// A file of tests.
pub struct Suite {
    pub name: String,
    pub is_model: bool,
}

/// The test that failed, or did not end.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    pub suite: String,
    pub test: String,
    pub hung: bool,
}

pub struct Bed {
    tree: PathBuf,
    target: PathBuf,
}

impl Bed {
    /// Copies `files`. The copies are new, so that cargo builds again what was weakened before.
    pub fn new(files: &[String], number: usize) -> Result<Self> {
        let target = absolute(env::var_os("CARGO_TARGET_DIR").unwrap_or("target".into()))?;
        let folder = target.join("teeth").join(number.to_string());
        let bed = Self { tree: folder.join("tree"), target: folder.join("target") };
        if bed.tree.exists() {
            fs::remove_dir_all(&bed.tree)?;
        }
        for file in files {
            let copy = bed.tree.join(file);
            fs::create_dir_all(copy.parent().unwrap_or(&bed.tree))?;
            fs::write(copy, fs::read(file)?)?;
        }
        Ok(bed)
    }

    /// Runs tests on the weakened tree.
    pub fn weaken<T>(&self, weakening: &Weakening, tests: impl FnOnce() -> Result<T>) -> Result<T> {
        let file = self.tree.join(&weakening.file);
        let text = fs::read_to_string(&file)?;
        fs::write(&file, weakening.apply(&text))?;
        let found = tests();
        fs::write(&file, text)?;
        found
    }

    pub fn build(&self, suite: &Suite) -> Result<()> {
        let mut cargo = self.shell(suite, "exec \"$@\"");
        let output = cargo.args(["--quiet", "--no-run"]).output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "does not compile:\n{errors}");
        Ok(())
    }

    /// Builds a suite and runs it up to its first failure, or for so many seconds of the processor,
    /// which other work on the machine does not use up.
    pub fn run(&self, suite: &Suite, seconds: u64) -> Result<Option<Failure>> {
        self.build(suite)?;
        let mut tests = self.shell(suite, &format!("ulimit -t {seconds}; exec \"$@\" 2>&1"));
        // One at a time, printed as it begins: the last one printed is the one that hangs.
        tests.args(["--", "--test-threads=1", "--nocapture"]);
        tests.args(COMPARISONS.iter().filter(|_| !suite.is_model));
        watch(tests, &suite.name)
    }

    /// A script whose arguments are cargo's.
    fn shell(&self, suite: &Suite, script: &str) -> Command {
        let (arguments, folder) = if suite.is_model { (MODELS, "loom") } else { (ORACLE, "plain") };
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "sh", "cargo", "test", "--locked", "--test", &suite.name]);
        shell.args(arguments).current_dir(&self.tree).env("CARGO_INCREMENTAL", "1");
        shell.env("CARGO_TARGET_DIR", self.target.join(folder));
        if suite.is_model {
            shell.env("RUSTFLAGS", "--cfg loom");
        }
        shell
    }
}

/// Reads what tests print, up to the first failure.
pub fn watch(mut tests: Command, suite: &str) -> Result<Option<Failure>> {
    let mut running = tests.process_group(0).stdout(Stdio::piped()).spawn()?;
    let output = BufReader::new(running.stdout.take().context("the output is piped")?);
    let (mut test, mut failed, mut hung) = (String::new(), false, false);
    for line in output.lines() {
        let line = line?;
        if let Some((name, _)) = line.strip_prefix("test ").and_then(|it| it.split_once(" ... ")) {
            name.trim_end_matches(" - should panic").clone_into(&mut test);
        }
        hung |= ENDLESS.iter().any(|what| line.contains(what));
        // What a test prints may stand between its name and this.
        if line.ends_with("FAILED") {
            let group = format!("-{}", running.id());
            Command::new("kill").args(["-KILL", "--", &group]).status()?;
            failed = true;
            break;
        }
    }
    // A panic during a panic ends the process without a word of the test.
    failed |= !running.wait()?.success();
    ensure!(failed || !test.is_empty(), "{suite} runs no test");
    Ok(failed.then(|| Failure { suite: suite.to_owned(), test, hung }))
}
