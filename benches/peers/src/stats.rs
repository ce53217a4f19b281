//! Medians and quartiles: what a busy machine disturbs least.

/// One turn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// A call, or a cycle.
    pub(crate) nanos: f64,
    pub(crate) disturbed: bool,
}

/// Fewer undisturbed turns than this are not enough, and the disturbed ones have to do as well.
const ENOUGH: usize = 11;

/// The median and the quartiles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Spread {
    /// Returns the spread of the undisturbed turns if there are enough of them, else of all.
    pub(crate) fn of(turns: &[Sample]) -> Self {
        let quiet: Vec<_> = turns.iter().filter(|turn| !turn.disturbed).collect();
        if quiet.len() < ENOUGH {
            Self::of_values(turns.iter().map(|turn| turn.nanos))
        } else {
            Self::of_values(quiet.iter().map(|turn| turn.nanos))
        }
    }

    fn of_values(values: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<_> = values.collect();
        sorted.sort_by(f64::total_cmp);
        Self { low: at(&sorted, 0.25), median: at(&sorted, 0.5), high: at(&sorted, 0.75) }
    }
}

/// Whether there are enough undisturbed turns.
pub(crate) fn is_quiet(turns: &[Sample]) -> bool {
    turns.iter().filter(|turn| !turn.disturbed).count() >= ENOUGH
}

/// The median of the ratios within each round, which changes between rounds do not affect.
pub(crate) fn ratio(turns: &[Sample], to: &[Sample]) -> f64 {
    median_within(turns, to, |one, other| one / other)
}

/// The median of the differences within each round.
pub(crate) fn difference(turns: &[Sample], from: &[Sample]) -> f64 {
    median_within(turns, from, |one, other| one - other)
}

fn median_within(turns: &[Sample], others: &[Sample], compare: fn(f64, f64) -> f64) -> f64 {
    let compared = turns.iter().zip(others).map(|(one, other)| Sample {
        nanos: compare(one.nanos, other.nanos),
        disturbed: one.disturbed || other.disturbed,
    });
    Spread::of(&compared.collect::<Vec<_>>()).median
}

/// The value at a share of the way through, between its neighbours.
fn at(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(nanos: &[f64]) -> Vec<Sample> {
        let quiet = |&nanos| Sample { nanos, disturbed: false };
        nanos.iter().map(quiet).collect()
    }

    #[test]
    fn a_spread_does_not_mind_the_order() {
        let spread = Spread::of(&turns(&[4.0, 1.0, 3.0, 2.0, 5.0]));
        assert_eq!((spread.low, spread.median, spread.high), (2.0, 3.0, 4.0));
    }

    #[test]
    fn a_median_between_two_values_is_their_middle() {
        assert_eq!(Spread::of(&turns(&[1.0, 2.0])).median, 1.5);
    }

    #[test]
    fn a_ratio_compares_within_rounds() {
        let ratio = ratio(&turns(&[2.0, 40.0, 6.0]), &turns(&[1.0, 20.0, 3.0]));
        assert_eq!(ratio, 2.0);
    }

    #[test]
    fn a_difference_compares_within_rounds() {
        let difference = difference(&turns(&[2.0, 40.0, 6.0]), &turns(&[1.0, 38.0, 5.0]));
        assert_eq!(difference, 1.0);
    }

    #[test]
    fn a_disturbed_turn_counts_only_where_there_are_not_enough_others() {
        let mut turns = turns(&[1.0; ENOUGH]);
        turns.extend([Sample { nanos: 9.0, disturbed: true }; ENOUGH]);
        assert!(is_quiet(&turns));
        assert_eq!(Spread::of(&turns).high, 1.0);
        assert!(!is_quiet(&turns[1..]));
        assert_eq!(Spread::of(&turns[1..]).high, 9.0);
    }
}
