//! The rule for names of text.

use crate::loss::Loss;
use std::borrow::Borrow;

/// The longest name, in bytes. All crates that show, store or send names allow the same.
const MAX_BYTES: usize = 128;

/// Says why the breaker of a name is not to be listed, if it is not.
pub(crate) type NameRule<K> = fn(&K) -> Option<Loss>;

/// The rule for names that are no text.
pub(crate) const fn any<K>(_: &K) -> Option<Loss> {
    None
}

/// The rule for names that are text.
pub(crate) fn text<K: Borrow<str>>(name: &K) -> Option<Loss> {
    let bytes = name.borrow().len();
    (!is_length(bytes)).then_some(Loss::InvalidName { bytes })
}

/// Says what is wrong with a name that a file gives to a breaker.
#[cfg(feature = "serde")]
pub(crate) fn complaint(name: &str) -> Option<String> {
    let bytes = name.len();
    (!is_length(bytes)).then(|| format!("a name must have 1 to {MAX_BYTES} bytes, not {bytes}"))
}

fn is_length(bytes: usize) -> bool {
    (1..=MAX_BYTES).contains(&bytes)
}
