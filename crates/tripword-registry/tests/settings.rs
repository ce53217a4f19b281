//! A file of defaults and named breakers: what is laid over what, what is refused and where, and what a reload keeps.

use std::sync::Arc;
use std::time::Duration;
use tripword::{Config, Mode, Observer, State};
use tripword_registry::{Registry, Settings};

const FILE: &str = r#"
[breakers.payments]
failure_rate = 0.5
last_calls = 100
open_duration = "30s"

[breakers."api.eu:443"]
consecutive_failures = 2

[defaults]
consecutive_failures = 5
live = true
backoff = { base = "1s", cap = "60s" }
"#;

fn toml(file: &str) -> Settings {
    toml::from_str(file).expect(file)
}

fn threshold(config: Config) -> u32 {
    config.consecutive_failures()
}

#[test]
fn a_breaker_is_as_its_table_says_and_else_as_the_defaults_say() {
    let settings = toml(FILE);
    let names: Vec<_> = settings.names().collect();
    assert_eq!(names, ["api.eu:443", "payments"]);
    assert_eq!(threshold(settings.config_for("payments")), 5);
    assert_eq!(threshold(settings.config_for("api.eu:443")), 2);
    assert_eq!(threshold(settings.config_for("unheard of")), 5);
    let first_open = |name| settings.config_for(name).first_open_duration();
    assert_eq!(first_open("payments"), Duration::from_secs(30));
    assert_eq!(first_open("api.eu:443"), Duration::from_secs(1));
}

#[test]
fn a_time_to_stay_open_takes_the_place_of_the_other_of_the_defaults() {
    let (fixed, growing) = ("open_duration = '3s'", "backoff = { base = '1s', cap = '8s' }");
    for (ours, theirs) in [(fixed, growing), (growing, fixed)] {
        let settings = toml(&format!("[defaults]\n{theirs}\n[breakers.a]\n{ours}"));
        let alone = toml(&format!("[breakers.a]\n{ours}"));
        assert_eq!(
            format!("{:?}", settings.config_for("a")),
            format!("{:?}", alone.config_for("a"))
        );
    }
}

#[test]
fn a_window_takes_the_place_of_the_window_of_the_defaults() {
    let defaults = "[defaults]\nfailure_rate = 0.5\n";
    for (ours, theirs) in [
        ("last_calls = 50", "within = '10s'\nbuckets = 5"),
        ("within = '10s'", "last_calls = 50"),
        ("within = '10s'", "within = '7s'\nbuckets = 7\nstripes = 2"),
    ] {
        let settings = toml(&format!("{defaults}{theirs}\n[breakers.a]\n{ours}"));
        let alone = toml(&format!("{defaults}{ours}"));
        assert_eq!(settings.config_for("a").words(), alone.config_for("a").words());
    }
    let finer = toml("[defaults]\nfailures = 3\nwithin = '10s'\n[breakers.a]\nbuckets = 20");
    assert!(finer.config_for("a").words() > finer.config_for("b").words());
}

#[test]
fn an_empty_file_is_the_defaults_of_the_builder() {
    for settings in [toml(""), toml("[breakers.a]"), Settings::default()] {
        assert_eq!(threshold(settings.config_for("a")), 5);
    }
}

#[test]
fn a_file_can_be_yaml() {
    let yaml = "
defaults: &common
  consecutive_failures: 5
  live: true
  backoff: { base: 1s, cap: 60s }
breakers:
  payments:
    failure_rate: 0.5
    last_calls: 100
    open_duration: 30s
  api.eu:443:
    consecutive_failures: 2
  search: *common
";
    let (yaml, toml) = (serde_norway::from_str::<Settings>(yaml).unwrap(), toml(FILE));
    let names: Vec<_> = yaml.names().collect();
    assert_eq!(names, ["api.eu:443", "payments", "search"]);
    for name in names {
        let written = |config| format!("{config:?}");
        assert_eq!(written(yaml.config_for(name)), written(toml.config_for(name)));
    }
}

