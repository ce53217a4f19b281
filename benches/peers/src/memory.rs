//! What a breaker weighs, and what its calls allocate.

use crate::call::{Breaker, Caller, pinned};
use allocation_counter::measure;
use std::sync::Arc;

const CALLS: u32 = 1_000;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// Of a new breaker, with what it keeps on the heap.
    pub(crate) bytes: i64,
    /// Of the same after a thousand calls.
    pub(crate) bytes_after_calls: i64,
    /// Allocations in a call.
    pub(crate) allocations: f64,
    /// Bytes allocated in a call.
    pub(crate) allocated: f64,
}

pub(crate) fn weigh<B: Breaker>(build: impl Fn() -> B) -> Memory {
    // What a thread allocates only once is not a breaker's.
    call(&mut Arc::new(build()).caller());
    let mut built = None;
    let new = measure(|| built = Some(build()));
    let breaker = Arc::new(built.expect("just built"));
    let mut caller = breaker.caller();
    let called = measure(|| call(&mut caller));
    let bytes =
        i64::try_from(size_of::<B>()).expect("a breaker is not that big") + new.bytes_current;
    Memory {
        bytes,
        bytes_after_calls: bytes + called.bytes_current,
        allocations: called.count_total as f64 / f64::from(CALLS),
        allocated: called.bytes_total as f64 / f64::from(CALLS),
    }
}

fn call<C: Caller>(caller: &mut C) {
    let call = pinned();
    for value in 0..CALLS {
        call(caller, Ok(value));
    }
}
