//! A file of defaults and named breakers: what is laid over what, what is refused and where, and what a reload keeps.

use std::sync::Arc;
use std::time::Duration;
use tripword::{Builder, Config, Mode, Observer, ReconfigureError, State};
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
    ("[breakers.payments]\nbase = 3", r#"{"breakers": {"payments": {"base": 3}}}"#,
        "breakers.payments.base: invalid value: integer `3`, expected the name of a profile"),
    ("[breakers.payments]\nbas = 'slow'", r#"{"breakers": {"payments": {"bas": "slow"}}}"#,
        "breakers.payments.bas: unknown name; did you mean base?"),
    ("[breakers.'']", r#"{"breakers": {"": {}}}"#,
        "breakers.\"\": a name must have 1 to 128 bytes, not 0"),
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
    let expected = "invalid type: integer `3`, expected the tables defaults, profiles and breakers";
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

const PROFILES: &str = r#"
[defaults]
consecutive_failures = 5
open_duration = "10s"
jitter = 0.0

[profiles.slow]
open_duration = "60s"
probes = { successes_to_close = 3 }

[profiles.slowest]
base = "slow"
last_calls = 100
failure_rate = 0.5

[breakers.search]
base = "slow"
consecutive_failures = 2

[breakers.mail]
base = "slowest"
probes = { max_probes = 2, failures_to_open = 2 }
failure_rate = 0.9
"#;

#[test]
fn a_breaker_has_its_own_settings_then_those_of_its_profiles_then_the_defaults() {
    let settings = toml(PROFILES);
    let alone = |file: &str| {
        let read = toml::from_str::<Builder>(&format!("jitter = 0.0\nlive = true\n{file}"));
        read.unwrap().config().unwrap()
    };
    let search = "consecutive_failures = 2\nopen_duration = '60s'\nprobes.successes_to_close = 3";
    assert_eq!(settings.config_for("search"), alone(search));
    let mail = "consecutive_failures = 5\nopen_duration = '60s'\nprobes.max_probes = 2\nprobes.failures_to_open = 2\n\
                last_calls = 100\nfailure_rate = 0.9";
    assert_eq!(settings.config_for("mail"), alone(mail));
    let other = alone("consecutive_failures = 5\nopen_duration = '10s'");
    assert_eq!(settings.config_for("other"), other);
    assert_eq!(settings.config_for("slow"), other, "a profile is no breaker");
    assert!(settings.names().eq(["mail", "search"]));
}

/// Profiles p1 to p`depth`, each based on the one before.
fn profiles(depth: usize) -> String {
    let based = (2..=depth).map(|n| format!("[profiles.p{n}]\nbase = 'p{}'\n", n - 1));
    format!("[profiles.p1]\nconsecutive_failures = 3\n{}", based.collect::<String>())
}

#[test]
fn eight_profiles_are_laid_over_each_other_at_most() {
    let eight = toml(&format!("{}[breakers.a]\nbase = 'p8'", profiles(8)));
    assert_eq!(threshold(eight.config_for("a")), 3);
    let nine = toml::from_str::<Settings>(&profiles(9)).unwrap_err();
    let chain = "p9 -> p8 -> p7 -> p6 -> p5 -> p4 -> p3 -> p2 -> p1";
    let expected = "profiles.p2.base: at most 8 profiles can be based on each other: ";
    assert_eq!(nine.message(), format!("{expected}{chain}"));
}

#[test]
fn a_base_that_is_none_is_refused_where_it_is_named() {
    for (file, error) in [
        (
            "[profiles.a]\nbase = 'a'",
            "profiles.a.base: profiles must not be based on themselves: a -> a",
        ),
        (
            "[profiles.a]\nbase = 'c'\n[profiles.b]\nbase = 'a'\n[profiles.c]\nbase = 'b'",
            "profiles.b.base: profiles must not be based on themselves: a -> c -> b -> a",
        ),
        (
            "[profiles.a]\nbase = 'b'\n[profiles.b]\nbase = 'd'\n[breakers.x]\nbase = 'a'",
            "profiles.b.base: there is no profile \"d\"; there are: a, b",
        ),
        (
            "[profiles.a]\n[breakers.x]\nbase = 'b'",
            "breakers.x.base: there is no profile \"b\"; there are: a",
        ),
        ("[breakers.x]\nbase = 'b'", "breakers.x.base: there is no profile \"b\", nor any other"),
        ("[defaults]\nbase = 'a'\n[profiles.a]", "defaults.base: unknown name; there are"),
    ] {
        let refused = toml::from_str::<Settings>(file).unwrap_err();
        assert!(refused.message().starts_with(error), "{refused}");
    }
}

#[test]
fn an_invalid_setting_is_named_where_it_stands() {
    for (file, error) in [
        (
            "[profiles.a]\njitter = 50\n[breakers.x]\nbase = 'a'\nseed = 7",
            "profiles.a.jitter: must be from 0 to 1, not 50",
        ),
        (
            "[profiles.a]\nfailure_rate = 0.5\n[breakers.x]\nbase = 'a'\nlast_calls = 9999",
            "breakers.x.last_calls: must be from 1 to 1512, not 9999",
        ),
    ] {
        assert_eq!(toml::from_str::<Settings>(file).unwrap_err().message(), error);
    }
    // What a profile lacks, the breaker can have.
    toml("[profiles.a]\nfailure_rate = 0.5\n[breakers.x]\nbase = 'a'\nlast_calls = 99");
}

