//! A number for each thread, which no other thread of the process ever has.

use core::cell::Cell;

#[cfg(not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle"))))]
mod drawn {
    use super::Cell;
    use crate::sync::Ordering::Relaxed;
    use crate::sync::Word;

    static LAST: Word = Word::new();

    std::thread_local! {
        /// Zero until the first call. Without a destructor, so it can be read to the very end of
        /// the thread.
        static NUMBER: Cell<u64> = const { Cell::new(0) };
    }

    /// The number of this thread, from 1.
    #[inline]
    pub(crate) fn thread_number() -> u64 {
        match NUMBER.get() {
            0 => draw(),
            number => number,
        }
    }

    #[cold]
    fn draw() -> u64 {
        // Relaxed: a counter; each thread draws a number of its own.
        NUMBER.set(LAST.fetch_add(1, Relaxed) + 1);
        NUMBER.get()
    }
}
#[cfg(not(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle"))))]
pub(crate) use drawn::thread_number;

/// Numbers that a model chooses, so that each of its runs has the same.
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
mod chosen {
    use super::Cell;
    #[cfg(all(loom, feature = "loom"))]
    use loom::thread_local;
    #[cfg(all(shuttle, feature = "shuttle"))]
    use shuttle::thread_local;

    thread_local! {
        static NUMBER: Cell<u64> = Cell::new(0);
    }

    pub(crate) fn thread_number() -> u64 {
        NUMBER.with(Cell::get)
    }

    /// Gives this thread a number; without one it has no stripe of its own.
    pub fn number_thread(number: u64) {
        NUMBER.with(|own| own.set(number));
    }
}
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
pub use chosen::number_thread;
#[cfg(any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle")))]
pub(crate) use chosen::thread_number;
