//! The text of an error about settings: the same parts for `Display`, at run time, and for a
//! constant, at compile time.

use core::fmt::{self, Write};
use core::time::Duration;

/// A part of a message.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Text(&'static str),
    Whole(u64),
    Fraction(f64),
    Time(Duration),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Text(text) => f.write_str(text),
            Self::Whole(number) => write!(f, "{number}"),
            // Both forms read back as the same number. Without an exponent, 1e300 would take 301
            // digits.
            Self::Fraction(number) if !(1e-9..1e15).contains(&number.abs()) && number != 0.0 => {
                write!(f, "{number:e}")
            }
            Self::Fraction(number) => write!(f, "{number}"),
            Self::Time(time) => {
                let mut message = ConfigMessage::new();
                message.push_time(time);
                f.write_str(message.as_str())
            }
        }
    }
}

/// The text of an error in a `const` context, where nothing can be formatted: see
/// [`ConfigError::message`](super::ConfigError::message).
#[derive(Clone, Copy)]
pub struct ConfigMessage {
    bytes: [u8; ConfigMessage::ROOM],
    length: usize,
}

impl ConfigMessage {
    const ROOM: usize = 256;

    pub(super) const fn new() -> Self {
        Self { bytes: [0; Self::ROOM], length: 0 }
    }

    /// Returns the text.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.length);
        match core::str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => "these settings are invalid",
        }
    }

    pub(super) const fn push(&mut self, part: Part) {
        match part {
            Part::Text(text) => self.push_str(text),
            Part::Whole(number) => self.push_digits(number, 1),
            Part::Fraction(number) => self.push_fraction(number),
            Part::Time(time) => self.push_time(time),
        }
    }

    /// Adds `text`, or as much of it as there is room for: no message is that long.
    const fn push_str(&mut self, text: &str) {
        let text = text.as_bytes();
        let mut at = 0;
        while at < text.len() && self.length < Self::ROOM {
            self.bytes[self.length] = text[at];
            self.length += 1;
            at += 1;
        }
    }

    /// Adds `number` with at least so many digits.
    const fn push_digits(&mut self, number: u64, least: usize) {
        let mut digits = [b'0'; 20];
        let (mut rest, mut first) = (number, digits.len());
        while rest > 0 {
            first -= 1;
            digits[first] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        if first > digits.len() - least {
            first = digits.len() - least;
        }
        let (_, digits) = digits.split_at(first);
        if let Ok(digits) = core::str::from_utf8(digits) {
            self.push_str(digits);
        }
    }

    /// Adds a number that has at most nine decimals, and for any other one that it is not shown.
    const fn push_fraction(&mut self, number: f64) {
        const BILLION: f64 = 1e9;
        let size = number.abs();
        let scaled = (size * BILLION) as u64;
        // Below 2^53 all of this is exact, and the decimals read back as the same number.
        if number.is_nan() || scaled >= 1 << 53 || scaled as f64 / BILLION != size {
            return self.push_str(if number.is_nan() { "NaN" } else { "the one given" });
        }
        if number.is_sign_negative() {
            self.push_str("-");
        }
        self.push_decimal(scaled / 1_000_000_000, scaled % 1_000_000_000, 9);
    }

    /// Adds a duration, exactly.
    const fn push_time(&mut self, time: Duration) {
        let (seconds, nanos) = (time.as_secs(), time.subsec_nanos() as u64);
        let unit = match (seconds, nanos) {
            (600.., 0) => return self.push_whole(seconds),
            (1.., _) | (0, 0) => {
                self.push_decimal(seconds, nanos, 9);
                " s"
            }
            (_, 1_000_000..) => {
                self.push_decimal(nanos / 1_000_000, nanos % 1_000_000, 6);
                " ms"
            }
            (_, 1_000..) => {
                self.push_decimal(nanos / 1_000, nanos % 1_000, 3);
                " us"
            }
            _ => {
                self.push_digits(nanos, 1);
                " ns"
            }
        };
        self.push_str(unit);
    }

    /// Adds whole seconds in the largest unit of which they are a multiple.
    const fn push_whole(&mut self, seconds: u64) {
        let (length, unit) = if seconds % 86_400 == 0 {
            (86_400, " d")
        } else if seconds % 3_600 == 0 {
            (3_600, " h")
        } else if seconds % 60 == 0 {
            (60, " min")
        } else {
            (1, " s")
        };
        self.push_digits(seconds / length, 1);
        self.push_str(unit);
    }

    /// Adds `whole` and the `digits` decimals `fraction`, without the zeros at their end.
    const fn push_decimal(&mut self, whole: u64, mut fraction: u64, mut digits: usize) {
        self.push_digits(whole, 1);
        if fraction == 0 {
            return;
        }
        while fraction % 10 == 0 {
            fraction /= 10;
            digits -= 1;
        }
        self.push_str(".");
        self.push_digits(fraction, digits);
    }
}

