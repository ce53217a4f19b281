//! [`tripword`] circuit breakers for [reqwest](https://docs.rs/reqwest).

#![cfg_attr(docsrs, feature(doc_cfg))]

mod convert;
mod errors;
mod guard;
#[cfg(feature = "middleware")]
mod middleware;
mod refusal;

pub use convert::{from_http, to_http};
pub use errors::ReqwestErrors;
pub use guard::{Guarded, guard};
#[cfg(feature = "middleware")]
pub use middleware::CircuitBreakerMiddleware;
pub use refusal::refusal;
pub use tripword_tower;
pub use tripword_tower::tripword;
