//! The keys of the map: names with their hashes.
//!
//! The map hashes its keys once more while it moves entries to another table, and threads that look
//! for such an entry wait. With the hash at hand, no code of the user runs there, and moving reads
//! no names.

use papaya::Equivalent;
use std::borrow::Borrow;
use std::hash::{Hash, Hasher};

/// A name with its hash.
pub(crate) struct Key<K> {
    pub(crate) hash: u64,
    pub(crate) name: K,
}

/// A name that is looked up, with its hash.
pub(crate) struct Sought<'a, Q: ?Sized> {
    pub(crate) hash: u64,
    pub(crate) name: &'a Q,
}

impl<K> Hash for Key<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl<Q: ?Sized> Hash for Sought<'_, Q> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl<K: Eq> PartialEq for Key<K> {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.name == other.name
    }
}

impl<K: Eq> Eq for Key<K> {}

impl<K: Borrow<Q>, Q: Eq + ?Sized> Equivalent<Key<K>> for Sought<'_, Q> {
    fn equivalent(&self, key: &Key<K>) -> bool {
        self.hash == key.hash && *self.name == *key.name.borrow()
    }
}

/// A hasher of keys, which takes their hash as it is.
#[derive(Default)]
pub(crate) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // A key writes one number, whose bytes these are where the other method is not called.
        self.0 = bytes.iter().fold(self.0, |hash, &byte| hash << 8 | u64::from(byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
