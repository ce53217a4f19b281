//! The part of a page that a run writes. The prose around it stays.

use super::marks;
use std::error::Error;
use std::fs;
use std::path::Path;

const BEGIN: &str = "<!-- measured: written by benches/peers, from here -->";
const END: &str = "<!-- measured: to here -->";

pub(super) fn replace(page: &Path, measured: &str) -> Result<(), Box<dyn Error>> {
    let old = fs::read_to_string(page)?;
    let new = marks::between(&old, (BEGIN, END), measured).ok_or_else(|| {
        format!("{} has no place for tables: `{BEGIN}` and `{END}`", page.display())
    })?;
    fs::write(page, new)?;
    Ok(())
}
