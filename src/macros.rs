//! Settings and breakers that are checked at compile time.

/// Makes a [`Config`](crate::Config) whose settings are checked at compile time. Takes the methods
/// of [`Builder`](crate::Builder), in any order.
///
/// # Examples
///
/// ```
/// use tripword::{Config, config};
///
/// const LAST_HUNDRED: Config = config!(last_calls(100), failure_rate(0.5));
/// assert_eq!(LAST_HUNDRED.words(), 10);
/// ```
///
/// An invalid setting stops the compilation:
///
/// ```compile_fail
/// let config = tripword::config!(consecutive_failures(0));
/// ```
#[macro_export]
macro_rules! config {
    ($($setting:ident($($value:expr),* $(,)?)),* $(,)?) => {
        const {
            match $crate::Builder::new()$(.$setting($($value),*))*.config() {
                ::core::result::Result::Ok(config) => config,
                ::core::result::Result::Err(error) => ::core::panic!("{}", error.message().as_str()),
            }
        }
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "expected settings as calls of `Builder` methods, separated by commas, such as \
             `config!(consecutive_failures(5), open_duration(Duration::from_secs(10)))`"
        )
    };
}

/// Declares breakers in statics, with settings that are checked at compile time.
///
/// Each item is a `static` of type [`CircuitBreaker`](crate::CircuitBreaker) (which may be left
/// out), or an array of them. After the `=` come the methods of [`Builder`](crate::Builder), in any
/// order; before these, a clock other than the [`MonotonicClock`](crate::MonotonicClock), and an
/// observer. Nothing is allocated: the words of each breaker are in the `static`, too.
///
/// An item inside a function, a closure or a generic function is *one* breaker, as any `static` is,
/// however often the code around it runs.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tripword::{CircuitBreaker, CoarseClock, MonotonicClock, Observer, Transition, breaker};
///
/// static CLOCK: CoarseClock = CoarseClock::new();
///
/// struct Log;
/// impl Observer for Log {
///     fn on_transition(&self, transition: &Transition) {
///         println!("search: {transition}");
///     }
/// }
///
/// breaker! {
///     /// Guards the payment provider.
///     pub static PAYMENTS: CircuitBreaker =
///         last_calls(100), failure_rate(0.5), open_duration(Duration::from_secs(10));
///
///     /// A breaker for each of eight shards.
///     static SHARDS: [CircuitBreaker; 8] = consecutive_failures(5);
///
///     static LINK: CircuitBreaker<&CoarseClock> = clock: &CLOCK; consecutive_failures(3);
///
///     static SEARCH: CircuitBreaker<MonotonicClock, Log> = observer: Log; consecutive_failures(3);
///
///     static INDEX: CircuitBreaker<&CoarseClock, Log> =
///         clock: &CLOCK; observer: Log; last_calls(50), failures(9);
/// }
///
/// SHARDS[0].trip();
/// assert!(SHARDS[0].try_acquire().is_err() && SHARDS[1].try_acquire().is_ok());
/// # assert!(PAYMENTS.try_acquire().is_ok() && LINK.try_acquire().is_ok());
/// # assert!(SEARCH.try_acquire().is_ok() && INDEX.try_acquire().is_ok());
/// ```
///
/// An invalid setting stops the compilation, and so does a breaker in expression position, where it
/// would be the same one each time it is evaluated:
///
/// ```compile_fail
/// tripword::breaker! { static PAYMENTS = consecutive_failures(0); }
/// # assert!(PAYMENTS.try_acquire().is_ok());
/// ```
///
/// ```compile_fail
/// let breakers: Vec<_> = (0..3).map(|_| tripword::breaker!(consecutive_failures(5))).collect();
/// ```
#[macro_export]
macro_rules! breaker {
    ($($items:tt)*) => {
        $crate::__breaker! { $($items)* }
    };
}

