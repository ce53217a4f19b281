//! Whether an error is a refusal is known of a `CallError` and of boxed errors.

use tripword::{Classify, Outcome};
use tripword_tower::Ignoring;

fn main() {
    let classify = Ignoring::refusals();
    assert_eq!(classify.classify(&Err::<(), _>(404_u16)), Outcome::Failure);
}
