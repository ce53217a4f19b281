//! What the fuzzer drives: bytes become operations, settings or documents, and the breaker is held
//! against the oracle of the tests, or against what its documentation says. One function a target.

mod bytes;
mod cases;
mod chosen;
mod document;
mod interleavings;
mod operations;
mod oracle_settings;
mod round_trips;
mod settings;
mod times;

pub use interleavings::interleavings;
pub use operations::operations;
pub use round_trips::round_trips;
pub use settings::settings;
