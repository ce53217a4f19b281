//! The policies that open a closed circuit: limits on the counts of a window.

mod cause;
mod limits;
mod rate;

pub use cause::TripCause;
pub(crate) use cause::{MILLION, Percent};
pub(crate) use limits::{Policy, TripWhen};
pub(crate) use rate::Rate;
