//! A copy of the tree in which code is weakened and tests run until the first failure.

use super::weakening::Weakening;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf, absolute};
use std::process::{Command, Stdio};
use std::{env, fs};

/// How cargo builds the models, and where.
const MODELS: [&str; 4] = [
    "--release",
    "--manifest-path",
    "loom-tests/Cargo.toml",
    "--test",
];
/// The comparison with the oracle; without optimisation it takes long.
const ORACLE: [&str; 4] = ["--profile", "mutants", "--all-features", "--test"];
/// The tests that compare have one of these in their names.
const COMPARISONS: [&str; 2] = ["model::", "model_windows::"];
/// loom ends a model that runs endlessly with these words.
const ENDLESS: &str = "Model exceeded maximum number of branches";
/// The system ends a process that has used up its time with one of these: SIGKILL, SIGXCPU.
const OUT_OF_TIME: [i32; 2] = [9, 24];

/// A file of tests.
pub struct Suite {
    pub name: String,
    is_model: bool,
}

pub struct Failure {
    pub suite: String,
    pub test: String,
    pub hung: bool,
}

/// How tests end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Passed,
    Failed,
    Hung,
}

pub struct Bed {
    tree: PathBuf,
    target: PathBuf,
}

impl Suite {
    pub fn model(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            is_model: true,
        }
    }

    pub fn oracle() -> Self {
        Self {
            name: "suite".to_owned(),
            is_model: false,
        }
    }
}

impl Bed {
    /// Copies `files`. The copies are new, so that cargo builds again what was weakened before.
    pub fn new(files: &[String], number: usize) -> Result<Self> {
        let target = env::var_os("CARGO_TARGET_DIR").unwrap_or("target".into());
        let folder = absolute(target)?.join("teeth").join(number.to_string());
        let bed = Self {
            tree: folder.join("tree"),
            target: folder.join("target"),
        };
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

    /// Builds the program of a suite, which runs one test at a time and prints each as it begins.
    pub fn build(&self, suite: &Suite) -> Result<Command> {
        let mut cargo = Command::new("cargo");
        cargo.args([
            "test",
            "--locked",
            "--quiet",
            "--no-run",
            "--message-format",
        ]);
        cargo.arg("json-render-diagnostics").current_dir(&self.tree);
        cargo
            .args(if suite.is_model { MODELS } else { ORACLE })
            .arg(&suite.name);
        let target = self
            .target
            .join(if suite.is_model { "loom" } else { "plain" });
        cargo
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_INCREMENTAL", "1");
        if suite.is_model {
            cargo.env("RUSTFLAGS", "--cfg loom");
        }
        let output = cargo.output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "does not compile:\n{errors}");
        let messages = output
            .stdout
            .lines()
            .map(|line| Ok(serde_json::from_str(&line?)?));
        let messages = messages.collect::<Result<Vec<Value>>>()?;
        let mut ours = messages
            .iter()
            .filter(|message| message["target"]["name"] == *suite.name);
        let paths = ours.find_map(|it| it["executable"].as_str().zip(it["manifest_path"].as_str()));
        let (program, manifest) = paths.context("cargo names no program")?;
        let mut tests = Command::new(program);
        tests.args(["--test-threads=1", "--nocapture"]);
        tests.args(COMPARISONS.iter().filter(|_| !suite.is_model));
        tests.current_dir(Path::new(manifest).parent().unwrap_or(&self.tree));
        Ok(tests)
    }

    /// Builds a suite and runs it up to its first failure, or for so many seconds of the processor.
    pub fn run(&self, suite: &Suite, seconds: u64) -> Result<Option<Failure>> {
        let (end, test) = watch(&self.build(suite)?, seconds)?;
        ensure!(
            end != End::Passed || !test.is_empty(),
            "{} runs no test",
            suite.name
        );
        let failure = Failure {
            suite: suite.name.clone(),
            test,
            hung: end == End::Hung,
        };
        Ok((end != End::Passed).then_some(failure))
    }
}

/// How tests end, and the last test that began.
pub fn watch(tests: &Command, seconds: u64) -> Result<(End, String)> {
    let script = format!("ulimit -t {seconds}; exec \"$0\" \"$@\" 2>&1");
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &script])
        .arg(tests.get_program())
        .args(tests.get_args());
    shell.current_dir(tests.get_current_dir().unwrap_or(Path::new(".")));
    let mut running = shell.stdout(Stdio::piped()).spawn()?;
    let output = BufReader::new(running.stdout.take().context("the output is piped")?);
    let (mut end, mut test) = (End::Passed, String::new());
    for line in output.lines() {
        let line = line?;
        if let Some((name, _)) = line
            .strip_prefix("test ")
            .and_then(|it| it.split_once(" ... "))
        {
            name.trim_end_matches(" - should panic")
                .clone_into(&mut test);
        }
        if line.contains(ENDLESS) {
            end = End::Hung;
        }
        // What a test prints may stand between its name and this.
        if line.ends_with("FAILED") {
            end = if end == End::Hung { end } else { End::Failed };
            running.kill()?;
            break;
        }
    }
    // A panic during a panic ends the process without a word of the test.
    let status = running.wait()?;
    if end == End::Passed && !status.success() {
        let is_late = status
            .signal()
            .is_some_and(|signal| OUT_OF_TIME.contains(&signal));
        end = if is_late { End::Hung } else { End::Failed };
    }
    Ok((end, test))
}
