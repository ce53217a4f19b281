//! Fields of bits in a word, and arithmetic on numbers that wrap at the width of a field.

/// A field of `width` bits in a word, the lowest of them at `shift`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    shift: u32,
    width: u32,
}

impl Field {
    pub(crate) const fn new(shift: u32, width: u32) -> Self {
        assert!(width > 0 && width < 64 && shift + width <= 64);
        Self { shift, width }
    }

    /// The largest value the field holds.
    pub(crate) const fn max(self) -> u64 {
        (1 << self.width) - 1
    }

    pub(crate) const fn mask(self) -> u64 {
        self.max() << self.shift
    }

    pub(crate) const fn get(self, word: u64) -> u64 {
        (word >> self.shift) & self.max()
    }

    /// `word` with this field set to `value`, which is cut to the width of the field.
    pub(crate) const fn set(self, word: u64, value: u64) -> u64 {
        (word & !self.mask()) | ((value & self.max()) << self.shift)
    }

    /// How far `later` is ahead of `earlier`, both counted modulo the width of the field.
    pub(crate) const fn distance(self, earlier: u64, later: u64) -> u64 {
        later.wrapping_sub(earlier) & self.max()
    }
}

/// `value * part / 2^32`, rounded down; `part` is at most 2^32.
pub(crate) const fn scale(value: u64, part: u64) -> u64 {
    ((value as u128 * part as u128) >> 32) as u64
}

/// One whole, as [`scale`] counts parts.
pub(crate) const WHOLE: u64 = 1 << 32;

/// Parts per million as parts of 2^32, rounded down.
pub(crate) const fn of_whole(ppm: u32) -> u64 {
    ppm as u64 * WHOLE / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDDLE: Field = Field::new(8, 4);

    #[test]
    fn set_replaces_only_the_bits_of_the_field() {
        assert_eq!(MIDDLE.set(0xffff, 0x5), 0xf5ff);
        assert_eq!(MIDDLE.get(0xf5ff), 0x5);
    }

    #[test]
    fn set_cuts_a_value_to_the_width() {
        assert_eq!(MIDDLE.set(0, 0x12), 0x200);
    }

    #[test]
    fn distance_wraps_at_the_width() {
        assert_eq!(MIDDLE.distance(15, 1), 2);
        assert_eq!(MIDDLE.distance(1, 15), 14);
    }

    #[test]
    fn scale_is_exact_at_the_ends() {
        assert_eq!(scale(u64::MAX, WHOLE), u64::MAX);
        assert_eq!(scale(10, WHOLE / 2), 5);
        assert_eq!(scale(u64::MAX, 0), 0);
    }
}
