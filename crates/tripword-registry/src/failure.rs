//! The last failure of a breaker, as text.

use std::fmt::{self, Write};
use std::iter;
use std::time::Duration;
use tripword::Nanos;

/// The longest text that is stored, in bytes: an error may be a page that a server sent.
const MAX_BYTES: usize = 256;

/// The last failure of a breaker, from [`NamedBreaker::noting`] or [`NamedBreaker::note_failure`].
///
/// [`NamedBreaker::noting`]: crate::NamedBreaker::noting
/// [`NamedBreaker::note_failure`]: crate::NamedBreaker::note_failure
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastFailure {
    /// The text of the error on one line, cut after 256 bytes. Control characters, such as line
    /// breaks and escape sequences of a terminal, are escaped as in a string of Rust.
    pub text: Box<str>,
    /// When it was noted, on the breaker's clock.
    pub at: Nanos,
}

impl LastFailure {
    pub(crate) fn new(error: &(impl fmt::Display + ?Sized), at: Nanos) -> Self {
        let mut text = Bounded(String::new());
        // An error here means that the text is full, or that its `Display` failed: both end it.
        let _ = write!(text, "{error}");
        Self { text: text.0.into_boxed_str(), at }
    }

    /// Returns how long ago the failure was noted, as of `now` on the breaker's clock.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, Clock, ManualClock};
    /// use tripword_registry::NamedBreaker;
    ///
    /// let clock = ManualClock::new();
    /// let breaker = CircuitBreaker::builder().build_with(&clock)?;
    /// let payments = NamedBreaker::new("payments", breaker);
    /// payments.note_failure("reset by peer");
    /// clock.advance(Duration::from_secs(40));
    /// let failure = payments.last_failure().unwrap();
    /// assert_eq!(failure.age(clock.now()), Duration::from_secs(40));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub fn age(&self, now: Nanos) -> Duration {
        now.saturating_since(self.at)
    }
}

/// A text on one line, of at most [`MAX_BYTES`]. It fails the write that exceeds them.
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| match c {
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => self.push(c.escape_default()),
            c if c.is_control() => self.push(c.escape_default()),
            c => self.push(iter::once(c)),
        })
    }
}

impl Bounded {
    /// Adds all of these characters, or none.
    fn push(&mut self, characters: impl Iterator<Item = char> + Clone) -> fmt::Result {
        let bytes: usize = characters.clone().map(char::len_utf8).sum();
        if self.0.len() + bytes > MAX_BYTES {
            return Err(fmt::Error);
        }
        self.0.extend(characters);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let failure = LastFailure::new(&"é".repeat(200), Nanos::ZERO);
        assert_eq!(*failure.text, *"é".repeat(128));
        let odd = format!("x{}", "é".repeat(200));
        assert_eq!(LastFailure::new(&odd, Nanos::ZERO).text.len(), 255);
    }

    #[test]
    fn a_text_written_in_pieces_is_cut_where_their_sum_is_too_long() {
        let (first, second) = ("a".repeat(200), "b".repeat(200));
        let pieces = format_args!("{first}{second}c");
        let failure = LastFailure::new(&pieces, Nanos::from_millis(7));
        assert_eq!(*failure.text, format!("{first}{second}")[..MAX_BYTES]);
        assert_eq!(failure.at, Nanos::from_millis(7));
    }

    #[test]
    fn what_would_end_the_line_or_steer_a_terminal_is_escaped() {
        let text = |error: &str| LastFailure::new(error, Nanos::ZERO).text;
        assert_eq!(*text("a\r\n\u{1b}[31mb\0"), *r"a\r\n\u{1b}[31mb\u{0}");
        let separators = "\u{85}\u{2028}\u{202e}\u{2066}";
        assert_eq!(*text(separators), *r"\u{85}\u{2028}\u{202e}\u{2066}");
        let plain = "\"C:\\x\" cafe\u{301} 'a'";
        assert_eq!(*text(plain), *plain);
        let long = format!("{}\n", "a".repeat(255));
        assert_eq!(text(&long).len(), 255, "half an escape would read as something else");
    }

    #[test]
    fn a_failure_noted_after_now_has_no_age() {
        let failure = LastFailure::new("reset by peer", Nanos::from_millis(7));
        assert_eq!(failure.age(Nanos::from_millis(5)), Duration::ZERO);
        assert_eq!(failure.age(Nanos::from_millis(9)), Duration::from_millis(2));
    }
}
