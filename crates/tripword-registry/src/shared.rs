//! Settings that the breakers of a registry share, and where those of each name are from.

use crate::sync::Number;
use arc_swap::ArcSwapOption;
use std::sync::Arc;
use tripword::Config;

/// How many different settings of a function are remembered.
const REMEMBERED: usize = 16;

/// What a name is planned to have.
pub(crate) struct Planned {
    pub(crate) config: Arc<Config>,
    /// Whether a file, or settings in code, name it.
    pub(crate) named: bool,
}

/// The settings of each name.
pub(crate) type Plan<K> = Box<dyn Fn(&K) -> Planned + Send + Sync>;

/// What becomes of a breaker that cannot take the settings for its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnRefusal {
    /// It is removed, and made anew at its next use: it was made by the old plan while that was
    /// replaced.
    Remove,
    /// It stays as it is, but for its mode.
    Stay,
}

/// The same settings for each name.
pub(crate) fn one_for_all<K>(config: Config) -> Plan<K> {
    let config = Arc::new(config);
    Box::new(move |_| Planned { config: config.clone(), named: false })
}

/// What a function returns for each name; equal settings are shared while they are remembered.
pub(crate) fn by_function<K>(plan: impl Fn(&K) -> Config + Send + Sync + 'static) -> Plan<K> {
    let recent = Recent::default();
    Box::new(move |name| Planned { config: recent.share(plan(name)), named: false })
}

/// The different settings that a function returned last.
#[derive(Default)]
struct Recent {
    settings: [ArcSwapOption<Config>; REMEMBERED],
    replaced: Number,
}

impl Recent {
    /// Returns `config`, shared with breakers whose settings are equal, if those are remembered.
    fn share(&self, config: Config) -> Arc<Config> {
        let known = self.settings.iter().find_map(|slot| {
            let known = slot.load();
            known.as_ref().filter(|known| ***known == config).cloned()
        });
        known.unwrap_or_else(|| {
            let shared = Arc::new(config);
            let slot = self.replaced.advance() % REMEMBERED;
            self.settings[slot].store(Some(shared.clone()));
            shared
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tripword::Builder;

    fn failures(number: u32) -> Config {
        Builder::new().consecutive_failures(number).config().expect("valid settings")
    }

    #[test]
    fn the_settings_of_a_function_are_shared_while_they_are_remembered() {
        let plan = by_function(|&number: &u32| failures(number));
        let first = plan(&1).config;
        for _ in 0..3 {
            for number in 1..=REMEMBERED as u32 {
                assert_eq!(plan(&number).config.consecutive_failures(), number);
            }
            assert!(Arc::ptr_eq(&plan(&1).config, &first));
        }
        // One more takes the place of the oldest.
        plan(&99);
        assert!(!Arc::ptr_eq(&plan(&1).config, &first));
        assert_eq!(Arc::strong_count(&first), 1);
    }

    #[test]
    fn settings_that_differ_in_one_are_not_shared() {
        let base = Builder::new().last_calls(20).failures(3);
        let all = [base, base.live(), base.window_room(25), base.jitter(0.2), base.failures(4)];
        let plan = by_function(move |&number: &usize| all[number].config().expect("valid"));
        let shared: Vec<_> = (0..all.len()).map(|number| plan(&number).config).collect();
        for (number, one) in shared.iter().enumerate() {
            assert_eq!(Arc::strong_count(one), 2);
            assert!(Arc::ptr_eq(one, &plan(&number).config));
        }
    }
}
