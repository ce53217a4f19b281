//! Sequences in which the settings are replaced.

use super::dice::Dice;
use super::windows::{Limit, Over, case, settings};
use super::{Case, MS, Op};
use oracle::{OpenFor, Settings, Window};
use proptest::prelude::*;

/// With settings that are replaced.
pub(crate) fn live_case(over: Over) -> impl Strategy<Value = Case> {
    let numbers = || (any::<[u64; 3]>(), any::<u64>());
    let replaced = prop::collection::vec((0..=20_usize, 0..3_usize), 1..=4);
    let rest = (replaced, [numbers(), numbers(), numbers()]);
    (case(over, Limit::Mixed), rest).prop_map(move |(mut case, (replaced, others))| {
        case.settings.live = true;
        for (at, which) in replaced {
            let at = at.min(case.ops.len());
            case.ops.insert(at, Op::Reconfigure(which));
        }
        let first = case.settings;
        let replaced = |(numbers, dice): ([u64; 3], u64)| {
            other(&first, settings(over, Limit::Mixed, numbers.map(Dice)), Dice(dice))
        };
        case.others = others.into_iter().map(replaced).collect();
        case
    })
}

/// Settings like `other` that can, most often, take the place of `first`.
fn other(first: &Settings, other: Settings, mut dice: Dice) -> Settings {
    let is_fixed = |dice: &mut Dice| !dice.one_in(24);
    let calls = 1 + dice.below(first.room_for_calls() + 1);
    let mut other = Settings { live: is_fixed(&mut dice), ..other };
    if is_fixed(&mut dice) {
        other.window = match first.window {
            Window::Calls(_) => Window::Calls(calls),
            window => window,
        };
    }
    if is_fixed(&mut dice) {
        other.slow_call_duration =
            first.slow_call_duration.and(other.slow_call_duration.or(Some(2 * MS)));
    }
    if is_fixed(&mut dice) {
        other.policy.trip_when = first.policy.trip_when;
    }
    if is_fixed(&mut dice) {
        other.open_for = match (first.open_for, other.open_for) {
            (OpenFor::ByStreak, _) => OpenFor::ByStreak,
            (_, OpenFor::ByStreak) => {
                OpenFor::Exponential { base: MS, cap: 4 * MS, factor: 0x2_0000 }
            }
            (_, open_for) => open_for,
        };
    }
    if is_fixed(&mut dice) {
        other.ramp = first.ramp;
    }
    // Probing goes on where these stay.
    if dice.one_in(2) {
        (other.probes, other.reprobe) = (first.probes, first.reprobe);
    }
    if dice.one_in(2) {
        other.lease = first.lease;
    }
    possible(other)
}

/// `settings`, with limits that the window can hold.
fn possible(mut settings: Settings) -> Settings {
    let policy = &mut settings.policy;
    if let Window::Calls(calls) = &mut settings.window {
        let most = if settings.slow_call_duration.is_some() { 756 } else { 1_512 };
        *calls = most.min(*calls);
        policy.failures = policy.failures.map(|limit| limit.min(*calls));
        policy.minimum_calls = policy.minimum_calls.map(|limit| limit.min(*calls));
    }
    if settings.slow_call_duration.is_none() {
        policy.slow_call_rate = None;
    }
    let has_rate = policy.failure_rate.or(policy.slow_call_rate).is_some();
    policy.minimum_calls = policy.minimum_calls.filter(|_| has_rate);
    if !has_rate && policy.failures.is_none() && policy.trip_when.is_none() {
        policy.failures = Some(1);
    }
    settings
}
