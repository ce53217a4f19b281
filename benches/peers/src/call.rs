//! The task of every breaker here: guard one call whose outcome is known beforehand.

use std::fmt;
use std::hint::black_box;
use std::sync::Arc;

/// What the guarded call will come to.
pub(crate) type Answer = Result<u32, Failed>;

/// The dependency failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failed;

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failed")
    }
}

impl std::error::Error for Failed {}

/// The guarded call: an answer that the optimizer cannot foresee.
#[inline]
pub(crate) fn dependency(answer: Answer) -> Answer {
    black_box(answer)
}

/// A breaker that threads can share, each through a caller of its own.
pub(crate) trait Breaker: Send + Sync + 'static {
    type Caller: Caller;

    fn caller(self: &Arc<Self>) -> Self::Caller;
}

/// One thread's way to a breaker.
pub(crate) trait Caller: Send {
    /// Lets the dependency give `answer`, through the breaker; `None` if it refused.
    fn call(&mut self, answer: Answer) -> Option<Answer>;
}

/// A breaker that is called through a shared reference.
pub(crate) trait Shared: Send + Sync + 'static {
    fn call(&self, answer: Answer) -> Option<Answer>;
}

impl<B: Shared> Breaker for B {
    type Caller = Arc<B>;

    fn caller(self: &Arc<Self>) -> Arc<B> {
        Arc::clone(self)
    }
}

impl<B: Shared> Caller for Arc<B> {
    #[inline]
    fn call(&mut self, answer: Answer) -> Option<Answer> {
        B::call(self, answer)
    }
}