/// As TOML and as JSON, which is YAML too, with the error that all give.
#[rustfmt::skip]
const REFUSED: &[(&str, &str, &str)] = &[
    ("breaker = {}", r#"{"breaker": {}}"#,
        "breaker: unknown name; did you mean breakers?"),
    ("[breakers.payments]\nfailure_rates = 1", r#"{"breakers": {"payments": {"failure_rates": 1}}}"#,
        "breakers.payments.failure_rates: unknown name; did you mean failure_rate?"),
    ("[breakers.payments.probes]\nmax_probs = 1", r#"{"breakers": {"payments": {"probes": {"max_probs": 1}}}}"#,
        "breakers.payments.probes.max_probs: unknown name; did you mean max_probes?"),
    ("[breakers.payments]\nopen_duration = '10 parsecs'", r#"{"breakers": {"payments": {"open_duration": "10 parsecs"}}}"#,
        "breakers.payments.open_duration: invalid value: string \"10 parsecs\", expected a duration such as \"30s\" or \"250ms\""),
    ("[defaults]\nwithin = 30", r#"{"defaults": {"within": 30}}"#,
        "defaults.within: invalid value: integer `30`, expected a duration such as \"30s\" or \"250ms\""),
    ("[breakers.payments]\nlast_calls = 9\nfailure_rate = 50", r#"{"breakers": {"payments": {"last_calls": 9, "failure_rate": 50}}}"#,
        "breakers.payments.failure_rate: must be from 0.000001 to 1, not 50"),
    ("[breakers.payments]\nlast_calls = 9\nfailure_rate = 0.3\nminimum_calls = 10", r#"{"breakers": {"payments": {"last_calls": 9, "failure_rate": 0.3, "minimum_calls": 10}}}"#,
        "breakers.payments.minimum_calls: 10 must be at most the window's last_calls (9)"),
    ("[breakers.payments.probes]\nmax_probes = 256", r#"{"breakers": {"payments": {"probes": {"max_probes": 256}}}}"#,
        "breakers.payments.probes.max_probes: must be from 1 to 255, not 256"),
    ("[breakers.payments.backoff]\ncap = '2s'", r#"{"breakers": {"payments": {"backoff": {"cap": "2s"}}}}"#,
        "breakers.payments.backoff: missing field `base`"),
    ("[breakers.payments]\nslow_call_rate = 0.5\nlast_calls = 9", r#"{"breakers": {"payments": {"slow_call_rate": 0.5, "last_calls": 9}}}"#,
        "breakers.payments.slow_call_rate: requires slow_call_duration"),
    ("[breakers.payments]\nfailures = 3", r#"{"breakers": {"payments": {"failures": 3}}}"#,
        "breakers.payments.failures: requires last_calls or within"),
    ("[breakers.payments]\nopen_duration = '1s'\nbackoff = { base = '1s', cap = '2s' }", r#"{"breakers": {"payments": {"open_duration": "1s", "backoff": {"base": "1s", "cap": "2s"}}}}"#,
        "breakers.payments: open_duration excludes backoff: set one of them, not both"),
    ("[breakers.'api.eu:443']\nfailures = 'two'", r#"{"breakers": {"api.eu:443": {"failures": "two"}}}"#,
        "breakers.\"api.eu:443\".failures: invalid value: string \"two\", expected a whole number from 0 to 4294967295"),
    ("[breakers.my-api_2]\nfailures = 'two'", r#"{"breakers": {"my-api_2": {"failures": "two"}}}"#,
        "breakers.my-api_2.failures: invalid value: string \"two\", expected a whole number from 0 to 4294967295"),
    ("[defaults]\nconsecutive_failures = 0", r#"{"defaults": {"consecutive_failures": 0}}"#,
        "defaults.consecutive_failures: must be from 1 to 65535, not 0"),
    ("breakers = 3", r#"{"breakers": 3}"#,
        "breakers: invalid type: integer `3`, expected a map"),
    ("[breakers]\npayments = 3", r#"{"breakers": {"payments": 3}}"#,
        "breakers.payments: invalid type: integer `3`, expected a table of settings"),
];

