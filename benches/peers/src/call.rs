//! The task of every breaker here: guard one call whose outcome is known beforehand.

use std::fmt;
use std::hint::black_box;
use std::sync::Arc;

/// What the guarded call will return.
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
#[inline(always)]
pub(crate) fn dependency(answer: Answer) -> Answer {
    black_box(answer)
}

/// A breaker that threads can share, each through a caller of its own.
pub(crate) trait Breaker: Send + Sync + 'static {
    type Caller: Caller;

    fn caller(self: &Arc<Self>) -> Self::Caller;

    /// What another thread does to it while it is called, in the question about that.
    fn disturb(&self) {}
}

/// One thread's way to a breaker, which is used by way of [`pinned`].
pub(crate) trait Caller: Send {
    /// Lets the dependency give `answer`, through the breaker; `None` if it refused.
    fn call(&mut self, answer: Answer) -> Option<Answer>;
}

/// A breaker that is called through a shared reference.
pub(crate) trait Shared: Send + Sync + 'static {
    fn call(&self, answer: Answer) -> Option<Answer>;

    /// As [`Breaker::disturb`].
    fn disturb(&self) {}
}

impl<B: Shared> Breaker for B {
    type Caller = Arc<B>;

    fn caller(self: &Arc<Self>) -> Arc<B> {
        Arc::clone(self)
    }

    fn disturb(&self) {
        B::disturb(self);
    }
}

impl<B: Shared> Caller for Arc<B> {
    #[inline(always)]
    fn call(&mut self, answer: Answer) -> Option<Answer> {
        B::call(self, answer)
    }
}

/// A caller's call as one function: whether it was admitted.
pub(crate) type Pinned<C> = fn(&mut C, Answer) -> bool;

/// Pins a caller's call: a subject is one function, into which its call is inlined and which is
/// inlined nowhere. Each question calls it through a pointer that the optimizer cannot follow. So
/// neither the loop around it nor other subjects decide what is inlined or what is known of the
/// arguments, and all questions run the same machine code. It costs each subject, the call alone
/// included, one more call and return.
pub(crate) fn pinned<C: Caller>() -> Pinned<C> {
    black_box(admitted::<C> as Pinned<C>)
}

/// The only place that calls a caller.
#[inline(never)]
fn admitted<C: Caller>(caller: &mut C, answer: Answer) -> bool {
    caller.call(answer).is_some()
}
