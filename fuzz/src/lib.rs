//! The fuzz targets: bytes become operations, settings or documents, and the breaker is compared
//! with the oracle, or with its documentation. One function for each target.

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
mod words;

pub use interleavings::interleavings;
pub use operations::operations;
pub use round_trips::round_trips;
pub use settings::settings;
pub use words::words;