#[test]
fn every_error_names_its_path() {
    for (toml, json, error) in REFUSED {
        let of_toml = toml::from_str::<Settings>(toml).unwrap_err();
        assert_eq!(of_toml.message(), *error, "{toml}");
        let of_json = serde_json::from_str::<Settings>(json).unwrap_err();
        let of_json = of_json.to_string();
        assert_eq!(of_json.split(" at line").next(), Some(*error), "{json}");
        // YAML puts the path of a value in front once more, and RON shows the error at its place.
        let of_yaml = serde_norway::from_str::<Settings>(json).unwrap_err();
        assert!(of_yaml.to_string().contains(error), "{of_yaml}");
        let of_ron = ron::from_str::<Settings>(json).unwrap_err();
        let path = error.split_inclusive(": ").next().expect("a path");
        assert!(of_ron.to_string().contains(path), "{of_ron}");
    }
}

#[test]
fn an_error_says_where_in_the_file() {
    let toml = "[defaults]\n[breakers.a]\nfailures = 'two'";
    let toml = toml::from_str::<Settings>(toml).unwrap_err();
    assert!(toml.to_string().contains("at line 3, column 12"), "{toml}");
    let json = "{\"breakers\": {\"a\": {\n\"failures\": \"two\"}}}";
    assert_eq!(serde_json::from_str::<Settings>(json).unwrap_err().line(), 2);
    let yaml = "breakers:\n  a:\n    failures: two\n";
    let yaml = serde_norway::from_str::<Settings>(yaml).unwrap_err();
    assert_eq!(yaml.location().map(|place| place.line()), Some(3), "{yaml}");
}

#[test]
fn a_table_is_set_once() {
    let twice = r#"{"breakers": {"a": {}, "a": {}}}"#;
    let error = serde_json::from_str::<Settings>(twice).unwrap_err();
    assert!(error.to_string().starts_with("breakers.a: set twice"), "{error}");
    let error = serde_json::from_str::<Settings>(r#"{"defaults": {}, "defaults": {}}"#);
    assert!(error.unwrap_err().to_string().starts_with("defaults: set twice"));
}

#[test]
fn a_reload_keeps_state_and_a_refused_one_everything() {
    let registry = Registry::builder().settings(toml(FILE)).build();
    let (payments, search) = (registry.get_or_create("payments"), registry.get_or_create("search"));
    search.breaker().trip();
    for _ in 0..4 {
        let _ = payments.call(|| Err::<(), _>(()));
    }
    registry
        .reload(toml(&FILE.replace("consecutive_failures = 5", "consecutive_failures = 7")))
        .unwrap();
    assert_eq!(search.breaker().state(), State::Open);
    let snapshot = payments.breaker().snapshot();
    assert_eq!((snapshot.consecutive_failures, snapshot.consecutive_failure_limit), (4, 7));
    assert_eq!(snapshot.counts.failures, 4);

    let resized = FILE.replace("last_calls = 100", "within = '10s'");
    let refused = registry.reload(toml(&resized)).unwrap_err().to_string();
    let expected = "nothing was changed: \"payments\": last_calls must stay as";
    assert!(refused.starts_with(expected), "{refused}");
    assert_eq!(search.breaker().snapshot().consecutive_failure_limit, 7);
}

#[test]
fn a_breaker_can_be_named_like_a_setting() {
    let yaml = "breakers: { failures: { failures: two } }";
    let refused = serde_norway::from_str::<Settings>(yaml).unwrap_err();
    let expected =
        "breakers.failures.failures: invalid value: string \"two\", expected a whole number";
    assert!(refused.to_string().contains(expected), "{refused}");
}

#[test]
fn a_file_can_be_ron() {
    let ron = r#"(
        defaults: (consecutive_failures: 5, live: true, backoff: (base: "1s", cap: "60s")),
        breakers: {
            "payments": (failure_rate: 0.5, last_calls: 100, open_duration: "30s"),
            "api.eu:443": (consecutive_failures: 2),
        },
    )"#;
    let (ron, toml) = (ron::from_str::<Settings>(ron).unwrap(), toml(FILE));
    for name in ["payments", "api.eu:443", "other"] {
        let (read, said) = (ron.config_for(name), toml.config_for(name));
        assert_eq!(format!("{read:?}"), format!("{said:?}"));
    }
}

