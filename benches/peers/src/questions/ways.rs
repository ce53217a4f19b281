//! What does each way to make a healthy call cost over what it guards, on one thread and on two?

use crate::baseline::Bare;
use crate::block_on::{insistent, ready};
use crate::call::{Answer, Breaker, Caller, Shared, dependency};
use crate::job::{Job, Policy};
use crate::question::{Column::*, Order, Question, Topic, healthy, is_closed, on_two_threads};
use crate::service::{Dependency, oneshot};
use crate::subject::{CALL_ALONE, Kind, Subject};
use crate::subjects::tripword::{Tripword, settings};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use tripword::{CallError, CircuitBreaker, Handle, Held, Outcome, breaker};
use tripword_registry::{NamedBreaker, Registry};
use tripword_tower::{CircuitBreakerService, ErrorsAsFailures};

pub(crate) const SERVICE: &str = "a tower service alone";
pub(crate) const BY_REFERENCE: &str = "tower layer, by `&'static`";
pub(crate) const READY: &str = "a future alone, ready at once";
pub(crate) const ASYNC_READY: &str = "`call_async`, ready at once";
const PENDING: &str = "a future alone, pending once";
/// How many other breakers are in the registry.
const OTHERS: u32 = 1_000;
const NAME: &str = "payments";

pub(super) fn question() -> Question {
    Question {
        topic: Topic::Ways,
        title: "Ways to call, one thread",
        about: "tripword, healthy, 5 failures in a row. A breaker in a `static`, a held handle and a \
                layer by `&'static` share nothing that is written; an `Arc` that is cloned for each \
                call, and a look-up, do.",
        columns: &[Name("way"), Nanos("a call"), MiddleHalf, More("more"), Than],
        order: Order::AsListed,
        subjects: subjects(),
        prepare: healthy,
        holds: is_closed,
    }
}

pub(super) fn on_two_threads_ways() -> Question {
    Question {
        topic: Topic::WaysOnTwoThreads,
        title: "Ways to call, two threads on one breaker",
        about: "",
        columns: &[
            Name("way"),
            Nanos("a call and thread"),
            MiddleHalf,
            More("more"),
            Than,
            ToOneThread,
        ],
        prepare: on_two_threads,
        ..question()
    }
}

fn subjects() -> Vec<Subject> {
    let own = Kind::Own(Policy::Consecutive);
    let limits = [
        Subject::limit(CALL_ALONE, || Bare),
        Subject::limit(SERVICE, || Unguarded),
        Subject::limit(READY, || BareFuture { waits: 0 }),
        Subject::limit(PENDING, || BareFuture { waits: 1 }),
    ];
    let ways = [
        Subject::new("`call`", own, |job| Tripword(plain(job))),
        Subject::new("`call` of a `static`", own, |_| Static),
        Subject::new("a permit that borrows", own, |job| ByPermit(plain(job))),
        Subject::new("a permit by `&'static`", own, |job| ByHandle(leaked(job))),
        Subject::new("a permit by `Arc`", own, |job| ByHandle(Arc::new(plain(job)))),
        Subject::new("a named breaker, held", own, |job| Named(registry(job).1)),
        Subject::new("a named breaker, held, and `noting`", own, |job| Noting(registry(job).1)),
        Subject::new("a named breaker, looked up among 1,000", own, |job| {
            LookedUp(registry(job).0)
        }),
        Subject::new(BY_REFERENCE, own, |job| Layer(leaked(job))).over(SERVICE),
        Subject::new("tower layer, by `Arc`", own, |job| Layer(Arc::new(plain(job)))).over(SERVICE),
        Subject::new(ASYNC_READY, own, |job| Async::of(job, 0)).over(READY),
        Subject::new("`call_async`, pending once", own, |job| Async::of(job, 1)).over(PENDING),
    ];
    limits.into_iter().chain(ways).collect()
}

fn plain(job: Job) -> CircuitBreaker {
    settings(job).build().expect("valid settings")
}

/// A `&'static` to a breaker of its own; each question builds one.
fn leaked(job: Job) -> &'static CircuitBreaker {
    Box::leak(Box::new(plain(job)))
}

fn registry(job: Job) -> (Registry, NamedBreaker) {
    let config = settings(job).config().expect("valid settings");
    let registry = Registry::builder().config(config).build();
    for other in 0..OTHERS {
        registry.get_or_create(other.to_string().as_str());
    }
    let named = registry.get_or_create(NAME);
    (registry, named)
}

