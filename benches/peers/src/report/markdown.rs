//! Tables as Markdown has them.

/// A table; columns whose head begins with `>` stand to the right.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let names = head.iter().map(|name| name.trim_start_matches('>').to_owned());
    let rule = head
        .iter()
        .map(|name| if name.starts_with('>') { "---:".to_owned() } else { "---".to_owned() });
    let lines = [line(names), line(rule)];
    let rows = rows.iter().map(|row| line(row.iter().cloned()));
    lines.into_iter().chain(rows).collect()
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<_> = cells.collect();
    format!("| {} |\n", cells.join(" | "))
}

/// A number with about three digits that matter.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        small if small < 9.95 => format!("{value:.2}"),
        middle if middle < 99.95 => format!("{value:.1}"),
        _ => grouped(value.round() as i64),
    }
}

fn grouped(value: i64) -> String {
    match value {
        -999..=999 => value.to_string(),
        _ => format!("{},{:03}", grouped(value / 1_000), (value % 1_000).abs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_about_three_digits() {
        let numbers = [0.434, 9.94, 9.96, 12.34, 123.4, 1_234.5, 1_234_567.0];
        assert_eq!(
            numbers.map(number),
            ["0.43", "9.94", "10.0", "12.3", "123", "1,235", "1,234,567"]
        );
    }

    #[test]
    fn a_table_has_a_head_and_a_rule() {
        let table = table(&["who", ">ns"], &[vec!["a".into(), "1".into()]]);
        assert_eq!(table, "| who | ns |\n| --- | ---: |\n| a | 1 |\n");
    }
}
