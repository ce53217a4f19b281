//! A minimal executor for breakers that only offer futures, so that no runtime is measured.

use std::hint::spin_loop;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Polls a future that never waits.
#[inline(always)]
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("this breaker waits for no thread"),
    }
}

/// Polls until the future is done. A runtime would let the thread sleep, and wake it later.
#[inline(always)]
pub(crate) fn insistent<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => spin_loop(),
        }
    }
}
