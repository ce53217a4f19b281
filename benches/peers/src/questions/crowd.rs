//! What do many threads on one breaker get done together, and what does the slowest of them meet?

use crate::crowd::Crowd;
use crate::job::Terms;
use crate::subject::Subject;
use crate::subjects;
use std::time::Duration;

pub(crate) struct Crowds {
    pub(crate) threads: Vec<usize>,
    pub(crate) rows: Vec<(Subject, Vec<Crowd>)>,
}

/// How much is measured.
struct Effort {
    threads: &'static [usize],
    rounds: usize,
    /// For each thread; so with more threads than cores each has its turns.
    span: Duration,
}

/// With every subject, round by round; the figures are medians over the rounds.
pub(crate) fn ask(smoke: bool) -> Crowds {
    let effort = if smoke {
        Effort { threads: &[2, 4], rounds: 1, span: Duration::from_micros(100) }
    } else {
        Effort { threads: &[2, 4, 8, 16, 64], rounds: 3, span: Duration::from_millis(4) }
    };
    let subjects = subjects::all();
    let rounds = (0..effort.rounds).map(|_| {
        let of_each = |subject: &Subject| of(subject, &effort);
        subjects.iter().map(of_each).collect::<Vec<_>>()
    });
    let rounds: Vec<_> = rounds.collect();
    let medians = |subject: usize| {
        let columns = 0..effort.threads.len();
        columns.map(|column| median(rounds.iter().map(|round| round[subject][column]))).collect()
    };
    let medians: Vec<_> = (0..subjects.len()).map(medians).collect();
    Crowds { threads: effort.threads.to_vec(), rows: subjects.into_iter().zip(medians).collect() }
}

fn of(subject: &Subject, effort: &Effort) -> Vec<Crowd> {
    let bench = subject.build(Terms::USUAL);
    let crowd = |&threads: &usize| bench.crowd(threads, effort.span * threads.max(5) as u32);
    effort.threads.iter().map(crowd).collect()
}

/// Of each figure for itself.
fn median(crowds: impl Iterator<Item = Crowd>) -> Crowd {
    let crowds: Vec<_> = crowds.collect();
    let middle = |figure: fn(&Crowd) -> f64| {
        let mut figures: Vec<_> = crowds.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    Crowd {
        calls_per_second: middle(|crowd| crowd.calls_per_second),
        tail: middle(|crowd| crowd.tail),
    }
}