#[test]
fn settings_that_are_no_tables_say_what_they_should_be() {
    let refused = serde_json::from_str::<Settings>("3").unwrap_err();
    let expected = "invalid type: integer `3`, expected the tables defaults and breakers";
    assert!(refused.to_string().starts_with(expected), "{refused}");
}

#[test]
fn a_name_that_is_empty_is_one_in_quotes() {
    let refused = toml::from_str::<Settings>("[breakers.'']\nfailures = 'two'").unwrap_err();
    let path = "breakers.\"\".failures: ";
    assert!(refused.to_string().contains(path), "{refused}");
}

#[test]
fn a_list_is_no_name_of_a_setting() {
    let yaml = "defaults: { ? [failures] : 3 }";
    let refused = serde_norway::from_str::<Settings>(yaml).unwrap_err();
    let expected = "defaults: invalid type: sequence, expected a string";
    assert!(refused.to_string().starts_with(expected), "{refused}");
}

/// A registry of two names, of which the file has one, with `mode` and `start` as the file says.
fn registry_of(table: &str) -> (Registry, impl Fn(&str) -> Settings + use<>) {
    let file = |table: &str| toml(&format!("[breakers.payments]\n{table}"));
    let registry = Registry::builder().settings(file(table)).build();
    for name in ["payments", "search"] {
        registry.get_or_create(name);
    }
    (registry, file)
}

fn mode(registry: &Registry, name: &str) -> Mode {
    registry.get(name).expect(name).breaker().mode()
}

#[test]
fn a_reload_sets_a_mode_that_changed_in_the_file() {
    let (registry, file) = registry_of("mode = 'shadow'");
    assert_eq!(mode(&registry, "payments"), Mode::Shadow);
    for (table, expected) in [
        ("mode = 'normal'", Mode::Normal),
        ("mode = 'force-open'", Mode::ForceOpen),
        ("mode = 'force-open'", Mode::ForceOpen),
        ("mode = 'force-closed'", Mode::ForceClosed),
        ("", Mode::Normal),
    ] {
        assert_eq!(registry.reload(file(table)).unwrap(), Vec::<Arc<str>>::new());
        assert_eq!(mode(&registry, "payments"), expected);
        assert_eq!(mode(&registry, "search"), Mode::Normal);
    }
}

#[test]
fn a_mode_that_was_set_by_hand_stays_and_is_returned() {
    let (registry, file) = registry_of("mode = 'shadow'");
    let set = |mode| registry.get("payments").unwrap().breaker().set_mode(mode);
    set(Mode::ForceOpen);
    // The file's mode did not change, so there is nothing to keep it from.
    assert!(registry.reload(file("mode = 'shadow'\nconsecutive_failures = 5")).unwrap().is_empty());
    assert_eq!(mode(&registry, "payments"), Mode::ForceOpen);
    let kept = registry.reload(file("mode = 'normal'")).unwrap();
    assert_eq!(kept, ["payments".into()]);
    assert_eq!(mode(&registry, "payments"), Mode::ForceOpen);
    // Back in the file's mode, it follows the file again.
    set(Mode::Normal);
    assert!(registry.reload(file("mode = 'shadow'")).unwrap().is_empty());
    assert_eq!(mode(&registry, "payments"), Mode::Shadow);
    // Set by hand to what the file says now: nothing differs.
    set(Mode::ForceClosed);
    assert!(registry.reload(file("mode = 'force-closed'")).unwrap().is_empty());
}

