//! Settings that are refused: which one, what was given, and what is allowed.

use super::text::{ConfigMessage, Key, Part};
use core::fmt;
use core::time::Duration;

/// An invalid setting: its name, what was given, and what is allowed.
///
/// Each name is the one that the setting has in a file: that of the method of
/// [`Builder`](crate::Builder), and for a part of a table both names, such as `probes.max_probes`.
/// Numbers and durations are displayed exactly: one that is refused never reads like one that would
/// be accepted.
///
/// # Examples
///
/// ```
/// use tripword::{CircuitBreaker, ConfigError};
///
/// let error = CircuitBreaker::builder().consecutive_failures(0).build().unwrap_err();
/// assert_eq!(error.to_string(), "consecutive_failures must be from 1 to 65535, not 0");
/// assert!(matches!(error, ConfigError::Count { setting: "consecutive_failures", given: 0, .. }));
///
/// let error = CircuitBreaker::builder()
///     .last_calls(10)
///     .failure_rate(0.5)
///     .minimum_calls(20)
///     .build()
///     .unwrap_err();
/// let message = "minimum_calls (20) must be at most the window's last_calls (10)";
/// assert_eq!(error.to_string(), message);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// A whole number outside its range.
    Count {
        /// The setting.
        setting: &'static str,
        /// What was given.
        given: u32,
        /// The least that is allowed.
        min: u32,
        /// The most that is allowed.
        max: u32,
    },
    /// A whole number that another setting limits.
    AboveLimit {
        /// The setting.
        setting: &'static str,
        /// What was given.
        given: u32,
        /// The most that is allowed.
        max: u32,
        /// What limits it, in words: `the window's last_calls`.
        limit: &'static str,
    },
    /// A rate, share or factor outside its range, or not a number.
    Fraction {
        /// The setting.
        setting: &'static str,
        /// What was given.
        given: f64,
        /// The least that is allowed.
        min: f64,
        /// The most that is allowed.
        max: f64,
    },
    /// A duration of zero where a longer one is needed.
    ZeroDuration {
        /// The setting.
        setting: &'static str,
    },
    /// A duration longer than can be counted.
    TooLong {
        /// The setting.
        setting: &'static str,
        /// What was given.
        given: Duration,
        /// The most that is allowed.
        max: Duration,
    },
    /// A window of time that does not divide evenly into its buckets.
    Uneven {
        /// The length of the window ([`Builder::within`](crate::Builder::within)).
        within: Duration,
        /// How many buckets it is divided into ([`Builder::buckets`](crate::Builder::buckets)).
        buckets: u32,
    },
    /// A backoff whose cap is shorter than its base.
    CapBelowBase {
        /// The cap.
        cap: Duration,
        /// The base.
        base: Duration,
    },
    /// A backoff that is still short of its cap after 15 steps, the most that a breaker counts.
    CapOutOfReach {
        /// The cap.
        cap: Duration,
        /// The open duration after 15 steps.
        reached: Duration,
    },
    /// A setting that has no meaning without another one.
    Requires {
        /// The setting.
        setting: &'static str,
        /// The missing setting, or settings of which one is missing.
        missing: &'static str,
    },
    /// Two settings of which only one can be set.
    Excludes {
        /// The setting.
        setting: &'static str,
        /// The setting that excludes it.
        other: &'static str,
    },
    /// A state that a breaker cannot start in: [`State::Recovering`](crate::State::Recovering).
    StartsRecovering,
    /// A state or mode to start in, for a breaker on words that hold a state and a mode already.
    StartsOnWords,
    /// Words that were used with another window, ramp or setting of
    /// [`Builder::live`](crate::Builder::live), or by a build whose words mean something else.
    OtherLayout,
    /// Fewer words than the settings need.
    TooFewWords {
        /// How many were given; a breaker without words of its own brings the least that there are.
        given: usize,
        /// How many are needed, as [`Config::words`](crate::Config::words) says.
        needed: usize,
    },
}

