//! Settings of a whole registry as a file.

use super::Settings;
use crate::name;
use serde::de::{Deserialize, Deserializer, Error};
use std::collections::BTreeMap;
use std::iter::once;
use tripword::file::{self, Overlay, Profile};
use tripword::{Builder, Config};

/// How many profiles may be laid over each other.
const MAX_DEPTH: usize = 8;

/// A file as it stands.
#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "the tables defaults, profiles and breakers")]
struct File {
    defaults: Overlay,
    profiles: BTreeMap<String, Profile>,
    breakers: BTreeMap<String, Profile>,
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let file: File = file::read(from)?;
        for name in file.profiles.keys() {
            file.chain::<D::Error>(&["profiles", name], Some(name))?;
        }
        let defaults = file.defaults.over(Builder::new().live());
        let checked = defaults.config();
        let checked = checked.map_err(|error| D::Error::custom(error.at(&["defaults"])))?;
        let mut settings = Self::new(checked);
        for (name, table) in &file.breakers {
            if let Some(invalid) = name::complaint(name) {
                return Err(file::error_at(&["breakers", name], invalid));
            }
            settings = settings.with(&**name, file.config(defaults, name, table)?);
        }
        Ok(settings)
    }
}

impl File {
    /// The settings of the breaker `name`, whose own are those of `table`.
    fn config<E: Error>(
        &self,
        defaults: Builder,
        name: &str,
        table: &Profile,
    ) -> Result<Config, E> {
        let path = ["breakers", name];
        let profiles = self.chain(&path, table.base())?.into_iter().rev();
        let profiles = profiles.map(|name| (["profiles", name], self.profiles[name].overlay()));
        let (mut builder, mut found) = (defaults, None);
        for (path, overlay) in profiles.chain(once((path, table.overlay()))) {
            builder = overlay.over(builder);
            // The first table with which the error is there.
            found = builder.config().err().map(|error| match found {
                Some((same, path)) if same == error => (error, path),
                _ => (error, path),
            });
        }
        match (builder.config(), found) {
            (Ok(config), _) => Ok(config),
            (Err(error), found) => {
                let path = found.map_or(path, |(_, path)| path);
                Err(E::custom(error.at(&path)))
            }
        }
    }

    /// The profile `first`, its base, the base of that, and so on; the table at `path` is, or
    /// names, the first.
    fn chain<'f, E: Error>(
        &'f self,
        path: &[&'f str; 2],
        first: Option<&'f str>,
    ) -> Result<Vec<&'f str>, E> {
        let (mut chain, mut path, mut next) = (Vec::new(), *path, first);
        while let Some(name) = next {
            let refuse = |why: &str, chain: &[&str]| {
                let path = [path[0], path[1], "base"];
                Err(file::error_at(&path, format_args!("{why}{}", chain.join(" -> "))))
            };
            let Some(profile) = self.profiles.get(name) else {
                let names: Vec<_> = self.profiles.keys().map(String::as_str).collect();
                if names.is_empty() {
                    return refuse(&format!("there is no profile {name:?}, nor any other"), &[]);
                }
                let why = format!("there is no profile {name:?}; there are: ");
                return refuse(&why, &[&names.join(", ")]);
            };
            let is_ring = chain.contains(&name);
            chain.push(name);
            if is_ring {
                return refuse("profiles must not be based on themselves: ", &chain);
            }
            if chain.len() > MAX_DEPTH {
                return refuse("at most 8 profiles can be based on each other: ", &chain);
            }
            (path, next) = (["profiles", name], profile.base());
        }
        Ok(chain)
    }
}
