//! The part of a page that a run writes. The prose around it stays.

use std::error::Error;
use std::fs;
use std::path::Path;

const BEGIN: &str = "<!-- measured: written by benches/peers, from here -->";
const END: &str = "<!-- measured: to here -->";

pub(super) fn replace(page: &Path, measured: &str) -> Result<(), Box<dyn Error>> {
    let old = fs::read_to_string(page)?;
    let new = between_the_marks(&old, measured).ok_or_else(|| {
        format!(
            "{} has no place for tables: `{BEGIN}` and `{END}`",
            page.display()
        )
    })?;
    fs::write(page, new)?;
    Ok(())
}

fn between_the_marks(page: &str, measured: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{measured}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prose_stays() {
        let page = format!("before {BEGIN} old {END} after");
        let new = between_the_marks(&page, "new").unwrap();
        assert_eq!(new, format!("before {BEGIN}\n\nnew\n{END} after"));
        assert_eq!(between_the_marks(&new, "new").as_ref(), Some(&new));
    }

    #[test]
    fn a_page_without_marks_is_left_alone() {
        assert_eq!(between_the_marks("prose", "new"), None);
        assert_eq!(between_the_marks(&format!("{END}{BEGIN}"), "new"), None);
    }
}
