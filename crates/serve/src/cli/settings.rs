//! `outis site settings`: what a site promises, leaves out and accepts, as TOML.

use std::path::PathBuf;

use anyhow::Context;
use outis_event::{Policy, Shields, Site};
use serde::{Deserialize, Serialize};

use super::plan::read;
use crate::control::Control;
use crate::output;

/// Settings that are not the plan.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Settings {
    /// Origins that browsers may send from besides the site's own domain.
    origins: Vec<String>,
    policy: Policy,
    shields: Shields,
}

/// Prints the settings, or replaces them by those of a file.
pub(super) async fn run(control: &Control, site: &Site, file: Option<PathBuf>) -> anyhow::Result<()> {
    let Some(file) = file else {
        let settings =
            Settings { origins: site.origins.clone(), policy: site.policy.clone(), shields: site.shields.clone() };
        output::data(toml::to_string_pretty(&settings)?.trim_end());
        return Ok(());
    };
    let settings: Settings = toml::from_str(&read(&file)?).context("the settings")?;
    control.set_settings(site.id, &settings.policy, &settings.shields, &settings.origins).await?;
    output::remark("the settings are in use within two seconds");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_from_their_text() {
        let text = "origins = [\"https://shop.example.org\"]\n[policy]\nfloor = 20\ngpc = \"drop\"\n\
                    [shields]\nnetworks = [\"192.0.2.0/24\"]\n";
        let settings: Settings = toml::from_str(text).expect("settings");
        assert_eq!((settings.policy.floor, settings.policy.recent_days), (20, 35));
        assert_eq!(settings.policy.noise, None);
        let again: Settings = toml::from_str(&toml::to_string_pretty(&settings).expect("text")).expect("settings");
        assert_eq!((again.policy, again.shields), (settings.policy, settings.shields));
        let noisy: Settings = toml::from_str("[policy]\nnoise = { epsilon = 2.5 }\n").expect("settings");
        assert_eq!(noisy.policy.noise.map(|noise| noise.epsilon.thousandths()), Some(2_500));
        let again: Settings = toml::from_str(&toml::to_string_pretty(&noisy).expect("text")).expect("settings");
        assert_eq!(again.policy, noisy.policy);
        assert!(toml::from_str::<Settings>("[policy]\nnoise = { epsilon = 50 }\n").is_err());
    }
}
