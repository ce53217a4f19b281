//! A breaker for each key of the requests, from a registry.

use crate::layer::CircuitBreakerLayer;
use crate::select::Select;
use core::fmt;
use core::ops::Deref;
use std::borrow::Borrow;
use std::hash::Hash;
use tripword::{Clock, Observer};
use tripword_registry::{NamedBreaker, Registry};

/// The breaker that a registry has for the key of each request, from
/// [`CircuitBreakerLayer::per_key`].
///
/// `R` is an `Arc<Registry>` or a `&'static Registry`, `F` the function that returns the key.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use tripword_registry::Registry;
/// use tripword_tower::{PerKey, Select};
///
/// struct Job {
///     tenant: String,
/// }
///
/// let registry = Arc::new(Registry::builder().cap(10_000).build());
/// let choice = PerKey::new(registry, |job: &Job| Some(job.tenant.as_str()));
/// let breaker = choice.select(&Job { tenant: "acme".to_owned() }).unwrap();
/// assert_eq!(&**breaker.name(), "acme");
/// ```
#[derive(Clone, Copy)]
pub struct PerKey<R, F> {
    registry: R,
    key: F,
}

impl<R, F> PerKey<R, F> {
    /// Creates a choice by the key that `key` returns. `None` bypasses all breakers.
    ///
    /// # Examples
    ///
    /// A registry with numbers for names:
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tripword_registry::RegistryBuilder;
    /// use tripword_tower::{PerKey, Select};
    ///
    /// let tenants = Arc::new(RegistryBuilder::<u64>::new().build());
    /// let choice = PerKey::new(tenants, |request: &(u64, &str)| Some(&request.0));
    /// assert_eq!(*choice.select(&(7, "GET /")).unwrap().name(), 7);
    /// ```
    #[must_use]
    pub const fn new<Request, Q: ?Sized>(registry: R, key: F) -> Self
    where
        F: Fn(&Request) -> Option<&Q>,
    {
        Self { registry, key }
    }
}

impl<Request, R, F, Q, K, C, O> Select<Request> for PerKey<R, F>
where
    R: Deref<Target = Registry<K, C, O>>,
    F: Fn(&Request) -> Option<&Q>,
    Q: Hash + Eq + ToOwned + ?Sized,
    K: Borrow<Q> + From<Q::Owned> + Hash + Eq + Clone + fmt::Debug + fmt::Display,
    C: Clock + Clone,
    O: Observer,
{
    type Handle = NamedBreaker<K, C, O>;

    #[inline]
    fn select(&self, request: &Request) -> Option<Self::Handle> {
        Some(self.registry.get_or_create((self.key)(request)?))
    }
}

impl<R: fmt::Debug, F> fmt::Debug for PerKey<R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerKey").field("registry", &self.registry).finish_non_exhaustive()
    }
}

impl<R, F> CircuitBreakerLayer<PerKey<R, F>> {
    /// Creates a layer with a breaker for each key, from a registry: an `Arc<Registry>` or a
    /// `&'static Registry`. Refusals carry the name.
    ///
    /// `key` returns a part of the request, or `None` to bypass all breakers. For a key that is
    /// computed, see [`select_by`](CircuitBreakerLayer::select_by).
    ///
    /// If the keys come from outside, give the registry a
    /// [cap](tripword_registry::RegistryBuilder::cap). An open circuit is the last to be evicted,
    /// so the hosts of a stranger that all fail stay under that cap until
    /// [`retain`](Registry::retain) or [`evict_idle`](Registry::evict_idle) removes them.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tower::{Layer, ServiceExt, service_fn};
    /// use tripword::{CallError, config};
    /// use tripword_registry::Registry;
    /// use tripword_tower::CircuitBreakerLayer;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let registry = Arc::new(Registry::new(config!(consecutive_failures(1))));
    /// let layer = CircuitBreakerLayer::per_key(registry, |tenant: &&'static str| Some(*tenant));
    /// let service = layer.layer(service_fn(|tenant: &'static str| async move {
    ///     if tenant == "acme" { Err("no answer") } else { Ok(()) }
    /// }));
    ///
    /// assert_eq!(service.clone().oneshot("acme").await, Err(CallError::Inner("no answer")));
    /// let refused = service.clone().oneshot("acme").await.unwrap_err().into_rejected().unwrap();
    /// assert_eq!(&*refused.name, "acme");
    /// assert_eq!(service.oneshot("globex").await, Ok(()));
    /// # }
    /// ```
    #[must_use]
    pub const fn per_key<Request, Q: ?Sized>(registry: R, key: F) -> Self
    where
        F: Fn(&Request) -> Option<&Q>,
    {
        Self::select(PerKey::new(registry, key))
    }
}
