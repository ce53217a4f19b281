//! A registry of a million breakers: bytes for each, and the time of a look-up and of a call.
//!
//!     cargo run --release -p tripword-registry --example million_names

use std::hint::black_box;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tripword::{CircuitBreaker, Clock, MonotonicClock, config};
use tripword_registry::{Registry, RegistryBuilder};

/// Without optimization the figures mean nothing: it only shows that it runs.
const NAMES: u64 = if cfg!(debug_assertions) { 20_000 } else { 1_000_000 };
const ROUNDS: u64 = NAMES;

/// Returns the nanoseconds of one of `ROUNDS`, the best of five runs.
fn nanos(mut f: impl FnMut(u64)) -> f64 {
    let once = |_| {
        let start = MonotonicClock.now();
        (0..ROUNDS).for_each(&mut f);
        MonotonicClock.now().saturating_since(start)
    };
    let best = (0..5).map(once).min().unwrap_or(Duration::ZERO);
    best.as_nanos() as f64 / ROUNDS as f64
}

/// Spreads numbers over all names.
fn scattered(number: u64) -> u64 {
    (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) % NAMES
}

fn name(number: u64) -> Arc<str> {
    format!("tenant-{number:07}").into()
}

fn memory() {
    let tenants = RegistryBuilder::<u64>::new().config(config!(consecutive_failures(5))).build();
    let by_number = allocation_counter::measure(|| {
        (0..NAMES).for_each(|number| drop(tenants.get_or_create(&number)));
    });
    let texts = Registry::new(config!(consecutive_failures(5)));
    let by_text = allocation_counter::measure(|| {
        (0..NAMES).for_each(|number| drop(texts.get_or_create(&*name(number))));
    });
    let bytes = |allocated: i64| allocated as f64 / NAMES as f64;
    println!("bytes for each of {NAMES} breakers, map and name included:");
    println!("  named by u64        {:6.1}", bytes(by_number.bytes_current));
    println!("  named by 14 letters {:6.1}", bytes(by_text.bytes_current));
    println!("  a breaker alone     {:6}", size_of::<CircuitBreaker>());
    assert!(bytes(by_number.bytes_current) < 400.0);
    assert_eq!(tenants.evict_idle() as u64 + tenants.evict_idle() as u64, NAMES);
}

fn look_ups() {
    println!("nanoseconds, the best of five:");
    let alone = CircuitBreaker::default();
    let plain = nanos(|_| _ = black_box(alone.call(|| Ok::<_, ()>(())).is_ok()));
    println!("  a call, no registry              {plain:6.1}");
    let one = Registry::new(config!(consecutive_failures(5)));
    let held = one.get_or_create("payments");
    let through = nanos(|_| _ = black_box(held.call(|| Ok::<_, ()>(())).is_ok()));
    println!("  a call through a handle          {through:6.1}");
    let found = nanos(|_| drop(black_box(one.get("payments"))));
    println!("  a look-up, one name              {found:6.1}");
    for names in [1_000, NAMES] {
        let registry = Registry::new(config!(consecutive_failures(5)));
        let all: Vec<_> = (0..names).map(name).collect();
        all.iter().for_each(|name| drop(registry.get_or_create(&**name)));
        let all = &all;
        let look_up =
            |n: u64| drop(black_box(registry.get(&*all[(scattered(n) % names) as usize])));
        println!("  a look-up, {names:>7} names        {:6.1}", nanos(look_up));
        let two = thread::scope(|scope| {
            let other = scope.spawn(|| nanos(|n| look_up(n + ROUNDS)));
            nanos(look_up).max(other.join().expect("no panic"))
        });
        println!("  the same, 2 threads at once      {two:6.1}");
    }
}

fn refusals() {
    let registry = Registry::new(config!(consecutive_failures(5)));
    let payments = registry.get_or_create("payments");
    payments.breaker().trip_for(Duration::MAX);
    let bare = nanos(|_| drop(black_box(payments.breaker().try_acquire())));
    println!("  a refusal without its name       {bare:6.1}");
    println!(
        "  with its name                    {:6.1}",
        nanos(|_| drop(black_box(payments.try_acquire())))
    );
    payments.note_failure("500 Internal Server Error");
    println!(
        "  with its name and last failure   {:6.1}",
        nanos(|_| drop(black_box(payments.try_acquire())))
    );
    let noted = nanos(|_| payments.note_failure("500 Internal Server Error"));
    println!("  to note a failure                {noted:6.1}");
}

fn main() {
    memory();
    look_ups();
    refusals();
}
