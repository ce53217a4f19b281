//! The host and port of a request, as the name of a breaker.

#[cfg(feature = "registry")]
pub use per_authority::PerAuthority;

use http::header::HOST;
use http::uri::{Authority, Scheme};
use http::{HeaderMap, Uri};
use std::net::Ipv6Addr;

/// The longest name that DNS allows. (The longest IP address is shorter.)
const LONGEST_HOST: usize = 253;

/// Returns the host and port that a request is for, such as `example.com:443`, in one form for all
/// spellings of the same authority.
///
/// - The authority of the URI is used. If it has none, that of the `Host` header is.
/// - Letters are in lower case, a final dot of the host is cut off, and an IPv6 address has its
///   shortest form.
/// - A missing port is that of the scheme: 443 for `https` and `wss`, 80 for `http`, `ws`, and a
///   URI without scheme. For other schemes it stays missing.
/// - User and password are cut off, so that they reach neither messages nor metrics.
///
/// Returns `None` if the request has no authority, an invalid one, or a host of more than 253 bytes
/// (no DNS name is longer): such a request cannot reach a service.
///
/// A registry lists names of at most 128 bytes, unless it says otherwise: for a longer authority it
/// hands out a breaker that is not listed, and so protects nothing, and reports that by `on_loss`.
///
/// # Examples
///
/// ```
/// use http::{HeaderMap, HeaderValue, Uri, header::HOST};
/// use tripword_tower::authority_of;
///
/// let none = HeaderMap::new();
/// let uri = Uri::from_static("https://user:password@API.example.com/orders/7");
/// assert_eq!(authority_of(&uri, &none).as_deref(), Some("api.example.com:443"));
///
/// let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static("[0:0::1]:8080"))]);
/// let uri = Uri::from_static("/orders/7");
/// assert_eq!(authority_of(&uri, &headers).as_deref(), Some("[::1]:8080"));
/// assert_eq!(authority_of(&uri, &none), None);
/// ```
#[must_use]
pub fn authority_of(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    match uri.authority() {
        Some(authority) => normalized(authority, uri.scheme()),
        None => {
            let host = Authority::try_from(headers.get(HOST)?.as_bytes()).ok()?;
            normalized(&host, uri.scheme())
        }
    }
}

fn normalized(authority: &Authority, scheme: Option<&Scheme>) -> Option<String> {
    let whole = authority.as_str();
    let without_user = whole.rsplit_once('@').map_or(whole, |(_, rest)| rest);
    let (host, port) = split(without_user);
    let port = match port {
        "" => default_port(scheme),
        digits => Some(port_of(digits)?),
    };
    let host = normalized_host(host)?;
    Some(match port {
        Some(port) => format!("{host}:{port}"),
        None => host,
    })
}

/// Splits host and port. The port is empty if there is none.
fn split(authority: &str) -> (&str, &str) {
    let end_of_address = authority.find(']').unwrap_or(0);
    match authority[end_of_address..].find(':') {
        Some(colon) => {
            let (host, port) = authority.split_at(end_of_address + colon);
            (host, &port[1..])
        }
        None => (authority, ""),
    }
}

fn normalized_host(host: &str) -> Option<String> {
    let name = host.strip_suffix('.').unwrap_or(host);
    if name.is_empty() || name.len() > LONGEST_HOST {
        return None;
    }
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match address.and_then(|address| address.parse::<Ipv6Addr>().ok()) {
        Some(address) => Some(format!("[{address}]")),
        None => Some(name.to_ascii_lowercase()),
    }
}

fn default_port(scheme: Option<&Scheme>) -> Option<u16> {
    let scheme = scheme.map_or("http", Scheme::as_str);
    let is_one_of = |names: [&str; 2]| names.iter().any(|name| scheme.eq_ignore_ascii_case(name));
    if is_one_of(["http", "ws"]) { Some(80) } else { is_one_of(["https", "wss"]).then_some(443) }
}

/// The number of a port. Of `str::parse`, a sign is refused.
fn port_of(digits: &str) -> Option<u16> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(feature = "registry")]
mod per_authority {
    use super::authority_of;
    use crate::layer::CircuitBreakerLayer;
    use crate::select::Select;
    use core::borrow::Borrow;
    use core::fmt;
    use core::hash::Hash;
    use core::ops::Deref;
    use http::Request;
    use tripword::{Clock, Observer};
    use tripword_registry::{NamedBreaker, Registry};

