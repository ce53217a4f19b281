//! The part of the page that the model writes. Everything around it stays.

const BEGIN: &str = "<!-- model: written by benches/scale, from here -->";
const END: &str = "<!-- model: to here -->";

/// The page with `tables` between the marks.
pub(crate) fn with(page: &str, tables: &str) -> Result<String, String> {
    between_the_marks(page, tables)
        .ok_or_else(|| format!("docs/performance.md has no `{BEGIN}` and `{END}`"))
}

fn between_the_marks(page: &str, tables: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{tables}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_around_stays() {
        let page = format!("before {BEGIN} old {END} after");
        let new = with(&page, "new").unwrap();
        assert_eq!(new, format!("before {BEGIN}\n\nnew\n{END} after"));
        assert_eq!(with(&new, "new").as_ref(), Ok(&new));
        assert!(with("prose", "new").is_err());
    }
}
