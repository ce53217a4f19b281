//! Text between two marks, written by a program; the prose around it stays.

/// `page` with `text` between the marks, if it has them.
pub(super) fn between(page: &str, (begin, end): (&str, &str), text: &str) -> Option<String> {
    let (before, rest) = page.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}\n\n{text}\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKS: (&str, &str) = ("<!-- from -->", "<!-- to -->");

    #[test]
    fn the_prose_stays() {
        let page = "before <!-- from --> old <!-- to --> after";
        let new = between(page, MARKS, "new").unwrap();
        assert_eq!(new, "before <!-- from -->\n\nnew\n<!-- to --> after");
        assert_eq!(between(&new, MARKS, "new").as_ref(), Some(&new));
    }

    #[test]
    fn a_page_without_marks_is_left_alone() {
        assert_eq!(between("prose", MARKS, "new"), None);
        assert_eq!(between("<!-- to --><!-- from -->", MARKS, "new"), None);
    }
}
