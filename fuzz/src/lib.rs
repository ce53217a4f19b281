//! The fuzz targets: bytes become operations, settings or documents, and the breaker is compared
//! with the oracle of the tests, or with its documentation. One function for each target.

mod bytes;
mod chosen;
mod document;
mod interleavings;
mod operations;
mod oracle_settings;
mod round_trips;
mod settings;
mod times;

// The oracle is that of the tests, file for file.
#[path = "../../tests/oracle/mod.rs"]
mod oracle;
#[path = "../../tests/support/mod.rs"]
mod support;

pub use interleavings::interleavings;
pub use operations::operations;
pub use round_trips::round_trips;
pub use settings::settings;
