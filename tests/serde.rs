//! Settings in a file: each that can be written is read back as it was, and each error names its
//! setting.
#![cfg(feature = "serde")]

use proptest::option;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;
use tripword::file::{self, Overlay};
use tripword::{Backoff, Builder, CircuitBreaker, Config, LeaseExpiry, Mode, Probes, Ramp, State};

const EVERYTHING: &str = r#"
consecutive_failures = 5
failures = 10
failure_rate = 0.5
slow_call_rate = 0.8
slow_call_duration = "250ms"
within = "10s"
buckets = 20
stripes = 2
minimum_calls = 20
jitter = 0.2
seed = 7
probe_lease = "90s"
lease_expiry = "reprobe"
start = "half-open"
mode = "shadow"
count_panics = false
live = true
[backoff]
base = "1s"
cap = "60s"
factor = 1.5
[probes]
max_probes = 2
sample = 10
rate = 0.5
[ramp]
from = 0.1
over = "20s"
"#;

fn everything() -> Builder {
    const S: Duration = Duration::from_secs(1);
    Builder::new()
        .consecutive_failures(5)
        .failures(10)
        .failure_rate(0.5)
        .slow_call_rate(0.8)
        .slow_call_duration(Duration::from_millis(250))
        .within(10 * S)
        .buckets(20)
        .stripes(2)
        .minimum_calls(20)
        .jitter(0.2)
        .seed(7)
        .probe_lease(Some(90 * S))
        .lease_expiry(LeaseExpiry::Reprobe)
        .start(State::HalfOpen)
        .mode(Mode::Shadow)
        .count_panics(false)
        .live()
        .backoff(Backoff::exponential(S, 60 * S).factor(1.5))
        .probes(Probes::sample(10, 0.5).max_probes(2))
        .ramp(Ramp::new(0.1, 20 * S))
}

/// What a builder holds, each setting by its name: its `Debug`, which knows nothing of files.
fn held(builder: &Builder) -> String {
    format!("{builder:?}")
}

/// Written and read back in each format.
fn same(builder: &Builder) {
    let toml = toml::to_string(builder).unwrap();
    let json = serde_json::to_string(builder).unwrap();
    let yaml = serde_norway::to_string(builder).unwrap();
    let ron = ron::to_string(builder).unwrap();
    let of_toml: Builder = toml::from_str(&toml).expect(&toml);
    let of_json: Builder = serde_json::from_str(&json).expect(&json);
    let of_yaml: Builder = serde_norway::from_str(&yaml).expect(&yaml);
    let of_ron: Builder = ron::from_str(&ron).expect(&ron);
    assert_eq!(held(&of_toml), held(builder), "{toml}");
    assert_eq!(held(&of_json), held(builder), "{json}");
    assert_eq!(held(&of_yaml), held(builder), "{yaml}");
    assert_eq!(held(&of_ron), held(builder), "{ron}");
}

#[test]
fn a_file_says_what_the_methods_say() {
    let read: Builder = toml::from_str(EVERYTHING).unwrap();
    assert_eq!(held(&read), held(&everything()));
    assert!(toml::from_str::<Config>(EVERYTHING).is_ok());
}

#[test]
fn only_what_was_set_is_written() {
    same(&Builder::new());
    assert_eq!(toml::to_string(&Builder::new()).unwrap(), "");
    assert_eq!(serde_json::to_string(&Builder::new()).unwrap(), "{}");
    let builder = Builder::new()
        .open_duration(Duration::from_secs(90))
        .probe_lease(None)
        .probes(Probes::new().successes_to_close(3));
    let written =
        "open_duration = \"1m 30s\"\nprobe_lease = \"none\"\n\n[probes]\nsuccesses_to_close = 3\n";
    assert_eq!(toml::to_string(&builder).unwrap(), written);
    let written = "(open_duration:\"1m 30s\",probe_lease:\"none\",probes:(successes_to_close:3))";
    assert_eq!(ron::to_string(&builder).unwrap(), written);
}

#[test]
fn ron_reads_settings_as_a_struct_or_as_a_map() {
    let said = held(&Builder::new().failures(3).within(Duration::from_secs(10)));
    for file in [
        "(failures: 3, within: \"10s\")",
        "Builder(failures: 3, within: \"10s\",)",
        "{\"failures\": 3, \"within\": \"10s\"}",
    ] {
        assert_eq!(held(&ron::from_str(file).expect(file)), said);
    }
}

