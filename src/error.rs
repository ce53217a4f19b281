//! Refusals, failed calls, and invalid settings.

mod call;
mod config;
mod reconfigure;
mod rejected;
mod text;

pub use call::CallError;
pub use config::ConfigError;
pub use reconfigure::ReconfigureError;
pub use rejected::{Reason, Rejected};
pub use text::ConfigMessage;
#[cfg(feature = "serde")]
pub(crate) use text::Key;
