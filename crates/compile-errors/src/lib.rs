//! Nothing: the tests of this crate compile the programs in `tests/ui`, each of which is wrong, and
//! compare the compiler's messages with those beside it.
//!
//! After a change of a message, `TRYBUILD=overwrite cargo test -p compile-errors` writes the new
//! ones. They are those of the stable compiler.