impl ConfigError {
    /// Returns the name of the invalid setting, as it stands in a file.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{Builder, Probes};
    ///
    /// let error = Builder::new().probes(Probes::new().max_probes(0)).config().unwrap_err();
    /// assert_eq!(error.setting(), "probes.max_probes");
    /// ```
    #[must_use]
    pub const fn setting(&self) -> &'static str {
        self.said().setting
    }

    /// Returns the text of the error in a `const` context, where `Display` is not to be had. A
    /// fraction with more than nine decimals is left out there.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{Builder, Config};
    ///
    /// const CONFIG: Config = match Builder::new().consecutive_failures(3).config() {
    ///     Ok(config) => config,
    ///     Err(error) => panic!("{}", error.message().as_str()),
    /// };
    /// assert_eq!(CONFIG.consecutive_failures(), 3);
    /// ```
    #[must_use]
    pub const fn message(&self) -> ConfigMessage {
        let Said { setting, value, rule } = self.said();
        let mut message = ConfigMessage::new();
        message.push(Part::Text(setting));
        if let Some(value) = value {
            message.push(Part::Text(" ("));
            message.push(value);
            message.push(Part::Text(")"));
        }
        message.push(Part::Text(" "));
        let mut at = 0;
        while at < rule.len() {
            message.push(rule[at]);
            at += 1;
        }
        message
    }

    /// Displays the error with the path of the setting in a larger document: of the tables `path`,
    /// and then of the setting.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::Builder;
    ///
    /// let error = Builder::new().last_calls(100).failure_rate(50.0).config().unwrap_err();
    /// assert_eq!(
    ///     error.at(&["breakers", "payments"]).to_string(),
    ///     "breakers.payments.failure_rate: must be from 0.000001 to 1, not 50",
    /// );
    /// assert_eq!(error.at(&[]).to_string(), "failure_rate: must be from 0.000001 to 1, not 50");
    /// ```
    #[must_use]
    pub fn at<'a>(&'a self, path: &'a [&'a str]) -> impl fmt::Display + 'a {
        At { error: self, path }
    }

    const fn said(&self) -> Said {
        use Part::{Fraction, Text, Time, Whole};
        match *self {
            Self::Count { setting, given, min, max } => {
                Said::range(setting, Whole(min as u64), Whole(max as u64), Whole(given as u64))
            }
            Self::Fraction { setting, given, min, max } => {
                Said::range(setting, Fraction(min), Fraction(max), Fraction(given))
            }
            Self::ZeroDuration { setting } => Said::new(setting, &[Text(NOT_ZERO)]),
            Self::Requires { setting, missing } => Said::new(setting, &[REQUIRES, Text(missing)]),
            Self::Excludes { setting, other } => {
                Said::new(setting, &[Text("excludes "), Text(other), Text(ONE_OF_THEM)])
            }
            Self::StartsRecovering => Said::new("start", &[Text(STARTS)]),
            Self::StartsOnWords => Said::new("start", &[Text(STARTS_ON_WORDS)]),
            Self::AboveLimit { setting, given, max, limit } => {
                let rule = [Text(AT_MOST), Text(limit), Text(" ("), Whole(max as u64), Text(")")];
                Said::new(setting, &rule).given(Whole(given as u64))
            }
            Self::TooLong { setting, given, max } => {
                Said::new(setting, &[Text(AT_MOST), Time(max)]).given(Time(given))
            }
            Self::Uneven { within, buckets } => {
                let [into, next] = [Whole(buckets as u64), Time(next_even(within, buckets))];
                let rule = [Text(EVENLY_INTO), into, Text(WHOLE_MILLISECONDS), next];
                Said::new("within", &rule).given(Time(within))
            }
            Self::CapBelowBase { cap, base } => {
                let rule = [Text(AT_LEAST), Text("its base ("), Time(base), Text(")")];
                Said::new("backoff.cap", &rule).given(Time(cap))
            }
            Self::CapOutOfReach { cap, reached } => {
                let rule = [Text(AT_MOST), Time(reached), Text(REACHED)];
                Said::new("backoff.cap", &rule).given(Time(cap))
            }
            Self::OtherLayout => Said::new("words", &[Text(LAYOUT)]),
            Self::TooFewWords { given, needed } => {
                let rule = [Text(AT_LEAST), Whole(needed as u64), Text(BUILD_WITH)];
                Said::new("words", &rule).given(Whole(given as u64))
            }
        }
    }
}

const REQUIRES: Part = Part::Text("requires ");
const NOT_ZERO: &str = "must be longer than zero, not 0 s";
const AT_LEAST: &str = "must be at least ";
const AT_MOST: &str = "must be at most ";
const EVENLY_INTO: &str = "must divide evenly into ";
const WHOLE_MILLISECONDS: &str = " buckets of whole milliseconds, such as ";
const REACHED: &str = ", which its base and factor reach in 15 steps";
const ONE_OF_THEM: &str = ": set one of them, not both";
const STARTS: &str = "must be closed, open or half-open, not recovering";
const STARTS_ON_WORDS: &str =
    "must be closed, and mode normal, on given words: they hold a state and a mode";
const BUILD_WITH: &str = if cfg!(feature = "alloc") {
    ", which these settings take: build with Builder::build or breaker!"
} else {
    ", which these settings take: build with breaker!"
};
const LAYOUT: &str = "must be new, or adopted before with the same window, ramp and live";

/// What an error says: of which setting, with which value in front of the rule, and the rule.
#[derive(Clone, Copy)]
struct Said {
    setting: &'static str,
    value: Option<Part>,
    rule: [Part; Said::PARTS],
}

impl Said {
    /// The parts of the longest rule.
    const PARTS: usize = 6;

    const fn new(setting: &'static str, parts: &[Part]) -> Self {
        let mut rule = [Part::Text(""); Self::PARTS];
        let mut at = 0;
        while at < parts.len() {
            rule[at] = parts[at];
            at += 1;
        }
        Self { setting, value: None, rule }
    }

    const fn range(setting: &'static str, min: Part, max: Part, given: Part) -> Self {
        let [from, to, not] =
            [Part::Text("must be from "), Part::Text(" to "), Part::Text(", not ")];
        Self::new(setting, &[from, min, to, max, not, given])
    }

    /// With the value in front of the rule, which does not repeat it.
    const fn given(self, value: Part) -> Self {
        Self { value: Some(value), ..self }
    }
}

/// The next duration from `within` on that divides evenly into `buckets` of whole milliseconds.
const fn next_even(within: Duration, buckets: u32) -> Duration {
    let step = buckets as u64 * 1_000_000;
    // A window that is not too long has fewer nanoseconds than 64 bits hold.
    Duration::from_nanos((within.as_nanos() as u64).next_multiple_of(step))
}

/// An error at a place in a larger document.
struct At<'a> {
    error: &'a ConfigError,
    path: &'a [&'a str],
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for table in self.path {
            write!(f, "{}.", Key(table))?;
        }
        let said = self.error.said();
        write!(f, "{}: ", said.setting)?;
        if let Some(value) = said.value {
            write!(f, "{value} ")?;
        }
        said.rule.iter().try_for_each(|part| part.fmt(f))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.said();
        f.write_str(said.setting)?;
        if let Some(value) = said.value {
            write!(f, " ({value})")?;
        }
        f.write_str(" ")?;
        said.rule.iter().try_for_each(|part| part.fmt(f))
    }
}

impl core::error::Error for ConfigError {}
