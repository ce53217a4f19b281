//! Jitter that can be repeated: a hash of a seed and a generation.

use crate::bits;
use crate::nanos::Nanos;
use core::num::{NonZeroU32, NonZeroU64};

/// `seed` spread over all bits, never zero.
pub(crate) const fn spread(seed: u64) -> NonZeroU64 {
    match NonZeroU64::new(split_mix(seed)) {
        Some(seed) => seed,
        None => NonZeroU64::MIN,
    }
}

/// `seed` spread over 32 bits, never zero.
pub(crate) const fn folded(seed: u64) -> NonZeroU32 {
    let spread = split_mix(seed);
    match NonZeroU32::new((spread ^ spread >> 32) as u32) {
        Some(seed) => seed,
        None => NonZeroU32::MIN,
    }
}

/// `nanos` shortened by up to `part` of itself (in parts of 2^32), by a number that depends only on
/// the seed and the generation.
pub(crate) const fn shorten(nanos: u64, part: u64, seed: u64, generation: u16) -> u64 {
    let most = bits::scale(nanos, part);
    let draw = split_mix(seed ^ split_mix(generation as u64)) >> 32;
    nanos - bits::scale(most, draw)
}

/// The output function of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", 2014).
const fn split_mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A seed for a breaker without one: different each time. Without `std` it depends only on the time
/// and on how many seeds were drawn before, which may be equal on two devices with the same
/// firmware: set a seed there.
pub(crate) fn fresh_seed(now: Nanos) -> u64 {
    split_mix(now.as_nanos()) ^ split_mix(entropy())
}

#[cfg(feature = "std")]
fn entropy() -> u64 {
    use core::hash::BuildHasher;
    std::hash::RandomState::new().hash_one(())
}

#[cfg(not(feature = "std"))]
fn entropy() -> u64 {
    use crate::sync::{Ordering::Relaxed, Word};
    static DRAWN: Word = Word::new();
    // Relaxed: a counter; each caller draws a number of its own, and no other read relies on it.
    DRAWN.fetch_add(1, Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::WHOLE;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn a_duration_is_shortened_by_at_most_its_part() {
        for generation in 0..1_000 {
            let nanos = shorten(SECOND, WHOLE / 10, 7, generation);
            assert!((900_000_000..=SECOND).contains(&nanos));
        }
    }

    #[test]
    fn equal_seeds_and_generations_repeat_and_others_differ() {
        let drawn = |seed, generation| shorten(SECOND, WHOLE, seed, generation);
        assert_eq!(drawn(1, 2), drawn(1, 2));
        assert_ne!(drawn(1, 2), drawn(1, 3));
        assert_ne!(drawn(1, 2), drawn(2, 2));
        assert_eq!(shorten(SECOND, 0, 1, 2), SECOND);
    }

    #[test]
    fn jitter_is_spread_over_the_whole_part() {
        let mean =
            (0..1_000).map(|generation| shorten(SECOND, WHOLE, 3, generation)).sum::<u64>() / 1_000;
        assert!((450_000_000..550_000_000).contains(&mean), "{mean}");
    }

    #[test]
    fn every_bit_of_a_seed_changes_the_jitter() {
        const LONG: u64 = 1 << 60;
        for generation in 0..8 {
            let of_none = shorten(LONG, WHOLE, 0, generation);
            for bit in 0..64 {
                assert_ne!(shorten(LONG, WHOLE, 1 << bit, generation), of_none, "{bit}");
            }
        }
    }

    #[test]
    fn fresh_seeds_differ_even_at_one_moment() {
        assert_ne!(fresh_seed(Nanos::ZERO), fresh_seed(Nanos::ZERO));
    }

    #[test]
    fn fresh_seeds_have_as_many_ones_as_zeros() {
        let ones: u32 =
            (0..1_000).map(|millis| fresh_seed(Nanos::from_millis(millis)).count_ones()).sum();
        assert!((31_000..33_000).contains(&ones), "{ones}");
    }

    /// The first numbers of any SplitMix64 with this seed.
    #[test]
    fn split_mix_gives_the_published_numbers() {
        let numbers = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        let mut state = 1_234_567_u64;
        for number in numbers {
            assert_eq!(split_mix(state), number);
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        }
    }
}