impl fmt::Debug for ConfigMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for ConfigMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The name of a table or a setting as a part of a path: in quotes where TOML wants them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'a>(pub(crate) &'a str);

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if !self.0.is_empty() && self.0.chars().all(is_bare) {
            return f.write_str(self.0);
        }
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn time(time: Duration) -> alloc::string::String {
        Part::Time(time).to_string()
    }

    #[test]
    fn a_duration_is_shown_to_the_nanosecond() {
        assert_eq!(time(Duration::ZERO), "0 s");
        assert_eq!(time(Duration::from_nanos(1)), "1 ns");
        assert_eq!(time(Duration::from_nanos(1_500)), "1.5 us");
        assert_eq!(time(Duration::from_nanos(1_000_001)), "1.000001 ms");
        assert_eq!(time(Duration::from_micros(15_000_001)), "15.000001 s");
        assert_eq!(time(Duration::from_secs(90)), "90 s");
        assert_eq!(time(Duration::from_secs(600)), "10 min");
        assert_eq!(time(Duration::from_secs(601)), "601 s");
        assert_eq!(time(Duration::from_secs(7_200)), "2 h");
        assert_eq!(time(Duration::from_secs(172_800)), "2 d");
        assert_eq!(
            time(Duration::from_secs(172_800) + Duration::from_nanos(1)),
            "172800.000000001 s"
        );
        assert_eq!(time(Duration::MAX), "18446744073709551615.999999999 s");
    }

    #[test]
    fn a_number_is_shown_as_it_is() {
        for (number, text) in [
            (50.0, "50"),
            (1.000_000_000_000_000_2, "1.0000000000000002"),
            (0.000_000_9, "0.0000009"),
            (-0.1, "-0.1"),
            (1e300, "1e300"),
            (5e-324, "5e-324"),
            (0.0, "0"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(Part::Fraction(number).to_string(), text);
        }
    }

    #[test]
    fn a_constant_shows_a_number_exactly_or_not_at_all() {
        for (number, text) in [
            (50.0, "50"),
            (-0.5, "-0.5"),
            (0.000_000_9, "0.0000009"),
            (0.0, "0"),
            (-0.0, "-0"),
            (f64::NAN, "NaN"),
            (1.000_000_000_000_000_2, "the one given"),
            (1e300, "the one given"),
            (f64::INFINITY, "the one given"),
            (5e-324, "the one given"),
        ] {
            let mut message = ConfigMessage::new();
            message.push(Part::Fraction(number));
            assert_eq!(message.as_str(), text);
        }
    }

    #[test]
    fn a_key_is_quoted_where_it_has_to_be() {
        for (name, key) in [
            ("payments", "payments"),
            ("my-api_2", "my-api_2"),
            ("", "\"\""),
            ("api.eu:443", "\"api.eu:443\""),
            ("a\"b\\c\n", "\"a\\\"b\\\\c\\u000a\""),
        ] {
            assert_eq!(Key(name).to_string(), key);
        }
    }
}
