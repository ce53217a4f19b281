//! The README and the pages of `tripword::docs`, as doctests: some samples need several crates.

/// The README.
#[doc = include_str!("../../../README.md")]
#[derive(Debug)]
pub struct Readme;

/// The guide.
#[doc = include_str!("../../../src/docs/guide.md")]
#[derive(Debug)]
pub struct Guide;

/// The page on services.
#[doc = include_str!("../../../src/docs/service.md")]
#[derive(Debug)]
pub struct Service;

/// Migration from other libraries.
#[doc = include_str!("../../../src/docs/migration.md")]
#[derive(Debug)]
pub struct Migration;
