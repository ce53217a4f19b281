//! The last failure of a breaker, as text.

use crate::nanos::Nanos;
use core::fmt::{self, Write};
use std::boxed::Box;
use std::string::String;

/// The text of an error is kept up to this many bytes: it may be a page that a server sent.
const MOST_BYTES: usize = 256;

/// The last failure that a breaker was told of ([`NamedBreaker::note_failure`](super::NamedBreaker::note_failure)). `Display` is the text of
/// its error, up to 256 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastFailure {
    text: Box<str>,
    at: Nanos,
}

impl LastFailure {
    pub(super) fn new(error: &(impl fmt::Display + ?Sized), at: Nanos) -> Self {
        let mut text = Bounded(String::new());
        // What does not fit is left out; an error whose `Display` fails says no more.
        let _ = write!(text, "{error}");
        Self {
            text: text.0.into_boxed_str(),
            at,
        }
    }

    /// The text of the error.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// When it was told, by the breaker's clock.
    #[must_use]
    pub fn at(&self) -> Nanos {
        self.at
    }
}

impl fmt::Display for LastFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A text that takes no more than `MOST_BYTES`, and stops whoever writes more.
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MOST_BYTES - self.0.len();
        if text.len() <= room {
            self.0.push_str(text);
            return Ok(());
        }
        let end = (0..=room).rev().find(|&end| text.is_char_boundary(end));
        self.0.push_str(&text[..end.unwrap_or(0)]);
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let failure = LastFailure::new(&"é".repeat(200), Nanos::ZERO);
        assert_eq!(failure.text(), "é".repeat(128));
        let odd = std::format!("x{}", "é".repeat(200));
        assert_eq!(LastFailure::new(&odd, Nanos::ZERO).text().len(), 255);
    }

    #[test]
    fn a_text_in_pieces_is_cut_where_all_of_them_are_too_long() {
        let (first, second) = ("a".repeat(200), "b".repeat(200));
        let pieces = std::format_args!("{first}{second}c");
        let failure = LastFailure::new(&pieces, Nanos::from_millis(7));
        assert_eq!(
            failure.text(),
            &std::format!("{first}{second}")[..MOST_BYTES]
        );
        assert_eq!(failure.at(), Nanos::from_millis(7));
    }
}
