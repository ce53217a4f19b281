//! Whether a thread had its core to itself: on a busy machine, an interrupted turn measures other
//! programs.

use std::fs;

/// How often the system took the core away from this thread so far; zero except on Linux.
pub(crate) fn interruptions() -> u64 {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    parse(&status).unwrap_or(0)
}

fn parse(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("nonvoluntary_ctxt_switches:"));
    line?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_line() {
        let status = "Name:\tx\nvoluntary_ctxt_switches:\t3\nnonvoluntary_ctxt_switches:\t17\n";
        assert_eq!(parse(status), Some(17));
        assert_eq!(parse("Name:\tx\n"), None);
    }
}
