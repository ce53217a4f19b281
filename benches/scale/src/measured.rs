//! Medians that `benches/peers` measured, read from the page where it wrote them.

use std::error::Error;

/// Where a median stands: the title of its table, and how the row begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) table: &'static str,
    pub(crate) row: &'static str,
}

/// The median at `place` in `page`, in nanoseconds.
pub(crate) fn median(page: &str, place: Place) -> Result<f64, Box<dyn Error>> {
    find(page, place).ok_or_else(|| {
        let Place { table, row } = place;
        format!("docs/performance.md has no `{row}` under `{table}`: run benches/peers").into()
    })
}

fn find(page: &str, place: Place) -> Option<f64> {
    let (_, rest) = page.split_once(&format!("\n### {}\n", place.table))?;
    let table = rest.split("\n### ").next()?;
    let mut rows = table.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.find_map(|line| line.strip_prefix(place.row)?.strip_prefix(" | "))?;
    let median = cells.split(" | ").next()?;
    median.trim_start_matches('~').replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\n### One\n\n| a | b | ns |\n| x | y | 1.5 | z |\n\n### Two\n\n| x | y | ~2,480 | z |\n| x | y, too | 3 | z |\n";

    fn find(table: &'static str, row: &'static str) -> Option<f64> {
        super::find(PAGE, Place { table, row })
    }

    #[test]
    fn a_median_is_found_in_its_own_table() {
        assert_eq!(find("One", "x | y"), Some(1.5));
        assert_eq!(find("Two", "x | y"), Some(2480.0));
        assert_eq!(find("Two", "x | y, too"), Some(3.0));
        assert_eq!(find("One", "x | y, too"), None);
        assert_eq!(find("Three", "x | y"), None);
    }
}