// Each step takes one part of an item off the front: what is declared, the clock, the observer, the
// settings. `head` is the item up to its type; `kind` is `one TYPE` or `many TYPE; COUNT`.
#[doc(hidden)]
#[macro_export]
macro_rules! __breaker {
    (@clock $head:tt $kind:tt clock: $clock:expr; $($tail:tt)*) => {
        $crate::__breaker! { @observer $head $kind [$clock] $($tail)* }
    };
    (@clock $head:tt $kind:tt $($tail:tt)*) => {
        $crate::__breaker! { @observer $head $kind [$crate::MonotonicClock] $($tail)* }
    };
    (@observer $head:tt $kind:tt $clock:tt observer: $observer:expr; $($tail:tt)*) => {
        $crate::__breaker! { @settings $head $kind $clock [$observer] $($tail)* }
    };
    (@observer $head:tt $kind:tt $clock:tt $($tail:tt)*) => {
        $crate::__breaker! { @settings $head $kind $clock [()] $($tail)* }
    };
    (
        @settings [$($head:tt)*] [one $type:ty] [$clock:expr] [$observer:expr]
        $($setting:ident($($value:expr),* $(,)?)),* $(,)?; $($rest:tt)*
    ) => {
        $($head)* $type = {
            const __TRIPWORD_CONFIG: $crate::Config =
                $crate::config!($($setting($($value),*)),*);
            static __TRIPWORD_WORDS: [$crate::raw::Word; __TRIPWORD_CONFIG.words()] =
                [const { $crate::raw::Word::new() }; __TRIPWORD_CONFIG.words()];
            <$type>::in_static(&__TRIPWORD_CONFIG, &__TRIPWORD_WORDS, $clock, $observer)
        };
        $crate::__breaker! { $($rest)* }
    };
    (
        @settings [$($head:tt)*] [many $type:ty; $count:expr] [$clock:expr] [$observer:expr]
        $($setting:ident($($value:expr),* $(,)?)),* $(,)?; $($rest:tt)*
    ) => {
        $($head)* [$type; $count] = {
            const __TRIPWORD_CONFIG: $crate::Config =
                $crate::config!($($setting($($value),*)),*);
            static __TRIPWORD_WORDS: [[$crate::raw::Word; __TRIPWORD_CONFIG.words()]; $count] =
                [const { [const { $crate::raw::Word::new() }; __TRIPWORD_CONFIG.words()] }; $count];
            // All on the first breaker's words, and then each on its own.
            <$type>::each_in_static(
                [const {
                    <$type>::in_static(
                        &__TRIPWORD_CONFIG,
                        &__TRIPWORD_WORDS[0],
                        $clock,
                        $observer,
                    )
                }; $count],
                &__TRIPWORD_WORDS,
            )
        };
        $crate::__breaker! { $($rest)* }
    };
    (@untyped) => {
        ::core::compile_error!(
            "a clock or an observer is a part of the breaker's type: expected an item such as \
             `static LINK: CircuitBreaker<&CoarseClock> = clock: &CLOCK; consecutive_failures(5);` \
             or `static PAYMENTS: CircuitBreaker<MonotonicClock, Log> = observer: Log; ..`"
        );
    };
    (@$($other:tt)*) => {
        ::core::compile_error!(
            "expected settings as calls of `Builder` methods, separated by commas and closed by a \
             semicolon, such as `consecutive_failures(5), open_duration(Duration::from_secs(10));`"
        );
    };
    () => {};
    ($(#[$meta:meta])* $vis:vis static $name:ident = clock: $($tail:tt)*) => {
        $crate::__breaker! { @untyped }
    };
    ($(#[$meta:meta])* $vis:vis static $name:ident = observer: $($tail:tt)*) => {
        $crate::__breaker! { @untyped }
    };
    ($(#[$meta:meta])* $vis:vis static $name:ident = $($tail:tt)*) => {
        $crate::__breaker! {
            @clock [$(#[$meta])* $vis static $name:] [one $crate::CircuitBreaker] $($tail)*
        }
    };
    ($(#[$meta:meta])* $vis:vis static $name:ident: [_; $count:expr] = $($tail:tt)*) => {
        $crate::__breaker! {
            @clock [$(#[$meta])* $vis static $name:] [many $crate::CircuitBreaker; $count]
            $($tail)*
        }
    };
    ($(#[$meta:meta])* $vis:vis static $name:ident: [$type:ty; $count:expr] = $($tail:tt)*) => {
        $crate::__breaker! {
            @clock [$(#[$meta])* $vis static $name:] [many $type; $count] $($tail)*
        }
    };
    ($(#[$meta:meta])* $vis:vis static $name:ident: $type:ty = $($tail:tt)*) => {
        $crate::__breaker! {
            @clock [$(#[$meta])* $vis static $name:] [one $type] $($tail)*
        }
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "`breaker!` declares statics: expected an item such as `breaker! { static PAYMENTS: \
             CircuitBreaker = consecutive_failures(5); }`. For a breaker in a variable or a field, \
             use `CircuitBreaker::builder()`"
        );
    };
}
