//! The lines that go into a site's pages.

use crate::config::Config;

/// The snippet of a site.
pub(crate) fn of(config: &Config, domain: &str) -> String {
    let server = config.public_address();
    format!("<script defer src=\"{server}/js/outis.js\" data-site=\"{domain}\"></script>")
}
