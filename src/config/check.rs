//! The checks that settings share, usable in a `const`.

use crate::error::ConfigError;
use crate::policy::{MILLION, Rate};
use core::time::Duration;

/// The lowest rate: one in a million.
const LOWEST_RATE: f64 = 0.000_001;

/// `?` in a `const fn`.
macro_rules! tri {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(error) => return Err(error),
        }
    };
}
pub(super) use tri;

pub(super) const fn count(
    setting: &'static str,
    given: u32,
    min: u32,
    max: u32,
) -> Result<u32, ConfigError> {
    if given >= min && given <= max {
        return Ok(given);
    }
    Err(ConfigError::Count { setting, given, min, max })
}

/// A number from 1 to `max`, which `limit` sets.
pub(super) const fn limited(
    setting: &'static str,
    given: u32,
    max: u32,
    limit: &'static str,
) -> Result<u32, ConfigError> {
    if given > max {
        return Err(ConfigError::AboveLimit { setting, given, max, limit });
    }
    count(setting, given, 1, max)
}

/// A number with a fraction, in range. Written so that NaN, which compares to nothing, is refused.
pub(super) const fn fraction(
    setting: &'static str,
    given: f64,
    min: f64,
    max: f64,
) -> Result<f64, ConfigError> {
    if given >= min && given <= max {
        return Ok(given);
    }
    Err(ConfigError::Fraction { setting, given, min, max })
}

/// A rate above zero.
pub(super) const fn rate(setting: &'static str, given: f64) -> Result<Rate, ConfigError> {
    Ok(Rate::of(tri!(fraction(setting, given, LOWEST_RATE, 1.0))))
}

/// A share from zero to one, in parts per million: the nearest.
pub(super) const fn share(setting: &'static str, given: f64) -> Result<u32, ConfigError> {
    let share = tri!(fraction(setting, given, 0.0, 1.0));
    Ok((share * MILLION as f64 + 0.5) as u32)
}

pub(super) const fn longer_than_zero(
    setting: &'static str,
    given: Duration,
) -> Result<Duration, ConfigError> {
    if given.is_zero() {
        return Err(ConfigError::ZeroDuration { setting });
    }
    Ok(given)
}