    /// The breaker that a registry has for the host and port of each request, from
    /// [`CircuitBreakerLayer::per_authority`].
    ///
    /// # Examples
    ///
    /// ```
    /// use http::Request;
    /// use std::sync::Arc;
    /// use tripword_registry::Registry;
    /// use tripword_tower::{PerAuthority, Select};
    ///
    /// let choice = PerAuthority::new(Arc::new(Registry::builder().cap(10_000).build()));
    /// let request = Request::get("https://API.example.com/orders/7").body(())?;
    /// assert_eq!(&**choice.select(&request).unwrap().name(), "api.example.com:443");
    /// # Ok::<(), http::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy)]
    pub struct PerAuthority<R> {
        registry: R,
    }

    impl<R> PerAuthority<R> {
        /// Creates a choice by the authority of the request. `registry` is an `Arc<Registry>` or a
        /// `&'static Registry`.
        ///
        /// # Examples
        ///
        /// ```
        /// use http::Request;
        /// use std::sync::Arc;
        /// use tripword_registry::Registry;
        /// use tripword_tower::{PerAuthority, Select};
        ///
        /// let registry = Arc::new(Registry::builder().cap(10_000).build());
        /// let choice = PerAuthority::new(registry.clone());
        /// assert!(choice.select(&Request::new("without an authority")).is_none());
        /// assert!(registry.is_empty());
        /// ```
        #[must_use]
        pub const fn new(registry: R) -> Self {
            Self { registry }
        }
    }

    impl<Body, R, K, C, O> Select<Request<Body>> for PerAuthority<R>
    where
        R: Deref<Target = Registry<K, C, O>>,
        K: Borrow<str> + From<String> + Hash + Eq + Clone + fmt::Debug + fmt::Display,
        C: Clock + Clone,
        O: Observer,
    {
        type Handle = NamedBreaker<K, C, O>;

        fn select(&self, request: &Request<Body>) -> Option<Self::Handle> {
            let authority = authority_of(request.uri(), request.headers())?;
            Some(self.registry.get_or_create(&*authority))
        }
    }

    impl<R> CircuitBreakerLayer<PerAuthority<R>> {
        /// Creates a layer with a breaker for each host and port, from a registry: an
        /// `Arc<Registry>` or a `&'static Registry`. Refusals carry the name, such as
        /// `example.com:443`.
        ///
        /// [`authority_of`] has the rules for the name. A request without an authority bypasses all
        /// breakers. Give the registry a [cap](tripword_registry::RegistryBuilder::cap) where users
        /// choose the hosts; see [`per_key`](CircuitBreakerLayer::per_key).
        ///
        /// A client that follows redirects by itself is judged under the host of the request.
        ///
        /// # Examples
        ///
        /// ```
        /// use http::{Request, Response};
        /// use std::sync::Arc;
        /// use tower::{Layer, ServiceExt, service_fn};
        /// use tripword::config;
        /// use tripword_registry::Registry;
        /// use tripword_tower::{CircuitBreakerLayer, ServerErrorsAsFailures};
        ///
        /// # #[tokio::main(flavor = "current_thread")]
        /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
        /// let registry = Arc::new(Registry::new(config!(consecutive_failures(1))));
        /// let layer = CircuitBreakerLayer::per_authority(registry)
        ///     .classify(ServerErrorsAsFailures::new());
        /// let client = layer.layer(service_fn(|request: Request<()>| async move {
        ///     let status = if request.uri().host() == Some("ill.example") { 503 } else { 200 };
        ///     Response::builder().status(status).body(())
        /// }));
        ///
        /// let get = |uri| client.clone().oneshot(Request::get(uri).body(()).unwrap());
        /// assert_eq!(get("https://ill.example/a").await?.status(), 503);
        /// let refused = get("https://ILL.example:443/b").await.unwrap_err();
        /// assert_eq!(&*refused.into_rejected().unwrap().name, "ill.example:443");
        /// assert_eq!(get("https://well.example/").await?.status(), 200);
        /// # Ok(())
        /// # }
        /// ```
        #[must_use]
        pub const fn per_authority(registry: R) -> Self {
            Self::select(PerAuthority::new(registry))
        }
    }
}
