//! The search for an order of instants that explains a history: Wing and Gong's, with Lowe's memory
//! of the moments that were visited.

use super::record::Record;
use super::spec::Moment;
use oracle::{Oracle, Settings};
use std::collections::HashSet;
use std::fmt;

/// What each thread did, one thing after another.
pub(crate) struct History {
    pub(crate) settings: Settings,
    pub(crate) threads: Vec<Vec<Record>>,
}

/// More than a history of this size has.
const MOST_MOMENTS: usize = 1_000_000;

impl History {
    /// Whether there is an order of all instants, each between the begin and the end of its
    /// operation, in which the oracle gives these answers.
    pub(crate) fn has_an_order(&self) -> bool {
        let first =
            Moment::first(Oracle::new(self.settings, 0), self.permits(), self.threads.len());
        let mut known = HashSet::from([first.clone()]);
        let mut open = vec![first];
        while let Some(moment) = open.pop() {
            let next = self.next(&moment);
            if next.is_empty() {
                return true;
            }
            for (thread, record) in next {
                let after = moment.after(thread, record);
                open.extend(after.into_iter().filter(|moment| known.insert(moment.clone())));
            }
            assert!(known.len() < MOST_MOMENTS, "too many moments");
        }
        false
    }

    /// What may happen next: of the current operations of the threads, those that began before the
    /// first of them ended. The one to try first is last.
    fn next(&self, moment: &Moment) -> Vec<(usize, &Record)> {
        let mut present: Vec<_> = (0..self.threads.len())
            .filter_map(|thread| Some((thread, self.threads[thread].get(moment.done[thread])?)))
            .collect();
        present.sort_by_key(|(_, record)| std::cmp::Reverse(record.ended));
        let first_end = present.last().map_or(0, |(_, record)| record.ended);
        present.retain(|(_, record)| record.begun < first_end);
        present
    }

    fn permits(&self) -> usize {
        let records = self.threads.iter().flatten();
        records.map(|record| record.permit + 1).max().unwrap_or(0)
    }
}

/// One operation a line, in the order in which they began.
impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}", self.settings)?;
        let threads = self.threads.iter().enumerate();
        let mut records: Vec<_> = threads
            .flat_map(|(thread, records)| records.iter().map(move |record| (thread, record)))
            .collect();
        records.sort_by_key(|(_, record)| record.begun);
        records
            .into_iter()
            .try_for_each(|(thread, record)| writeln!(f, "thread {thread}: {record:?}"))
    }
}