struct Static;

impl Shared for Static {
    #[inline(always)]
    fn call(&self, answer: Answer) -> Option<Answer> {
        breaker! { static PAYMENTS: CircuitBreaker = consecutive_failures(5); }
        settled(PAYMENTS.call(|| dependency(answer)))
    }
}

struct ByPermit(CircuitBreaker);

impl Shared for ByPermit {
    #[inline(always)]
    fn call(&self, answer: Answer) -> Option<Answer> {
        let permit = self.0.try_acquire().ok()?;
        let answer = dependency(answer);
        permit.settle(Outcome::of(&answer));
        Some(answer)
    }
}

/// With a permit that holds a clone of the handle.
struct ByHandle<H>(H);

impl<H: Handle + Clone + Send + Sync + 'static> Shared for ByHandle<H> {
    #[inline(always)]
    fn call(&self, answer: Answer) -> Option<Answer> {
        let permit = Held::acquire(self.0.clone()).ok()?;
        let answer = dependency(answer);
        permit.settle(Outcome::of(&answer));
        Some(answer)
    }
}

struct Named(NamedBreaker);

impl Shared for Named {
    #[inline(always)]
    fn call(&self, answer: Answer) -> Option<Answer> {
        settled(self.0.call(|| dependency(answer)))
    }
}

struct Noting(NamedBreaker);

impl Shared for Noting {
    #[inline(always)]
    fn call(&self, answer: Answer) -> Option<Answer> {
        let classify = self.0.noting(Outcome::of);
        settled(self.0.call_with(classify, || dependency(answer)))
    }
}

struct LookedUp(Registry);

impl Shared for LookedUp {
    #[inline(always)]
    fn call(&self, answer: Answer) -> Option<Answer> {
        settled(self.0.get(NAME)?.call(|| dependency(answer)))
    }
}

/// A tower service without a breaker.
struct Unguarded;

impl Breaker for Unguarded {
    type Caller = Dependency;

    fn caller(self: &Arc<Self>) -> Dependency {
        Dependency
    }
}

impl Caller for Dependency {
    #[inline(always)]
    fn call(&mut self, answer: Answer) -> Option<Answer> {
        Some(ready(oneshot(self, answer)))
    }
}

/// The handle that a layer has; each caller has a service of its own, as each connection of a server.
struct Layer<H>(H);

struct Guarded<H>(CircuitBreakerService<Dependency, H>);

impl<H: Handle + Clone + Send + Sync + Unpin + 'static> Breaker for Layer<H> {
    type Caller = Guarded<H>;

    fn caller(self: &Arc<Self>) -> Guarded<H> {
        Guarded(CircuitBreakerService::new(Dependency, self.0.clone(), ErrorsAsFailures))
    }
}

impl<H: Handle + Clone + Send + Unpin> Caller for Guarded<H> {
    #[inline(always)]
    fn call(&mut self, answer: Answer) -> Option<Answer> {
        settled(ready(oneshot(&mut self.0, answer)))
    }
}

/// The dependency as a future that is pending so many times.
async fn answered(answer: Answer, mut waits: u32) -> Answer {
    poll_fn(|_| match waits {
        0 => Poll::Ready(()),
        _ => {
            waits -= 1;
            Poll::Pending
        }
    })
    .await;
    dependency(answer)
}

struct BareFuture {
    waits: u32,
}

impl Shared for BareFuture {
    #[inline(always)]
    fn call(&self, answer: Answer) -> Option<Answer> {
        Some(insistent(answered(answer, self.waits)))
    }
}

struct Async {
    breaker: CircuitBreaker,
    waits: u32,
}

impl Async {
    fn of(job: Job, waits: u32) -> Self {
        Self { breaker: plain(job), waits }
    }
}

impl Shared for Async {
    #[inline(always)]
    fn call(&self, answer: Answer) -> Option<Answer> {
        settled(insistent(self.breaker.call_async(answered(answer, self.waits))))
    }
}

#[inline(always)]
fn settled<E, R>(called: Result<u32, CallError<E, R>>) -> Option<Result<u32, E>> {
    match called {
        Ok(value) => Some(Ok(value)),
        Err(CallError::Inner(failed)) => Some(Err(failed)),
        Err(CallError::Rejected(_)) => None,
    }
}
