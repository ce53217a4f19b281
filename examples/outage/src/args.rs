//! The command line. Any error in it is reported in one line.

use std::{fmt::Display, str::FromStr, time::Duration};

use lexopt::{
    Arg::{Long, Short},
    Parser, ValueExt,
};

use crate::{
    schedule::{END, FAILING_FROM, HEALTHY_FROM, STALL, TIMEOUT},
    units::exact,
};

pub(crate) const HELP: &str = "\
An outage to watch: service B fails for a while under the load of caller A, first
without and then with a tripword breaker between them. Writes outage.svg.

Usage: cargo run --release -p outage -- [FLAGS]

  --seed NUMBER               seed of the load's arrival times and of the
                              breaker's jitter                   [default: 42]
  --rate NUMBER               requests per second, 1 to 500     [default: 100]
  --failure-threshold NUMBER  failures in a row that open the circuit
                                                                  [default: 5]
  --open DURATION             how long the circuit stays open, 10ms to 3s
                                                              [default: 500ms]
  -h, --help                  print this text";

/// At more, the run without a breaker runs out of file descriptors.
const MOST_REQUESTS_PER_SECOND: u32 = 500;
/// At longer, the circuit could still be open when the run ends.
const LONGEST_OPEN: Duration = Duration::from_secs(3);
/// At shorter, the plot's band of states cannot be read.
const SHORTEST_OPEN: Duration = Duration::from_millis(10);

/// The settings of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Args {
    pub(crate) seed: u64,
    pub(crate) rate: u32,
    pub(crate) failure_threshold: u32,
    pub(crate) open: Duration,
}

impl Default for Args {
    fn default() -> Self {
        Self { seed: 42, rate: 100, failure_threshold: 5, open: Duration::from_millis(500) }
    }
}

impl Args {
    /// Returns what opens the circuit, in words.
    pub(crate) fn failures(&self) -> String {
        match self.failure_threshold {
            1 => "one failure".to_owned(),
            many => format!("{many} failures in a row"),
        }
    }

    /// Describes what is about to happen, in a few lines.
    pub(crate) fn story(&self) -> String {
        let [before, failing, after, stall, timeout, open] = [
            FAILING_FROM,
            HEALTHY_FROM - FAILING_FROM,
            END - HEALTHY_FROM,
            STALL,
            TIMEOUT,
            self.open,
        ]
        .map(exact);
        let (rate, failures) = (self.rate, self.failures());
        format!(
            "\
service B: healthy for {before}, failing for {failing}, healthy for {after}; while it fails, it
           answers each request with a 500, {stall} after the request arrived
caller A:  {rate} requests/s, each with a timeout of {timeout}; two runs, without and with a breaker
breaker:   opens after {failures}, for {open} minus jitter"
        )
    }
}

/// Reads the command line; `None` means that it asks for help.
///
/// # Errors
///
/// One line that says what is wrong and what would be right.
pub(crate) fn parse(mut parser: Parser) -> Result<Option<Args>, String> {
    let mut args = Args::default();
    while let Some(arg) = parser.next().map_err(one_line)? {
        match arg {
            Long("seed") => args.seed = seed(&value(&mut parser)?)?,
            Long("rate") => args.rate = rate(&value(&mut parser)?)?,
            Long("failure-threshold") => {
                args.failure_threshold = failure_threshold(&value(&mut parser)?)?;
            }
            Long("open") => args.open = open(&value(&mut parser)?)?,
            Long("help") | Short('h') => return Ok(None),
            other => return Err(one_line(other.unexpected())),
        }
    }
    Ok(Some(args))
}

fn value(parser: &mut Parser) -> Result<String, String> {
    let value = parser.value().map_err(one_line)?;
    value.string().map_err(one_line)
}

fn seed(text: &str) -> Result<u64, String> {
    number(text)
        .ok_or_else(|| format!("--seed takes a whole number from 0 to {}, not {text:?}", u64::MAX))
}

fn rate(text: &str) -> Result<u32, String> {
    number(text).filter(|rate| (1..=MOST_REQUESTS_PER_SECOND).contains(rate)).ok_or_else(|| {
        format!(
            "--rate takes a whole number of requests per second from 1 to \
                 {MOST_REQUESTS_PER_SECOND}, not {text:?}"
        )
    })
}

/// The library checks the range, and says what it allows.
fn failure_threshold(text: &str) -> Result<u32, String> {
    number(text).ok_or_else(|| {
        format!("--failure-threshold takes a whole number of failures, such as 5, not {text:?}")
    })
}

fn open(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .ok()
        .filter(|open| (SHORTEST_OPEN..=LONGEST_OPEN).contains(open))
        .ok_or_else(|| {
            format!(
                "--open takes a duration from {} to {}, such as 500ms, not {text:?}",
                humantime::format_duration(SHORTEST_OPEN),
                humantime::format_duration(LONGEST_OPEN),
            )
        })
}

fn number<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// Joins the lines of an error: an argument may contain a line break.
fn one_line(error: impl Display) -> String {
    format!("{error}; --help shows the flags").replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Result<Option<Args>, String> {
        parse(Parser::from_args(args))
    }

    #[test]
    fn every_flag_is_read() {
        let args = parsed(&["--seed=7", "--rate", "20", "--failure-threshold=3", "--open=1s"]);
        assert_eq!(
            args,
            Ok(Some(Args {
                seed: 7,
                rate: 20,
                failure_threshold: 3,
                open: Duration::from_secs(1),
            }))
        );
    }

    #[test]
    fn a_bad_value_gets_one_line() {
        for bad in [
            "--seed=-1",
            "--rate=0",
            "--rate=501",
            "--failure-threshold=many",
            "--open=0s",
            "--open=5",
            "--open=1h",
            "--rate=a\nb",
            "--no\nsuch",
            "stray",
            "--open",
        ] {
            let line = parsed(&[bad]).expect_err(bad);
            assert_eq!(line.lines().count(), 1, "{line}");
        }
    }
}
