//! Settings that are replaced while the breaker is in use: two buffers of words, and an epoch that
//! says which one is current.
//!
//! ```text
//!  epoch  claimed:1 | longest open:29 | version:34
//!
//!  version 0: the settings that the breaker was built with; else the buffer (version modulo 2)
//! ```
//!
//! The longest opening, in seconds, is a setting that the buffer has no room for. A buffer carries
//! a check of 11 bits: over itself, the epoch and the layout of the words. Words that do not fit it
//! were written under another layout, or damaged, and are not read as settings: those that the
//! breaker was built with apply, until the next replacement.
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
use crate::sync::{MODELLED, Word, fence};

const CLAIMED: Field = Field::new(63, 1);
const LONGEST_OPEN: Field = Field::new(34, 29);
const VERSION: Field = Field::new(0, 34);

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
            let packed = self.read(epoch);
            // Acquire: pairs with the Release fence of a writer; a reader of a later writer's word
            // sees the epoch that it found. Model: loom-tests/tests/reconfigure.rs
            fence(Acquire);
            // Acquire: pairs with the Release of a publication, for the next round.
            // Model: loom-tests/tests/reconfigure.rs
            epoch = self.epoch().load(Acquire);
            if VERSION.get(epoch) == version {
                return unsealed(packed, version, own);
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
        let epoch = self.claim()?;
        // While the epoch is claimed, nothing writes the current buffer.
        let replaced = unsealed(self.read(epoch), VERSION.get(epoch), own);
        // After the last version comes the first: 0 means that there is none. Two that follow one
        // another have different buffers.
        let version = VERSION.get(epoch) % (VERSION.max() - 1) + 1;
        // Release: pairs with the Acquire fence of a reader; a reader of a word below sees the
        // epoch that was claimed, whose version is later than that of the buffer.
        // Model: loom-tests/tests/reconfigure.rs
        fence(Release);
        self.write(version, packed.sealed(own.layout(), version));
        let epoch = LONGEST_OPEN.set(version, packed.longest_open.into());
        // Release: pairs with the Acquire of a reader; publishes the buffer.
        // Model: loom-tests/tests/reconfigure.rs
        self.epoch().store(epoch, Release);
        Ok(replaced)
    }

    /// Claims the epoch, and returns it as it was.
    fn claim(self) -> Result<u64, ReconfigureError> {
        // Relaxed: only whether it is claimed matters; the swap below decides.
        let mut epoch = self.epoch().load(Relaxed);
        while CLAIMED.get(epoch) == 0 {
            // Acquire: pairs with the Release of the last publication; its buffer is written before
            // this writer's. Argued: in loom, stores to a word are ordered as they run.
            // Model: loom-tests/tests/reconfigure.rs explores the rest.
            // Relaxed: a lost race is decided again from the newer epoch alone.
            match self.epoch().replace(epoch, CLAIMED.set(epoch, 1), Acquire, Relaxed) {
                Ok(_) => return Ok(epoch),
                Err(newer) => epoch = newer,
            }
        }
        Err(ReconfigureError::Busy)
    }

    fn read(self, epoch: u64) -> Packed {
        let mut words = [0; LIVE_BUFFER];
        for (word, bits) in self.buffer(VERSION.get(epoch)).iter().zip(&mut words) {
            // Relaxed: the epoch reveals a word of a later writer, through the fences.
            *bits = word.load(Relaxed);
        }
        Packed { words, longest_open: LONGEST_OPEN.get(epoch) as u32 }
    }

    fn write(self, version: u64, packed: Packed) {
        for (word, bits) in self.buffer(version).iter().zip(packed.words) {
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

/// The settings in the buffer of `version`; `own`, if there is none or it is damaged.
fn unsealed(packed: Packed, version: u64, own: &Config) -> Config {
    // Not in a model: there the check would hide what the orderings are for.
    let is_whole = MODELLED || packed.sealed(own.layout(), version) == packed;
    if version > 0 && is_whole { packed.unpack(own) } else { *own }
}
