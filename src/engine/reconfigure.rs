//! Settings that are replaced while the breaker is in use: two buffers of words, and an epoch that
//! says which one is current.
//!
//! ```text
//!  epoch  claimed:1 | version:63
//!
//!  version 0: the settings that the breaker was built with; else the buffer (version modulo 2)
//! ```
//!
//! One writer at a time: it claims the epoch, or gets `Busy`. It writes the buffer that is not
//! current, and publishes it with the next version. A reader loads the epoch, the words, and the
//! epoch again; if the version has changed, its buffer may have been overwritten, and it reads
//! again. So readers never wait, and see one whole set of settings.

use super::packing::Packed;
use crate::bits::Field;
use crate::config::{Config, LIVE_BUFFER};
use crate::error::ReconfigureError;
use crate::sync::Ordering::{Acquire, Relaxed, Release};
use crate::sync::{Word, fence};

const CLAIMED: Field = Field::new(63, 1);
const VERSION: Field = Field::new(0, 63);

/// The words of live settings.
#[derive(Clone, Copy)]
pub(crate) struct LiveSettings<'a>(pub(crate) &'a [Word]);

impl<'a> LiveSettings<'a> {
    /// The current settings; `own` are those that the breaker was built with.
    pub(crate) fn current(self, own: &Config) -> Config {
        // Acquire: pairs with the Release of a publication; makes the words of its buffer visible.
        // Model: loom-tests/tests/reconfigure.rs
        let mut epoch = self.epoch().load(Acquire);
        loop {
            let version = VERSION.get(epoch);
            if version == 0 {
                return *own;
            }
            let packed = self.read(version);
            // Acquire: pairs with the Release fence of a writer; a reader of a later writer's word
            // sees the epoch that it found. Model: loom-tests/tests/reconfigure.rs
            fence(Acquire);
            // Acquire: pairs with the Release of a publication, for the next round.
            // Model: loom-tests/tests/reconfigure.rs
            epoch = self.epoch().load(Acquire);
            if VERSION.get(epoch) == version {
                return packed.unpack(own);
            }
        }
    }

    /// Replaces the settings by `packed`, and returns those that it replaced; `own` are those that
    /// the breaker was built with.
    ///
    /// # Errors
    ///
    /// [`ReconfigureError::Busy`] if another thread is replacing them.
    pub(crate) fn publish(self, packed: Packed, own: &Config) -> Result<Config, ReconfigureError> {
        let claimed = self.claim()?;
        // While the epoch is claimed, nothing writes the current buffer.
        let replaced = match claimed {
            0 => *own,
            _ => self.read(claimed).unpack(own),
        };
        let version = claimed + 1;
        // Release: pairs with the Acquire fence of a reader; a reader of a word below sees the
        // epoch that was claimed, whose version is later than that of the buffer.
        // Model: loom-tests/tests/reconfigure.rs
        fence(Release);
        self.write(version, packed);
        // Release: pairs with the Acquire of a reader; publishes the buffer.
        // Model: loom-tests/tests/reconfigure.rs
        self.epoch().store(VERSION.set(0, version), Release);
        Ok(replaced)
    }

    /// Claims the epoch, and returns its version.
    fn claim(self) -> Result<u64, ReconfigureError> {
        // Relaxed: only whether it is claimed matters; the swap below decides.
        let mut epoch = self.epoch().load(Relaxed);
        while CLAIMED.get(epoch) == 0 {
            // Acquire: pairs with the Release of the last publication; its buffer is written before
            // this writer's. Argued: in loom, stores to a word are ordered as they run.
            // Model: loom-tests/tests/reconfigure.rs explores the rest.
            // Relaxed: a lost race is decided again from the newer epoch alone.
            match self
                .epoch()
                .replace(epoch, CLAIMED.set(epoch, 1), Acquire, Relaxed)
            {
                Ok(_) => return Ok(VERSION.get(epoch)),
                Err(newer) => epoch = newer,
            }
        }
        Err(ReconfigureError::Busy)
    }

    fn read(self, version: u64) -> Packed {
        let mut packed = Packed::NONE;
        for (word, bits) in self.buffer(version).iter().zip(&mut packed.0) {
            // Relaxed: the epoch reveals a word of a later writer, through the fences.
            *bits = word.load(Relaxed);
        }
        packed
    }

    fn write(self, version: u64, packed: Packed) {
        for (word, bits) in self.buffer(version).iter().zip(packed.0) {
            // Relaxed: published by the epoch.
            word.store(bits, Relaxed);
        }
    }

    fn epoch(self) -> &'a Word {
        &self.0[0]
    }

    /// The note of the limit that the cause was compared with: the settings may have another now.
    pub(crate) fn limit(self) -> &'a Word {
        &self.0[1 + 2 * LIVE_BUFFER]
    }

    fn buffer(self, version: u64) -> &'a [Word] {
        let first = 1 + (version % 2) as usize * LIVE_BUFFER;
        &self.0[first..first + LIVE_BUFFER]
    }
}
