//! Settings that are fixed when a breaker is built, as text.

use super::backoff::Delay;
use super::settings::Config;
use crate::nanos::Nanos;
use crate::window::Window;
use core::fmt;
use core::time::Duration;

/// A setting of a [`Config`] by its name, which is displayed.
struct Shown<'a>(&'a Config, &'a str);

impl Config {
    /// Shows the value of a setting that is fixed when a breaker is built, one of those that a
    /// [`ReconfigureError`](crate::ReconfigureError) names. Empty for any other name.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::config;
    ///
    /// let config = config!(last_calls(100), failures(10));
    /// assert_eq!(config.show("last_calls").to_string(), "100");
    /// assert_eq!(config.show("within").to_string(), "none");
    /// assert_eq!(config.show("live").to_string(), "false");
    /// ```
    pub fn show<'a>(&'a self, setting: &'a str) -> impl fmt::Display + 'a {
        Shown(self, setting)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(config, setting) = *self;
        match setting {
            "live" => write!(f, "{}", config.is_live()),
            "start" => write!(f, "{}", config.first_word().state()),
            "slow_call_duration" => {
                let limit = config.slow_limit;
                show(f, (limit != Nanos::MAX).then(|| limit.as_duration()))
            }
            "abandoned_after" => show(f, config.abandoned_after()),
            "last_calls" => match config.window.calls() {
                0 => f.write_str("none"),
                calls => write!(f, "{calls}"),
            },
            "within" => match config.window {
                Window::Time(layout) => {
                    let (within, buckets, stripes) = layout.settings();
                    write!(f, "{within:?} in {buckets} buckets and {stripes} stripes")
                }
                _ => f.write_str("none"),
            },
            "trip_when" => show(f, config.policy.trip_when.map(|_| "a function")),
            "backoff" => f.write_str(match config.delay {
                Delay::Exponential(_) => "numbers",
                Delay::ByStreak { .. } => "a function",
            }),
            "ramp" => match config.ramp() {
                Some(ramp) => {
                    let over = Duration::from_nanos(ramp.unit_nanos.get()) * 1_024;
                    write!(f, "from {} millionths over about {over:.1?}", ramp.from)
                }
                None => f.write_str("none"),
            },
            _ => Ok(()),
        }
    }
}

fn show(f: &mut fmt::Formatter<'_>, value: Option<impl fmt::Debug>) -> fmt::Result {
    match value {
        Some(value) => write!(f, "{value:?}"),
        None => f.write_str("none"),
    }
}
