//! The checks that settings share, usable in a `const`.

use crate::error::ConfigError;
use core::time::Duration;

const MILLION: u64 = crate::policy::MILLION as u64;

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

pub(super) const fn number(
    given: u64,
    min: u64,
    max: u64,
    rule: &'static str,
) -> Result<u64, ConfigError> {
    if given < min || given > max {
        return Err(ConfigError::Number { rule, given });
    }
    Ok(given)
}

/// A number with a fraction, in range. Written so that NaN, which compares to nothing, is refused.
pub(super) const fn fraction(
    given: f64,
    min: f64,
    max: f64,
    rule: &'static str,
) -> Result<f64, ConfigError> {
    if given >= min && given <= max {
        return Ok(given);
    }
    Err(ConfigError::Fraction { rule, given })
}

/// A rate above zero, in parts per million: the nearest, so that 0.07 is 70,000 however a float spells it.
pub(super) const fn rate(given: f64, rule: &'static str) -> Result<u32, ConfigError> {
    Ok(millionths(tri!(fraction(given, 0.000_001, 1.0, rule))))
}

/// A share from zero to one, in parts per million.
pub(super) const fn share(given: f64, rule: &'static str) -> Result<u32, ConfigError> {
    Ok(millionths(tri!(fraction(given, 0.0, 1.0, rule))))
}

const fn millionths(share: f64) -> u32 {
    (share * MILLION as f64 + 0.5) as u32
}

/// The number of `n` that reach a rate: rounded up.
pub(super) const fn share_of(n: u64, ppm: u32) -> u64 {
    (n * ppm as u64).div_ceil(MILLION)
}

pub(super) const fn longer_than_zero(
    given: Duration,
    rule: &'static str,
) -> Result<Duration, ConfigError> {
    if given.is_zero() {
        return Err(ConfigError::Duration { rule, given });
    }
    Ok(given)
}