#[test]
fn a_mode_is_set_on_breakers_that_are_not_live_and_notified_once() {
    let (sender, modes) = std::sync::mpsc::channel();
    struct Modes(std::sync::mpsc::Sender<(Mode, Mode)>);
    impl Observer for Modes {
        fn on_mode(&self, from: Mode, to: Mode) {
            self.0.send((from, to)).unwrap();
        }
    }
    let registry = Registry::builder()
        .settings(toml("[defaults]\nmode = 'shadow'"))
        .observed_by(move |_, _| Modes(sender.clone()))
        .build();
    registry.get_or_create("payments");
    registry.reload(toml("")).unwrap();
    assert!(modes.try_iter().eq([(Mode::Shadow, Mode::Normal)]));
}

#[test]
fn a_start_that_changes_is_refused_and_nothing_changes() {
    let (registry, file) = registry_of("live = true");
    let both = "live = true\nstart = 'open'\nmode = 'force-open'\nconsecutive_failures = 2";
    let refused = registry.reload(file(both)).unwrap_err().to_string();
    let expected =
        "nothing was changed: \"payments\": start must stay as the breaker was built with";
    assert_eq!(refused, expected);
    assert_eq!(mode(&registry, "payments"), Mode::Normal);
    let payments = registry.get("payments").unwrap();
    assert_eq!(payments.breaker().snapshot().consecutive_failure_limit, 5);
    // A name that has no breaker yet starts as the new file says.
    registry.remove("payments");
    registry.reload(file(both)).unwrap();
    let payments = registry.get_or_create("payments");
    assert_eq!(payments.breaker().state(), State::Open);
    registry.reload(file(both)).unwrap();
}

#[test]
fn what_a_reload_put_into_a_mode_is_at_rest_in_it() {
    let registry = Registry::builder().settings(toml("[defaults]\nmode = 'shadow'")).build();
    registry.get_or_create("payments");
    registry.reload(toml("")).unwrap();
    registry.evict_idle();
    assert_eq!(registry.evict_idle(), 1);
}

#[test]
fn the_names_of_a_file_are_pinned_also_by_a_reload() {
    let registry = Registry::builder().settings(toml("[breakers.a]\n[breakers.b]")).cap(4).build();
    let flood = || (0..100).for_each(|name| drop(registry.get_or_create(&*name.to_string())));
    for name in ["a", "b", "c"] {
        registry.get_or_create(name);
    }
    registry.reload(toml("[breakers.b]\n[breakers.c]\n[breakers.d]")).unwrap();
    registry.get_or_create("d");
    flood();
    assert!(["a", "b", "c", "d"].iter().all(|name| registry.get(*name).is_some()));
    assert_eq!(registry.len(), 8);
    registry.evict_idle();
    assert_eq!(registry.evict_idle(), 4);
    registry.remove("c");
    registry.reload(toml("")).unwrap();
    registry.get_or_create("c");
    flood();
    assert!(registry.get("c").is_none());
    assert_eq!((registry.len(), registry.unlisted()), (7, 0));
}

#[test]
fn a_refused_reload_prints_a_name_from_outside_on_one_line() {
    let registry = Registry::new(Config::default());
    registry.get_or_create("a\"\n\u{1b}[31m");
    let refused = registry.reload(toml("[defaults]\nconsecutive_failures = 2")).unwrap_err();
    let expected = r#"nothing was changed: "a\"\n\u{1b}[31m": live must be set"#;
    assert!(refused.to_string().starts_with(expected), "{refused}");
}
