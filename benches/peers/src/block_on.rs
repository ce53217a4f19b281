//! A minimal executor for breakers that only offer futures, so that no runtime is measured.

use std::hint::spin_loop;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread::yield_now;

/// Polls a future that never waits.
#[inline(always)]
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("this breaker waits for no thread"),
    }
}

/// With more threads than cores the one that is waited for may need this one's core.
const SPINS: u32 = 100;

/// Polls until the future is done. A runtime would let the thread sleep, and wake it later.
#[inline(always)]
pub(crate) fn insistent<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    let mut polls = 0;
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending if polls < SPINS => spin_loop(),
            Poll::Pending => yield_now(),
        }
        polls += 1;
    }
}
