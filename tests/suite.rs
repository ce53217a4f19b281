//! The tests, in one program: as many as there are files would each build and link the crate and the oracle again. `threads.rs` and `accesses.rs`
//! are programs of their own: the one wants every processor to itself, the other is built with `--cfg counting`.

#[cfg(feature = "http")]
mod backend;
mod cases;
#[cfg(feature = "std")]
mod history;
#[cfg(feature = "std")]
mod paused;
mod support;

mod building;
mod call_error;
mod cancellation;
mod events;
mod faults;
mod histories;
mod linearizable;
mod live;
mod metrics;
mod model;
mod model_windows;
mod neighbours;
mod panics;
mod peers;
mod registry;
mod registry_errors;
mod registry_eviction;
mod registry_settings;
mod rejection;
mod serde;
mod serde_snapshot;
mod shape;
mod states;
mod time;
mod tower;
mod tower_http;
mod tower_order;
mod tower_outage;
mod tracing;
mod values;
mod windows;
mod wrap;
mod wraps;
