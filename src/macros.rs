//! Breakers and settings that are checked while the program compiles.

/// A [`Config`](crate::Config) whose settings are checked while the program compiles. Takes the methods of
/// [`Builder`](crate::Builder), in any order.
///
/// ```
/// use tripword::{Config, config};
///
/// const LAST_HUNDRED: Config = config!(last_calls(100), failure_rate(0.5));
/// assert_eq!(LAST_HUNDRED.words(), 10);
/// ```
///
/// A setting that cannot be stops the compilation:
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
}

/// A breaker for a `static`, with or without a window, whose settings are checked while the program compiles. It allocates nothing: its
/// words are another `static`. Takes the methods of [`Builder`](crate::Builder), in any order; and first a clock, if it is not to be the
/// [`MonotonicClock`](crate::MonotonicClock), and an observer, if there is one.
///
/// ```
/// use std::time::Duration;
/// use tripword::{CircuitBreaker, CoarseClock, MonotonicClock, Observer, Transition, breaker};
///
/// static PAYMENTS: CircuitBreaker = breaker!(
///     last_calls(100),
///     failure_rate(0.5),
///     open_duration(Duration::from_secs(10)),
/// );
///
/// static CLOCK: CoarseClock = CoarseClock::new();
/// static LINK: CircuitBreaker<&CoarseClock> = breaker!(clock: &CLOCK; consecutive_failures(3));
///
/// struct Log;
/// impl Observer for Log {
///     fn on_transition(&self, transition: &Transition) {
///         println!("search: {transition}");
///     }
/// }
/// static SEARCH: CircuitBreaker<MonotonicClock, Log> = breaker!(observer: Log; consecutive_failures(3));
/// static INDEX: CircuitBreaker<&CoarseClock, Log> = breaker!(clock: &CLOCK; observer: Log; last_calls(50), failures(9));
/// # assert!(PAYMENTS.try_acquire().is_ok() && LINK.try_acquire().is_ok());
/// # assert!(SEARCH.try_acquire().is_ok() && INDEX.try_acquire().is_ok());
/// ```
///
/// What is given may bear any name:
///
/// ```
/// # use tripword::{CircuitBreaker, CoarseClock, breaker};
/// const CONFIG: (u32, u32) = (3, 50);
/// static WORDS: CoarseClock = CoarseClock::new();
/// static SEARCH: CircuitBreaker<&CoarseClock> = breaker!(clock: &WORDS; failures(CONFIG.0), last_calls(CONFIG.1));
/// # assert!(SEARCH.try_acquire().is_ok());
/// ```
///
/// Only for a `static`: wherever else this expression stands, it is the same words each time that it is evaluated.
#[macro_export]
macro_rules! breaker {
    (clock: $clock:expr; observer: $observer:expr; $($settings:tt)*) => {{
        const __TRIPWORD_CONFIG: $crate::Config = $crate::config!($($settings)*);
        static __TRIPWORD_WORDS: [$crate::raw::Word; __TRIPWORD_CONFIG.words()] =
            [const { $crate::raw::Word::new() }; __TRIPWORD_CONFIG.words()];
        const _: () = match __TRIPWORD_CONFIG.fits_given(__TRIPWORD_CONFIG.words()) {
            ::core::result::Result::Ok(()) => (),
            ::core::result::Result::Err(error) => ::core::panic!("{}", error.message().as_str()),
        };
        $crate::CircuitBreaker::from_parts(
            $crate::raw::RawBreaker::in_static(__TRIPWORD_CONFIG, &__TRIPWORD_WORDS),
            $clock,
            $observer,
        )
    }};
    (clock: $clock:expr; $($settings:tt)*) => {
        $crate::breaker!(clock: $clock; observer: (); $($settings)*)
    };
    (observer: $observer:expr; $($settings:tt)*) => {
        $crate::breaker!(clock: $crate::MonotonicClock; observer: $observer; $($settings)*)
    };
    ($($settings:tt)*) => {
        $crate::breaker!(clock: $crate::MonotonicClock; $($settings)*)
    };
}