#[test]
fn breakers_from_a_file_are_live_unless_it_says_otherwise() {
    let registry = Registry::builder().settings(toml("[breakers.fixed]\nlive = false")).build();
    let breakers = ["fixed", "payments"].map(|name| registry.get_or_create(name));
    let stricter = || toml("[defaults]\nconsecutive_failures = 2\n[breakers.fixed]\nlive = false");
    let refused = registry.reload(stricter()).unwrap_err().to_string();
    assert!(refused.starts_with("nothing was changed: \"fixed\": live must be set"), "{refused}");
    assert_eq!(breakers.map(|breaker| threshold(breaker.breaker().config())), [5, 5]);
    registry.remove("fixed");
    assert!(registry.reload(stricter()).unwrap().is_empty());
    assert_eq!(threshold(registry.get("payments").unwrap().breaker().config()), 2);
}

/// Settings of 200 upstreams, each with a window of calls, and of one with another.
fn upstreams(calls: u32, last: &str) -> Settings {
    let window = format!("failures = 3\nlast_calls = {calls}");
    let named = (1..200).map(|n| format!("[breakers.upstream-{n:03}]\n{window}\n"));
    toml(&format!("{}[breakers.upstream-200]\n{last}", named.collect::<String>()))
}

#[test]
fn one_upstream_does_not_hold_up_the_others() {
    let registry =
        Registry::builder().settings(upstreams(100, "failures = 3\nlast_calls = 20")).build();
    for number in 1..=200 {
        registry.get_or_create(&*format!("upstream-{number:03}"));
    }
    registry.get("upstream-007").unwrap().breaker().trip();
    let reload = |calls, last| registry.reload_what_can(upstreams(calls, last)).unwrap();
    let done = reload(90, "failures = 3\nwithin = '10s'\nmode = 'force-open'");
    assert_eq!((done.changed, done.unchanged, done.refused.len()), (199, 0, 1));
    assert_eq!(
        done.to_string(),
        "199 changed, 0 unchanged, 1 refused: last_calls must stay as the breaker was built with \
         (is 20, would be none): \"upstream-200\"",
    );
    assert_eq!(registry.get("upstream-007").unwrap().breaker().state(), State::Open);
    let last = registry.get("upstream-200").unwrap();
    assert_eq!(mode(&registry, "upstream-200"), Mode::ForceOpen, "any breaker takes a mode");
    assert_eq!(
        last.breaker().config().words(),
        toml("[defaults]\nfailures = 3\nlast_calls = 20").config_for("").words()
    );

    // The same once more: what was refused is refused again, and the rest has it already.
    let done = reload(90, "failures = 3\nwithin = '10s'\nmode = 'force-open'");
    assert_eq!((done.changed, done.unchanged, done.refused[0].count), (0, 199, 1));

    let done = reload(300, "failures = 3\nlast_calls = 24");
    let refused = &done.refused[0];
    assert_eq!((done.changed, refused.count, refused.names.len()), (1, 199, 10));
    assert_eq!(refused.why, ReconfigureError::TooManyCalls { given: 300, max: 120 });
    assert_eq!((&*refused.old, &*refused.new), ("90", "300"));
    assert!(done.to_string().ends_with(" and 189 more"), "{done}");
    assert_eq!(mode(&registry, "upstream-200"), Mode::Normal);

    // A new one is made by the new settings, and all or none still means that.
    registry.remove("upstream-200");
    assert!(registry.reload(upstreams(300, "failures = 3\nlast_calls = 24")).is_err());
}

#[test]
fn a_mode_set_by_hand_survives_a_reload_of_what_can() {
    let registry = Registry::builder().settings(toml("")).build();
    registry.get_or_create("payments").breaker().set_mode(Mode::ForceClosed);
    let done = registry.reload_what_can(toml("[defaults]\nconsecutive_failures = 2")).unwrap();
    assert_eq!((done.changed, done.modes_kept.len()), (1, 0));
    let done = registry.reload_what_can(toml("[defaults]\nmode = 'shadow'")).unwrap();
    assert_eq!(done.modes_kept, ["payments".into()]);
    assert_eq!(mode(&registry, "payments"), Mode::ForceClosed);
}

#[test]
fn calls_go_on_in_a_storm_of_reloads() {
    let registry = Registry::builder().settings(upstreams(100, "")).build();
    let names: Vec<_> = (1..=200).map(|n| format!("upstream-{n:03}")).collect();
    std::thread::scope(|scope| {
        for names in [&names[..100], &names[100..]] {
            let registry = &registry;
            scope.spawn(move || {
                for name in names.iter().cycle().take(2_000) {
                    assert!(registry.get_or_create(&**name).call(|| Ok::<_, ()>(())).is_ok());
                }
            });
        }
        scope.spawn(|| {
            for round in 0..60 {
                let calls = if round % 2 == 0 { 90 } else { 300 };
                registry.reload_what_can(upstreams(calls, "")).unwrap();
            }
        });
    });
    let done = registry.reload_what_can(upstreams(80, "")).unwrap();
    assert_eq!((registry.len(), done.changed + done.unchanged), (200, 200), "{done}");
}
