//! The live line of a run. Without a terminal: one line for each change of state.

use std::time::Duration;

use console::{StyledObject, style};
use indicatif::{ProgressBar, ProgressStyle};
use tripword::State;

use crate::{
    record::Record,
    schedule::{self, END, FAILING_FROM, HEALTHY_FROM},
    timeline::{Answer, Change},
};

const LOOK: &str = "{prefix} {bar:11.cyan/dim} {wide_msg}";
const FAILS: (Duration, &str) = (FAILING_FROM, "B starts to fail");
const RECOVERS: (Duration, &str) = (HEALTHY_FROM, "B is healthy again");
/// How often the line is redrawn.
const FRAME: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub(crate) struct Live {
    name: &'static str,
    bar: ProgressBar,
    failing: bool,
    has_breaker: bool,
    next: Duration,
}

impl Live {
    pub(crate) fn new(name: &'static str, has_breaker: bool) -> Self {
        let look = ProgressStyle::with_template(LOOK).expect("the template is fixed");
        let bar = ProgressBar::new(END.as_millis() as u64)
            .with_style(look.progress_chars("━╸─"))
            .with_prefix(format!("{name:<12}"));
        Self { name, bar, failing: false, has_breaker, next: Duration::ZERO }
    }

    /// Shows how far the run is, at most once a frame.
    pub(crate) fn show(&mut self, now: Duration, record: &Record) {
        self.note_phase(now);
        if now < self.next {
            return;
        }
        self.next = now + FRAME;
        self.bar.set_position(now.min(END).as_millis() as u64);
        self.bar.set_message(self.message(record));
    }

    pub(crate) fn note_change(&self, change: &Change) {
        self.line(change.at, &change.text);
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn note_phase(&mut self, now: Duration) {
        let failing = schedule::failing(now);
        if failing != self.failing {
            self.failing = failing;
            let (at, text) = if failing { FAILS } else { RECOVERS };
            self.line(at, text);
        }
    }

    /// Prints a line that stays.
    fn line(&self, at: Duration, text: &str) {
        let line = format!("{:<12} {:>5.2} s  {text}", self.name, at.as_secs_f64());
        if self.bar.is_hidden() {
            eprintln!("{line}");
        } else {
            self.bar.println(line);
        }
    }

    /// The most important part comes first, since a narrow terminal cuts the end off.
    fn message(&self, record: &Record) -> String {
        format!(
            " B {}  {}{:>4} ok {:>3} fallback {:>3} failed",
            self.health(),
            self.state(record.state()),
            record.count(Answer::Backend),
            record.count(Answer::Fallback),
            record.count(Answer::TimedOut) + record.count(Answer::Failed),
        )
    }

    fn health(&self) -> StyledObject<&'static str> {
        if self.failing {
            style("failing").for_stderr().red()
        } else {
            style("healthy").for_stderr().green()
        }
    }

    fn state(&self, state: State) -> String {
        if !self.has_breaker {
            return String::new();
        }
        let shown = style(format!("{state:<10}")).for_stderr();
        let coloured = match state {
            State::Closed => shown.green(),
            State::Open => shown.red(),
            _ => shown.yellow(),
        };
        coloured.to_string()
    }
}
