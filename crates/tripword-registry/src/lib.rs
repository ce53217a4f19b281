//! [`tripword`] circuit breakers by name: created on first use, listed, evicted when idle, and
//! reconfigured together.
//!
//! ```
//! use tripword::config;
//! use tripword_registry::Registry;
//!
//! let registry = Registry::new(config!(consecutive_failures(2)));
//! for _ in 0..2 {
//!     let _ = registry.get_or_create("payments").call(|| Err::<(), _>("no answer"));
//! }
//! let refused = registry.get_or_create("payments").call(|| Ok::<_, &str>(())).unwrap_err();
//! assert!(refused.to_string().starts_with("circuit \"payments\" open, retry in "));
//! assert!(registry.get_or_create("search").call(|| Ok::<_, &str>(())).is_ok());
//! ```
//!
//! A [`Registry`] is a map of [`NamedBreaker`]s, which are handles: take one once and store it, or
//! look it up for each call. A look-up takes no lock; it costs a hash, a few loads, and an update
//! of the count of handles. Names are text by default; any value with a hash can be one
//! ([`RegistryBuilder::new`]).
//!
//! # Consistency
//!
//! Operations on all breakers (listing, [`reset_all`](Registry::reset_all),
//! [`set_mode_all`](Registry::set_mode_all), evicting) visit one after the other: a breaker that is
//! made or removed at the same time may be included or not. Threads that look up a new name at the
//! same time get the same breaker, unless the cap leaves it unlisted.
//!
//! Observers, and what is called on a loss, run after such an operation has done its work; if one
//! panics, the others are still called, and then the panic continues.
//!
//! No thread waits for one that is stopped in code of yours: an observer, a clock, a function of
//! the builder, or the hash, comparison, copy or destructor of a name. (The map itself grows under
//! a lock that no such code holds.)
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `serde` | no | settings of a whole registry from one file |
//! | `portable-atomic` | no | 64-bit atomics on targets that have none |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod breaker;
mod builder;
mod entry;
mod eviction;
mod failure;
mod idle;
mod key;
mod loss;
mod name;
mod named;
mod opens;
mod places;
mod reconfigure;
mod refusal;
mod registry;
mod reloaded;
mod settings;
mod shared;
mod sync;
mod visit;

pub use breaker::NamedBreaker;
pub use builder::RegistryBuilder;
pub use failure::LastFailure;
pub use loss::Loss;
pub use named::Named;
pub use reconfigure::ReconfigureAllError;
pub use refusal::NamedRejected;
pub use registry::Registry;
pub use reloaded::{Refused, Reloaded};
pub use settings::Settings;
pub use tripword;
