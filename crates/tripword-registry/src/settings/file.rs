//! Settings of a whole registry as a file.

use super::Settings;
use serde::de::{Deserialize, Deserializer, Error};
use std::collections::BTreeMap;
use tripword::Builder;
use tripword::file::{self, Overlay};

/// A file as it stands.
#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "the tables defaults and breakers")]
struct File {
    defaults: Overlay,
    breakers: BTreeMap<String, Overlay>,
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let File { defaults, breakers } = file::read(from)?;
        let defaults = defaults.over(Builder::new());
        let checked = |builder: Builder, path: &[&str]| {
            let config = builder.config();
            config.map_err(|error| D::Error::custom(error.at(path)))
        };
        let breakers = breakers.into_iter().map(|(name, own)| {
            let config = checked(own.over(defaults), &["breakers", &name])?;
            Ok((name.into_boxed_str(), config))
        });
        let mut settings = Self::new(checked(defaults, &["defaults"])?);
        for named in breakers {
            let (name, config) = named?;
            settings = settings.with(name, config);
        }
        Ok(settings)
    }
}
