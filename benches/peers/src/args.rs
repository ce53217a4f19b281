//! The command line.

use crate::rounds::Effort;
use std::time::Duration;

pub(crate) const HELP: &str = "\
Measures tripword beside its peers, and writes the tables of docs/performance.md and docs/performance.svg.

    --seconds N    spend about this long on each of the thirteen questions (20); many threads take
                   three minutes more
    --print        print the tables, and write nothing
    --smoke        run everything briefly, and print
    --help         say this
";

/// Where a question has had so many rounds, more would not tell more.
const MOST_ROUNDS: usize = 400;
/// Medians of fewer say little.
const LEAST_ROUNDS: usize = 21;

pub(crate) struct Args {
    pub(crate) seconds: u64,
    pub(crate) print: bool,
    pub(crate) smoke: bool,
    pub(crate) help: bool,
}

impl Args {
    pub(crate) fn parse() -> Result<Self, lexopt::Error> {
        use lexopt::prelude::*;
        let mut args = Self { seconds: 20, print: false, smoke: false, help: false };
        let mut parser = lexopt::Parser::from_env();
        while let Some(arg) = parser.next()? {
            match arg {
                Long("seconds") => args.seconds = parser.value()?.parse()?,
                Long("print") => args.print = true,
                Long("smoke") => (args.print, args.smoke) = (true, true),
                Long("help") | Short('h') => args.help = true,
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(args)
    }

    pub(crate) fn effort(&self) -> Effort {
        if self.smoke {
            return Effort {
                rounds: 2..=2,
                patience: Duration::ZERO,
                turn: Duration::from_micros(50),
                tries: 1,
            };
        }
        Effort {
            rounds: LEAST_ROUNDS..=MOST_ROUNDS,
            patience: Duration::from_secs(self.seconds),
            turn: Duration::from_millis(1),
            tries: 50,
        }
    }
}
