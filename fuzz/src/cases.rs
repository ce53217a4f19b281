//! Operations on a breaker and its oracle: those of the tests.
#![allow(dead_code, reason = "the tests use the rest")]

#[path = "../../tests/cases/damage.rs"]
mod damage;
#[path = "../../tests/cases/op.rs"]
mod op;
#[path = "../../tests/cases/pair.rs"]
mod pair;

pub(crate) use damage::Damaged;
pub(crate) use op::{Case, END, Op, ROUND, Step, horizon};
pub(crate) use pair::Settling;
