//! The only door to atomics of this crate: a shared number, and what one breaker shows.
//!
//! They are `usize`, which every target with the standard library has as an atomic.
#![expect(clippy::disallowed_types, reason = "this is the door")]

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

/// A number that threads share. It orders no other memory.
#[derive(Debug, Default)]
pub(crate) struct Number(AtomicUsize);

impl Number {
    /// Adds one unless the number has reached `limit`, and returns whether it did.
    pub(crate) fn take_below(&self, limit: usize) -> bool {
        let next = |taken| (taken < limit).then(|| taken + 1);
        // Relaxed: it only counts; no other memory is read on the strength of it.
        // Relaxed: a lost race counts again from the newer number.
        self.0.fetch_update(Relaxed, Relaxed, next).is_ok()
    }
}

/// The place of the newest state that was reported, and its generation. Reports may come in any
/// order.
#[derive(Debug)]
pub(crate) struct Newest(AtomicUsize);

impl Newest {
    /// The bits of a place.
    const PLACE: u32 = 2;

    pub(crate) const fn new(generation: u16, place: usize) -> Self {
        Self(AtomicUsize::new(Self::word(generation, place)))
    }

    const fn word(generation: u16, place: usize) -> usize {
        ((generation as usize) << Self::PLACE) | place
    }

    /// Moves to `place` if that is newer, and returns the place that it replaces.
    ///
    /// Generations wrap. The one move within a generation is to place 0.
    pub(crate) fn enter(&self, generation: u16, place: usize) -> Option<usize> {
        let next = |word: usize| {
            let ahead = generation.wrapping_sub((word >> Self::PLACE) as u16);
            let is_newer = if ahead == 0 { place == 0 } else { ahead < 1 << 15 };
            is_newer.then_some(Self::word(generation, place))
        };
        // Relaxed: one word, in which each move follows the one that it replaces.
        // Relaxed: a lost race decides again on the newer word.
        let replaced = self.0.fetch_update(Relaxed, Relaxed, next).ok()?;
        Some(replaced & Self::word(0, 3))
    }

    pub(crate) fn get(&mut self) -> usize {
        *self.0.get_mut() & Self::word(0, 3)
    }
}

/// A place that moves by reports in any order, without generations: the sum of all moves, and the
/// place that it was last.
///
/// While a report is missing, the sum is that of no place: the sum of the moves into and out of
/// place `p` is their number times `64^p`.
#[derive(Debug)]
pub(crate) struct Place(AtomicUsize);

impl Place {
    const LAST: u32 = 2;

    pub(crate) const fn new(place: usize) -> Self {
        Self(AtomicUsize::new(Self::word(Self::unit(place), place)))
    }

    const fn unit(place: usize) -> usize {
        1 << (6 * place)
    }

    const fn word(sum: usize, last: usize) -> usize {
        (sum << Self::LAST) | last
    }

    /// Adds a move, and returns the place before and that after it.
    pub(crate) fn shift(&self, from: usize, to: usize) -> (usize, usize) {
        let next = |word: usize| {
            let moved = Self::unit(to).wrapping_sub(Self::unit(from));
            let word = word.wrapping_add(Self::word(moved, 0));
            let arrived = (0..4).find(|&place| word >> Self::LAST == Self::unit(place));
            arrived.map_or(word, |place| Self::word(Self::unit(place), place))
        };
        // Relaxed: one word, whose sum is the same in any order.
        // Relaxed: a lost race adds to the newer sum.
        let before = self.0.fetch_update(Relaxed, Relaxed, |word| Some(next(word)));
        let before = before.unwrap_or_else(|word| word);
        (before & 3, next(before) & 3)
    }

    pub(crate) fn get(&mut self) -> usize {
        *self.0.get_mut() & 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_state_stays_whatever_comes_late() {
        let mut newest = Newest::new(u16::MAX, 0);
        assert_eq!(newest.enter(1, 2), Some(0), "generations wrap");
        assert_eq!(newest.enter(0, 1), None);
        assert_eq!(newest.enter(2, 3), Some(2));
        assert_eq!(newest.enter(2, 0), Some(3), "the ramp is complete");
        assert_eq!(newest.enter(2, 3), None);
        assert_eq!(newest.get(), 0);
    }

    #[test]
    fn a_place_is_none_on_the_way_while_a_report_is_missing() {
        let moves = [(0, 1), (1, 3), (3, 2), (2, 0), (0, 3)];
        for first in 0..moves.len() {
            let mut place = Place::new(0);
            let mut rest = moves.to_vec();
            let (from, to) = rest.remove(first);
            // Only a move out of place 0 can have been the first.
            let after = if from == 0 { to } else { 0 };
            assert_eq!(place.shift(from, to), (0, after));
            for (from, to) in rest {
                place.shift(from, to);
            }
            assert_eq!(place.get(), 3);
        }
    }
}