#[test]
fn settings_are_a_part_of_a_larger_file() {
    let file: toml::Table = toml::from_str("[search]\nconsecutive_failures = 3").unwrap();
    let config: Config = file["search"].clone().try_into().unwrap();
    assert!(CircuitBreaker::from(config).try_acquire().is_ok());
}

/// A program's own document, with a table for each breaker.
#[derive(Debug, serde::Deserialize)]
struct Service {
    port: u16,
    payments: Overlay,
    by_host: BTreeMap<String, Overlay>,
}

#[test]
fn a_document_of_ones_own_names_paths_as_well() {
    let read = |json: &str| file::read::<Service, _>(&mut serde_json::Deserializer::from_str(json));
    let service = read(
        r#"{"port": 80, "payments": {"failures": 3, "last_calls": 9}, "by_host": {"a": {"failures": 4}}}"#,
    )
    .unwrap();
    let payments = service.payments.over(Builder::new());
    let said = Builder::new().failures(3).last_calls(9);
    assert_eq!((service.port, held(&payments)), (80, held(&said)));
    let of_host = service.by_host["a"].over(payments);
    assert_eq!(held(&of_host), held(&said.failures(4)));
    for (json, error) in [
        (
            r#"{"port": 80, "payments": {"probes": {"rate": 1}}}"#,
            "payments.probes: rate requires sample",
        ),
        (
            r#"{"by_host": {"a.b": {"ramp": {"over": 3}}}}"#,
            "by_host.\"a.b\".ramp.over: invalid value: integer `3`, expected a duration",
        ),
        (r#"{"port": -1}"#, "port: invalid value: integer `-1`, expected u16"),
        (r#"{"prot": 80}"#, "prot: unknown name; did you mean port?"),
        (r#"{"by_host": {"a": {}, "a": {}}}"#, "by_host.a: set twice"),
        (r#"{"by_host": {"a": 3}}"#, "by_host.a: invalid type: integer `3`, expected a table"),
        (r#"{"port": 80}"#, "missing field `payments`"),
    ] {
        let read = read(json).unwrap_err().to_string();
        assert!(read.starts_with(error), "{read}");
    }
}

#[test]
fn the_room_of_a_window_goes_with_windows_of_calls_only() {
    let base = Builder::new().failures(3).last_calls(100).window_room(500);
    let over = |file: &str| toml::from_str::<Overlay>(file).unwrap().over(base);
    assert_eq!(held(&over("last_calls = 50")), held(&base.last_calls(50)));
    let time = Builder::new().failures(3).within(Duration::from_secs(10));
    assert_eq!(held(&over("within = '10s'")), held(&time));
    same(&base);
}

#[test]
fn a_base_is_a_setting_of_profiles_only() {
    let refused = toml::from_str::<Builder>("base = 'slow'").unwrap_err();
    assert!(refused.message().starts_with("base: unknown name"), "{refused}");
    let both = "base = 'slow'\nopen_duration = '1s'\nbackoff = { base = '1s', cap = '2s' }";
    let refused = toml::from_str::<file::Profile>(both).unwrap_err();
    assert!(refused.message().starts_with("open_duration excludes backoff"), "{refused}");
}

#[test]
fn an_overlay_is_written_as_it_was_read() {
    let file =
        "failures = 5\nwithin = \"10s\"\njitter = 0.1\n\n[backoff]\nbase = \"1s\"\ncap = \"2s\"\n";
    let overlay: Overlay = toml::from_str(file).unwrap();
    assert_eq!(toml::to_string(&overlay).unwrap(), file);
}

#[test]
fn an_overlay_replaces_what_it_names() {
    let base = everything();
    for (overlay, said) in [
        ("", base),
        ("failures = 11", base.failures(11)),
        ("jitter = 0.3", base.jitter(0.3)),
        ("count_panics = true", base.count_panics(true)),
        ("open_duration = '3s'", base.open_duration(Duration::from_secs(3))),
        ("probes = {}", base.probes(Probes::new())),
        ("buckets = 5", base.buckets(5)),
        (
            "within = '5s'",
            toml::from_str::<Overlay>("within = '5s'\nbuckets = 10\nstripes = 1")
                .unwrap()
                .over(base),
        ),
    ] {
        let overlay: Overlay = toml::from_str(overlay).unwrap();
        let (laid, said) = (overlay.over(base).config(), said.config());
        assert_eq!(format!("{laid:?}"), format!("{said:?}"), "{overlay:?}");
    }
    let not_live: Overlay = toml::from_str("live = false").unwrap();
    assert!(!held(&not_live.over(base)).contains("live: true"));
}

#[test]
fn whole_numbers_are_fractions_too() {
    let read: Builder = toml::from_str("jitter = 1\nfailure_rate = 0").unwrap();
    let said = Builder::new().jitter(1.0).failure_rate(0.0);
    assert_eq!(held(&read), held(&said));
}

/// A rate that is no whole number of millionths is judged otherwise than the nearest that is one.
#[test]
fn a_rate_that_was_written_is_judged_as_before() {
    let judged = |builder: &Builder| format!("{:?}", builder.config().expect("valid settings"));
    for rate in [2.0 / 3.0, 1.0 / 3.0, 0.666_667, 5.0 / 7.0, 755.0 / 756.0, 0.07] {
        let builder = Builder::new()
            .last_calls(756)
            .failure_rate(rate)
            .slow_call_rate(rate)
            .slow_call_duration(Duration::from_secs(1))
            .probes(Probes::sample(3, rate));
        let toml: Builder = toml::from_str(&toml::to_string(&builder).unwrap()).unwrap();
        let json: Builder =
            serde_json::from_str(&serde_json::to_string(&builder).unwrap()).unwrap();
        let ron: Builder = ron::from_str(&ron::to_string(&builder).unwrap()).unwrap();
        for read in [toml, json, ron] {
            assert_eq!(judged(&read), judged(&builder), "{rate}");
        }
    }
    let rounded = Builder::new().last_calls(756).failure_rate(0.666_667);
    assert_ne!(judged(&rounded), judged(&rounded.failure_rate(2.0 / 3.0)));
}

#[test]
fn a_seed_is_any_64_bits() {
    for (written, seed) in
        [("9223372036854775808", 1 << 63), ("18446744073709551615", u64::MAX), ("-1", u64::MAX)]
    {
        let said = held(&Builder::new().seed(seed));
        let toml: Builder = toml::from_str(&format!("seed = {written}")).unwrap();
        let json: Builder = serde_json::from_str(&format!("{{\"seed\": {written}}}")).unwrap();
        assert_eq!((held(&toml), held(&json)), (said.clone(), said));
    }
    assert_eq!(toml::to_string(&Builder::new().seed(u64::MAX)).unwrap(), "seed = -1\n");
}

#[test]
fn the_ends_of_every_range_are_read_back() {
    for duration in
        [Duration::ZERO, Duration::from_nanos(1), Duration::from_nanos(1_000_001), Duration::MAX]
    {
        same(&Builder::new().open_duration(duration));
        same(&Builder::new().probe_lease(Some(duration)).within(duration));
        same(&Builder::new().backoff(Backoff::exponential(duration, duration)));
    }
    for fraction in [0.0, -0.0, f64::MIN_POSITIVE, f64::MAX, f64::MIN] {
        same(&Builder::new().jitter(fraction).failure_rate(fraction));
        same(&Builder::new().probes(Probes::sample(0, fraction)));
    }
}

#[test]
fn durations_are_as_people_write_them() {
    let read =
        |text: &str| serde_json::from_value::<Builder>(serde_json::json!({ "within": text }));
    for (text, duration) in [
        ("90s", Duration::from_secs(90)),
        ("1m 30s", Duration::from_secs(90)),
        ("1m30s", Duration::from_secs(90)),
        (" 1.5 min ", Duration::from_secs(90)),
        ("18446744073709551615s 999ms 999us 999ns", Duration::MAX),
    ] {
        let read = read(text).expect(text);
        assert_eq!(held(&read), held(&Builder::new().within(duration)), "{text}");
    }
    for text in [
        "",
        " ",
        "90",
        "s",
        "-1s",
        "1m, 30s",
        "18446744073709551615s 1000ms",
        "1y 18446744073709551615s",
    ] {
        let refusal = read(text).unwrap_err().to_string();
        let expected = format!(
            "within: invalid value: string {text:?}, expected a duration such as \"30s\" or \"250ms\""
        );
        assert_eq!(refusal, expected);
    }
}

#[test]
fn a_function_is_not_written() {
    let refusal = |builder: Builder| {
        let json = serde_json::to_string(&builder).unwrap_err().to_string();
        let toml = toml::to_string(&builder).unwrap_err().to_string();
        let ron = ron::to_string(&builder).unwrap_err().to_string();
        assert_eq!((&*json, &*json), (toml.trim_end(), &*ron));
        json
    };
    let of_counts = Builder::new().last_calls(10).trip_when(|_| true);
    assert_eq!(refusal(of_counts), "trip_when: a function cannot be written");
    let of_streak = Builder::new().backoff(Backoff::by_streak(|_| Duration::ZERO));
    assert_eq!(refusal(of_streak), "backoff: a function cannot be written");
}

#[test]
fn a_number_that_is_none_is_not_written() {
    let jitter = Builder::new().jitter(f64::NAN);
    let rate = Builder::new().probes(Probes::sample(10, f64::INFINITY));
    for (builder, refusal) in [(jitter, "NaN cannot be written"), (rate, "inf cannot be written")] {
        assert_eq!(serde_json::to_string(&builder).unwrap_err().to_string(), refusal);
        assert!(toml::to_string(&builder).is_err());
    }
}

/// As TOML and as JSON, with the error that both give.
#[rustfmt::skip]
const REFUSED: &[(&str, &str, &str)] = &[
    ("failure_rate = 'half'", r#"{"failure_rate": "half"}"#,
        "failure_rate: invalid value: string \"half\", expected a number such as 0.5"),
    ("failures = 2.5", r#"{"failures": 2.5}"#,
        "failures: invalid value: floating point `2.5`, expected a whole number from 0 to 4294967295"),
    ("failures = 2.0", r#"{"failures": 2.0}"#,
        "failures: invalid value: floating point `2.0`, expected a whole number from 0 to 4294967295"),
    ("failures = [3]", r#"{"failures": [3]}"#,
        "failures: invalid type: sequence, expected a whole number from 0 to 4294967295"),
    ("failures = {}", r#"{"failures": {}}"#,
        "failures: invalid type: map, expected a whole number from 0 to 4294967295"),
    ("last_calls = -3", r#"{"last_calls": -3}"#,
        "last_calls: invalid value: integer `-3`, expected a whole number from 0 to 4294967295"),
    ("buckets = 4294967296", r#"{"buckets": 4294967296}"#,
        "buckets: invalid value: integer `4294967296`, expected a whole number from 0 to 4294967295"),
    ("seed = 'lucky'", r#"{"seed": "lucky"}"#,
        "seed: invalid value: string \"lucky\", expected a whole number of 64 bits"),
    ("live = 1", r#"{"live": 1}"#,
        "live: invalid value: integer `1`, expected true or false"),
    ("open_duration = '10 parsecs'", r#"{"open_duration": "10 parsecs"}"#,
        "open_duration: invalid value: string \"10 parsecs\", expected a duration such as \"30s\" or \"250ms\""),
    ("within = 30", r#"{"within": 30}"#,
        "within: invalid value: integer `30`, expected a duration such as \"30s\" or \"250ms\""),
    ("probe_lease = 'without end'", r#"{"probe_lease": "without end"}"#,
        "probe_lease: invalid value: string \"without end\", expected a duration such as \"60s\", or \"none\" for a lease without end"),
    ("lease_expiry = 'close'", r#"{"lease_expiry": "close"}"#,
        "lease_expiry: invalid value: string \"close\", expected \"reopen\" or \"reprobe\""),
    ("start = 'ajar'", r#"{"start": "ajar"}"#,
        "start: invalid value: string \"ajar\", expected \"closed\", \"open\" or \"half-open\""),
    ("mode = 'force_open'", r#"{"mode": "force_open"}"#,
        "mode: invalid value: string \"force_open\", expected \"normal\", \"force-open\", \"force-closed\" or \"shadow\""),
    ("probes = 3", r#"{"probes": 3}"#,
        "probes: invalid type: integer `3`, expected a table of settings"),
    ("probes = []", r#"{"probes": []}"#,
        "probes: invalid type: sequence, expected a table of settings"),
    ("[probes]\nmax_probes = true", r#"{"probes": {"max_probes": true}}"#,
        "probes.max_probes: invalid value: boolean `true`, expected a whole number from 0 to 4294967295"),
    ("failure_rates = 0.5", r#"{"failure_rates": 0.5}"#,
        "failure_rates: unknown name; did you mean failure_rate?"),
    ("[probes]\nmax_probs = 3", r#"{"probes": {"max_probs": 3}}"#,
        "probes.max_probs: unknown name; did you mean max_probes?"),
    ("[probes]\ncolour = 3", r#"{"probes": {"colour": 3}}"#,
        "probes.colour: unknown name; there are max_probes, successes_to_close, failures_to_open, sample, rate"),
    ("[probes]\nrate = 0.5", r#"{"probes": {"rate": 0.5}}"#,
        "probes: rate requires sample"),
    ("[probes]\nsample = 5", r#"{"probes": {"sample": 5}}"#,
        "probes: sample requires rate"),
    ("[probes]\nsuccesses_to_close = 1\nsample = 5\nrate = 1", r#"{"probes": {"successes_to_close": 1, "sample": 5, "rate": 1}}"#,
        "probes: sample excludes successes_to_close: set one of them, not both"),
    ("[probes]\nfailures_to_open = 1\nsample = 5\nrate = 1", r#"{"probes": {"failures_to_open": 1, "sample": 5, "rate": 1}}"#,
        "probes: sample excludes failures_to_open: set one of them, not both"),
    ("[backoff]\nbase = '1x'", r#"{"backoff": {"base": "1x"}}"#,
        "backoff.base: invalid value: string \"1x\", expected a duration such as \"30s\" or \"250ms\""),
    ("[backoff]\nbase = '1s'", r#"{"backoff": {"base": "1s"}}"#,
        "backoff: missing field `cap`"),
    ("open_duration = '1s'\nbackoff = { base = '1s', cap = '2s' }", r#"{"backoff": {"base": "1s", "cap": "2s"}, "open_duration": "1s"}"#,
        "open_duration excludes backoff: set one of them, not both"),
    ("[ramp]\nover = '1s'", r#"{"ramp": {"over": "1s"}}"#,
        "ramp: missing field `from`"),
];

#[test]
fn every_error_names_its_setting() {
    for (toml, json, error) in REFUSED {
        let of_toml = toml::from_str::<Builder>(toml).unwrap_err();
        assert_eq!(of_toml.message(), *error, "{toml}");
        let of_json = serde_json::from_str::<Builder>(json).unwrap_err();
        let of_json = of_json.to_string();
        assert_eq!(of_json.split(" at line").next(), Some(*error), "{json}");
        // JSON is YAML, which puts the path in front once more, and RON, which has words of its own.
        let of_yaml = serde_norway::from_str::<Builder>(json).unwrap_err();
        assert!(of_yaml.to_string().contains(error), "{of_yaml}");
        let of_ron = ron::from_str::<Builder>(json).unwrap_err();
        let path = error.split_inclusive(": ").next().expect("a path");
        assert!(of_ron.to_string().contains(path), "{of_ron}");
    }
}

#[test]
fn an_error_says_where_in_the_file() {
    let toml = toml::from_str::<Builder>("failures = 3\n[probes]\nmax_probes = 'two'").unwrap_err();
    assert!(toml.to_string().contains("at line 3, column 14"), "{toml}");
    let json = serde_json::from_str::<Builder>("{\n\"failures\": null}").unwrap_err();
    assert_eq!(json.line(), 2);
    assert!(json.to_string().starts_with("failures: invalid type: null"));
    let yaml =
        serde_norway::from_str::<Builder>("failures: 3\nprobes:\n  max_probes: two").unwrap_err();
    assert_eq!(yaml.location().map(|place| place.line()), Some(3), "{yaml}");
    let ron = ron::from_str::<Builder>("(\nfailures: \"two\")").unwrap_err();
    assert_eq!(ron.span.end.line, 2, "{ron}");
}

#[test]
fn what_is_no_document_at_all_is_an_error_of_the_format() {
    let json = serde_json::from_str::<Builder>("{\"probes\": {\"max_probes\": ").unwrap_err();
    assert!(json.is_eof(), "{json}");
    let json = serde_json::from_str::<Builder>("{\"failures\": tru}").unwrap_err();
    assert!(json.is_syntax(), "{json}");
    assert!(serde_json::from_str::<Builder>("").unwrap_err().is_eof());
    assert!(ron::from_str::<Builder>("").is_err());
    assert!(serde_json::from_str::<Builder>("[5, 3]").is_err());
    assert!(ron::from_str::<Builder>("(5, 3)").is_err());
    for empty in ["", "# nothing"] {
        assert_eq!(held(&toml::from_str(empty).unwrap()), held(&Builder::new()));
    }
}

#[test]
fn deep_nesting_is_refused() {
    let depth = 2_000;
    for (open, close) in [("[", "]"), ("{\"probes\":", "}")] {
        let nested = open.repeat(depth) + "1" + &close.repeat(depth);
        for name in ["failures", "probes", "other"] {
            let json = format!("{{\"{name}\": {nested}}}");
            let toml = format!("{name} = {}", nested.replace("\"probes\":", "probes ="));
            assert!(serde_json::from_str::<Builder>(&json).is_err());
            assert!(toml::from_str::<Builder>(&toml).is_err());
            assert!(serde_norway::from_str::<Builder>(&json).is_err());
            assert!(ron::from_str::<Builder>(&json).is_err());
        }
    }
}

#[test]
fn an_unknown_setting_gets_the_nearest_name_or_all_of_them() {
    let error = toml::from_str::<Builder>("colour = 0.5").unwrap_err();
    let expected = "colour: unknown name; there are consecutive_failures, failures, failure_rate, ";
    assert!(error.message().starts_with(expected), "{error}");
    for setting in EVERYTHING.lines().filter_map(|line| line.split(' ').next()) {
        let part_of_a_table = ["base", "cap", "factor", "sample", "rate", "from", "over"];
        let table = setting.trim_matches(['[', ']']);
        let known = error.message().contains(table) || part_of_a_table.contains(&table);
        assert!(known || setting == "max_probes", "{setting}");
    }
    for (slip, name) in [
        ("last_call", "last_calls"),
        ("failureRateThreshold", "failure_rate"),
        ("sliding-window-size", "last_calls"),
        ("fail_max", "consecutive_failures"),
        ("faliures", "failures"),
        ("open-duration", "open_duration"),
        ("modes", "mode"),
        ("Within", "within"),
    ] {
        let error = serde_json::from_str::<Builder>(&format!("{{\"{slip}\": 1}}")).unwrap_err();
        let expected = format!("{slip}: unknown name; did you mean {name}?");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}

#[test]
fn a_setting_is_set_once() {
    let twice = r#"{"failures": 1, "failures": 2}"#;
    for error in [
        serde_json::from_str::<Builder>(twice).unwrap_err().to_string(),
        serde_norway::from_str::<Builder>(twice).unwrap_err().to_string(),
        ron::from_str::<Builder>(twice).unwrap_err().to_string(),
    ] {
        assert!(error.contains("failures: set twice"), "{error}");
    }
    assert!(toml::from_str::<Builder>("failures = 1\nfailures = 2").is_err());
}

#[test]
fn a_table_of_yaml_without_an_entry_is_empty() {
    let read: Builder = serde_norway::from_str("failures: 3\nprobes:\n").unwrap();
    assert_eq!(held(&read), held(&Builder::new().failures(3)));
    let error = serde_norway::from_str::<Builder>("failures:\nwithin: 1s\n").unwrap_err();
    assert!(error.to_string().contains("failures: invalid type: unit value"), "{error}");
}

#[test]
fn a_config_is_checked_and_says_which_rule_was_broken() {
    for (file, rule) in [
        ("consecutive_failures = 0", "consecutive_failures: must be from 1 to 65535, not 0"),
        (
            "last_calls = 10\nwithin = '1s'",
            "last_calls: excludes within: set one of them, not both",
        ),
        ("start = 'recovering'", "start: must be closed, open or half-open, not recovering"),
        ("jitter = nan", "jitter: must be from 0 to 1, not NaN"),
        ("jitter = -1e300", "jitter: must be from 0 to 1, not -1e300"),
        (
            "last_calls = 10\nfailure_rate = 0.5\nminimum_calls = 20",
            "minimum_calls: 20 must be at most the window's last_calls (10)",
        ),
        (
            "within = '1s'\nbuckets = 7\nfailures = 3",
            "within: 1 s must divide evenly into 7 buckets of whole milliseconds, such as 1.001 s",
        ),
        (
            "backoff = { base = '2s', cap = '1s' }",
            "backoff.cap: 1 s must be at least its base (2 s)",
        ),
        (
            "last_calls = 10\nfailures = 3\nminimum_calls = 5",
            "minimum_calls: requires failure_rate or slow_call_rate",
        ),
        (
            "[probes]\nmax_probes = 10",
            "probes.max_probes: 10 must be at most successes_to_close + failures_to_open - 1 (1)",
        ),
        ("[probes]\nmax_probes = 256", "probes.max_probes: must be from 1 to 255, not 256"),
    ] {
        assert!(toml::from_str::<Builder>(file).is_ok(), "{file}");
        let error = toml::from_str::<Config>(file).unwrap_err();
        assert_eq!(error.message(), rule);
    }
}

fn durations() -> impl Strategy<Value = Duration> {
    let exact = (any::<u64>(), 0..1_000_000_000u32).prop_map(|(s, ns)| Duration::new(s, ns));
    prop_oneof![
        exact,
        any::<u64>().prop_map(Duration::from_nanos),
        any::<u16>().prop_map(|ms| Duration::from_millis(ms.into())),
        Just(Duration::MAX),
    ]
}

fn fractions() -> impl Strategy<Value = f64> {
    use proptest::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    prop_oneof![0.0..=1.0, POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO]
}

/// `builders`, of which some have one more setting.
fn maybe<V: Debug + 'static>(
    builders: BoxedStrategy<Builder>,
    values: impl Strategy<Value = V> + 'static,
    set: fn(Builder, V) -> Builder,
) -> BoxedStrategy<Builder> {
    (builders, option::of(values))
        .prop_map(move |(builder, value)| match value {
            Some(value) => set(builder, value),
            None => builder,
        })
        .boxed()
}

fn policies(all: BoxedStrategy<Builder>) -> BoxedStrategy<Builder> {
    let all = maybe(all, any::<u32>(), Builder::consecutive_failures);
    let all = maybe(all, any::<u32>(), Builder::failures);
    let all = maybe(all, fractions(), Builder::failure_rate);
    let all = maybe(all, fractions(), Builder::slow_call_rate);
    let all = maybe(all, durations(), Builder::slow_call_duration);
    let all = maybe(all, any::<u32>(), Builder::last_calls);
    let all = maybe(all, any::<u32>(), Builder::window_room);
    let all = maybe(all, durations(), Builder::within);
    let all = maybe(all, any::<u32>(), Builder::buckets);
    let all = maybe(all, any::<u32>(), Builder::stripes);
    maybe(all, any::<u32>(), Builder::minimum_calls)
}

fn recovery(all: BoxedStrategy<Builder>) -> BoxedStrategy<Builder> {
    let ramps = (fractions(), durations()).prop_map(|(from, over)| Ramp::new(from, over));
    let expiries = prop_oneof![Just(LeaseExpiry::Reopen), Just(LeaseExpiry::Reprobe)];
    let all = maybe(all, backoffs(), Builder::backoff);
    let all = maybe(all, fractions(), Builder::jitter);
    let all = maybe(all, any::<u64>(), Builder::seed);
    let all = maybe(all, probes(), Builder::probes);
    let all = maybe(all, option::of(durations()), Builder::probe_lease);
    let all = maybe(all, expiries, Builder::lease_expiry);
    maybe(all, ramps, Builder::ramp)
}

fn builders() -> BoxedStrategy<Builder> {
    let states = [State::Closed, State::Open, State::HalfOpen, State::Recovering];
    let all = recovery(policies(Just(Builder::new()).boxed()));
    let all = maybe(all, proptest::sample::select(states.to_vec()), Builder::start);
    let modes = [Mode::Normal, Mode::ForceOpen, Mode::ForceClosed, Mode::Shadow];
    let all = maybe(all, proptest::sample::select(modes.to_vec()), Builder::mode);
    let all = maybe(all, any::<bool>(), Builder::count_panics);
    maybe(all, Just(()), |builder, ()| builder.live())
}

fn backoffs() -> impl Strategy<Value = Backoff> {
    let growing = (durations(), durations(), fractions())
        .prop_map(|(base, cap, factor)| Backoff::exponential(base, cap).factor(factor));
    prop_oneof![durations().prop_map(Backoff::fixed), growing]
}

fn probes() -> impl Strategy<Value = Probes> {
    let numbers = || prop_oneof![0..4u32, any::<u32>()];
    let counts = (numbers(), numbers(), numbers()).prop_map(|(max, successes, failures)| {
        Probes::new().max_probes(max).successes_to_close(successes).failures_to_open(failures)
    });
    let samples = (numbers(), numbers(), fractions())
        .prop_map(|(max, size, rate)| Probes::sample(size, rate).max_probes(max));
    prop_oneof![counts, samples]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_written_is_read_back(builder in builders()) {
        same(&builder);
    }
}
