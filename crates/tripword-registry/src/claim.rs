//! A task that one thread does at a time, and that nobody waits for.

use crate::sync::Ordering::Relaxed;
use crate::sync::Word;

#[derive(Debug)]
pub(super) struct Claim(Word);

/// The task is this thread's until this is dropped.
#[derive(Debug)]
pub(super) struct Claimed<'a>(&'a Word);

impl Claim {
    pub(super) fn new() -> Self {
        Self(Word::new())
    }

    /// `None` if another thread is at it.
    pub(super) fn claim(&self) -> Option<Claimed<'_>> {
        loop {
            // Relaxed: it only says whose turn it is; what the task reads and writes brings its own order.
            // Relaxed: a lost race says the same.
            match self.0.replace(0, 1, Relaxed, Relaxed) {
                Ok(_) => return Some(Claimed(&self.0)),
                Err(0) => {}
                Err(_) => return None,
            }
        }
    }
}

impl Drop for Claimed<'_> {
    fn drop(&mut self) {
        // Relaxed: as in Claim::claim.
        self.0.store(0, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let claim = Claim::new();
        let claimed = claim.claim();
        assert!(claimed.is_some() && claim.claim().is_none());
        drop(claimed);
        assert!(claim.claim().is_some());
    }
}
