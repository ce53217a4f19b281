//! The figures of one run.

use std::time::Duration;

use crate::{
    record::Record,
    schedule::HEALTHY_FROM,
    timeline::{Answer, Sample},
};

#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) requests: usize,
    pub(crate) answered: usize,
    pub(crate) fallback: usize,
    pub(crate) failed: usize,
    pub(crate) timed_out: usize,
    pub(crate) most_in_flight: usize,
    pub(crate) hits_while_failing: usize,
    pub(crate) p50: Duration,
    pub(crate) p90: Duration,
    pub(crate) p99: Duration,
    /// The sum of all latencies.
    pub(crate) waited: Duration,
    /// From B's recovery to the end of the last call without an answer of B; `None` if no call with
    /// one followed.
    pub(crate) to_normal: Option<Duration>,
}

impl Summary {
    pub(crate) fn of(record: &Record) -> Self {
        let latencies = sorted_latencies(&record.samples);
        let timed_out = record.count(Answer::TimedOut);
        Self {
            requests: record.samples.len(),
            answered: record.count(Answer::Backend),
            fallback: record.count(Answer::Fallback),
            failed: record.count(Answer::Failed) + timed_out,
            timed_out,
            most_in_flight: record.most_in_flight,
            hits_while_failing: record.hits_while_failing,
            p50: quantile(&latencies, 50),
            p90: quantile(&latencies, 90),
            p99: quantile(&latencies, 99),
            waited: latencies.iter().sum(),
            to_normal: to_normal(&record.samples),
        }
    }
}

fn sorted_latencies(samples: &[Sample]) -> Vec<Duration> {
    let mut latencies: Vec<_> = samples.iter().map(|sample| sample.latency).collect();
    latencies.sort_unstable();
    latencies
}

/// Returns the smallest latency that `percent` of all calls did not exceed.
fn quantile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted[rank.saturating_sub(1)]
}

/// Returns the time from B's recovery to the end of the last call that B did not answer.
fn to_normal(samples: &[Sample]) -> Option<Duration> {
    let (answered, others): (Vec<&Sample>, Vec<_>) =
        samples.iter().partition(|sample| sample.answer == Answer::Backend);
    let last_answered = answered.iter().map(|sample| sample.end()).max()?;
    let normal = others.iter().map(|sample| sample.end()).max();
    let normal = normal.unwrap_or(HEALTHY_FROM).max(HEALTHY_FROM);
    (normal < last_answered).then(|| normal - HEALTHY_FROM)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(due: u64, answer: Answer) -> Sample {
        Sample { due: Duration::from_millis(due), latency: Duration::from_millis(100), answer }
    }

    #[test]
    fn quantiles_are_nearest_ranks() {
        let latencies: Vec<_> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(quantile(&latencies, 50), Duration::from_millis(100));
        assert_eq!(quantile(&latencies, 99), Duration::from_millis(198));
        assert_eq!(quantile(&latencies[..1], 99), Duration::from_millis(1));
    }

    #[test]
    fn normal_service_begins_when_the_last_other_answer_ends() {
        let mut samples = vec![
            sample(6_900, Answer::TimedOut),
            sample(7_200, Answer::Backend),
            sample(7_300, Answer::Fallback),
            sample(7_350, Answer::Backend),
        ];
        assert_eq!(to_normal(&samples), Some(Duration::from_millis(400)));
        samples.push(sample(9_000, Answer::Failed));
        assert_eq!(to_normal(&samples), None);
    }

    #[test]
    fn a_run_without_trouble_is_normal_from_the_recovery_on() {
        assert_eq!(to_normal(&[sample(9_000, Answer::Backend)]), Some(Duration::ZERO));
        assert_eq!(to_normal(&[]), None);
    }
}
