//! Durations in text.

use std::time::Duration;

/// Formats a measured duration: three digits and a fitting unit.
pub(crate) fn readable(duration: Duration) -> String {
    let micros = duration.as_secs_f64() * 1e6;
    let (value, unit) = match micros {
        ..999.5 => (micros, "µs"),
        ..999_500.0 => (micros / 1e3, "ms"),
        _ => (micros / 1e6, "s"),
    };
    format!("{value:.*} {unit}", decimals(value))
}

fn decimals(value: f64) -> usize {
    match value {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    }
}

/// Formats a configured duration: all of its digits.
pub(crate) fn exact(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1.0 { format!("{} ms", seconds * 1e3) } else { format!("{seconds} s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_has_three_digits_and_a_unit() {
        for (micros, text) in [
            (0, "0.00 µs"),
            (87, "87.0 µs"),
            (999, "999 µs"),
            (4_321, "4.32 ms"),
            (500_400, "500 ms"),
            (999_800, "1.00 s"),
            (243_000_000, "243 s"),
        ] {
            assert_eq!(readable(Duration::from_micros(micros)), text);
        }
    }

    #[test]
    fn a_setting_keeps_all_digits() {
        for (micros, text) in [(2_000_000, "2 s"), (1_100_000, "1.1 s"), (10_500, "10.5 ms")] {
            assert_eq!(exact(Duration::from_micros(micros)), text);
        }
    }
}
