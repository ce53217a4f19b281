//! Choices out of one number: a sequence of numbers costs little to make, and shrinks to the first
//! of each choice.

/// A number that choices are taken out of, from its lowest digits on.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, end: u32) -> u32 {
        let rolled = self.0 % u64::from(end);
        self.0 /= u64::from(end);
        rolled as u32
    }

    pub(super) fn one_in(&mut self, times: u32) -> bool {
        self.below(times) == times - 1
    }

    pub(super) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u32) as usize].clone()
    }

    /// Something in one of so many cases.
    pub(super) fn one_in_some<T: Clone>(&mut self, times: u32, of: &[T]) -> Option<T> {
        self.one_in(times).then(|| self.pick(of))
    }

    /// From 1 to `most`, and as often a small number as any.
    pub(super) fn some(&mut self, most: u32) -> u32 {
        let end = if self.one_in(2) { most } else { most.min(4) };
        1 + self.below(end)
    }
}
