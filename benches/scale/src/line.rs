//! A cache line: which cores have it, and who waits for it.

use std::collections::VecDeque;

/// Time, in whole picoseconds.
pub(crate) type Picos = u64;

/// Copies that are all the same, or one that may be written. A core that has the only copy may write it without asking.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    /// A bit for each core that has a copy.
    copies: u128,
    /// Before then it stays with those who have it: it is on its way, has just come, or is being written.
    pub(crate) stays_until: Picos,
    /// Cores that asked for it, in the order in which they did.
    pub(crate) queue: VecDeque<usize>,
    /// How often it was changed.
    pub(crate) version: u64,
    /// Who holds the lock that is in it.
    pub(crate) holder: Option<usize>,
    /// Cores that wait for the lock, and look at their copies until these are taken from them.
    pub(crate) watchers: Vec<usize>,
    /// Cores that wait for the lock, and look at nothing.
    pub(crate) sleepers: VecDeque<usize>,
}

impl Line {
    /// Whether `core` can read it, or write it, without asking the others.
    pub(crate) fn is_at_hand(&self, core: usize, writes: bool) -> bool {
        match writes {
            true => self.copies == 1 << core,
            false => self.copies & 1 << core != 0,
        }
    }

    /// Whether several cores can read it, so that one more takes it from nobody.
    pub(crate) fn is_shared(&self) -> bool {
        self.copies.count_ones() > 1
    }

    pub(crate) fn stay_until(&mut self, time: Picos) {
        self.stays_until = self.stays_until.max(time);
    }

    pub(crate) fn share_with(&mut self, core: usize) {
        self.copies |= 1 << core;
    }

    /// Takes it from all others.
    pub(crate) fn give_to(&mut self, core: usize) {
        self.copies = 1 << core;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_written_by_who_has_it_alone() {
        let mut line = Line::default();
        line.share_with(127);
        assert!(line.is_at_hand(127, true) && line.is_at_hand(127, false));
        line.share_with(0);
        assert!(line.is_at_hand(0, false) && !line.is_at_hand(0, true));
        assert!(line.is_shared() && !line.is_at_hand(127, true));
        line.give_to(0);
        assert!(line.is_at_hand(0, true) && !line.is_at_hand(127, false));
    }
}
