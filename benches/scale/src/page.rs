//! The part of the page that the model writes. Everything around it stays.

use crate::marks;

const BEGIN: &str = "<!-- model: written by benches/scale, from here -->";
const END: &str = "<!-- model: to here -->";

/// The page with `tables` between the marks.
pub(crate) fn with(page: &str, tables: &str) -> Result<String, String> {
    marks::between(page, (BEGIN, END), tables)
        .ok_or_else(|| format!("docs/performance.md has no `{BEGIN}` and `{END}`"))
}
