//! Why an event was dropped, refused or rewritten: counted per site, returned to the sender.

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $key:literal, $means:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every reason.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The name used in headers, answers and metrics.
            pub fn key(self) -> &'static str {
                match self { $($name::$variant => $key,)* }
            }

            /// What it means, in a sentence for the owner of the site.
            pub fn means(self) -> &'static str {
                match self { $($name::$variant => $means,)* }
            }
        }
    };
}

reasons! {
    /// Why an event was not stored at all.
    DropReason {
        /// See [`DropReason::means`].
        Bot = "bot", "The user agent is that of a crawler or script.";
        /// See [`DropReason::means`].
        SpamReferrer = "spam_referrer", "The referrer is on the public list of referrer spam.";
        /// See [`DropReason::means`].
        UnknownSite = "unknown_site", "No site of this name is registered here.";
        /// See [`DropReason::means`].
        ShieldNetwork = "shield_network", "The sender's network is excluded by the site's shields.";
        /// See [`DropReason::means`].
        ShieldCountry = "shield_country", "The country is excluded by the site's shields.";
        /// See [`DropReason::means`].
        ShieldPath = "shield_path", "The page is excluded by the site's shields.";
        /// See [`DropReason::means`].
        ShieldHostname = "shield_hostname", "The host is not on the site's list of hostnames.";
        /// See [`DropReason::means`].
        NotPlanned = "not_planned", "The plan is strict and does not name this event.";
        /// See [`DropReason::means`].
        PersonalName = "personal_name", "The event's name looks like personal data.";
        /// See [`DropReason::means`].
        Gpc = "gpc", "The browser objects to collection (Global Privacy Control) and the site drops such events.";
        /// See [`DropReason::means`].
        Duplicate = "duplicate", "An event with the same insert id was stored within the last day.";
        /// See [`DropReason::means`].
        RateLimited = "rate_limited", "The network or the site sent more than its limit.";
        /// See [`DropReason::means`].
        TooOld = "too_old", "The event happened before the recent window or lies in the future.";
        /// See [`DropReason::means`].
        Verification = "verification", "A check of the installation, not a visit.";
        /// See [`DropReason::means`].
        Invalid = "invalid", "The event could not be understood.";
    }
}

reasons! {
    /// What was changed or left out of an event that was stored.
    Rewrite {
        /// See [`Rewrite::means`].
        RareWord = "rare_word", "A value was replaced by (rare): too few people were seen with it so far.";
        /// See [`Rewrite::means`].
        PathTemplate = "path_template", "A path was shortened to its longest admitted prefix.";
        /// See [`Rewrite::means`].
        PersonalValue = "personal_value", "A value looked like personal data and was left out.";
        /// See [`Rewrite::means`].
        PersonalProperty = "personal_property", "A property named like personal data was left out.";
        /// See [`Rewrite::means`].
        QueryDropped = "query_dropped", "Query parameters other than campaign parameters were left out.";
        /// See [`Rewrite::means`].
        UnplannedProperty = "unplanned_property", "The plan is strict and does not name this property.";
        /// See [`Rewrite::means`].
        PropertyLimit = "property_limit", "More properties than the limit: the surplus was left out.";
        /// See [`Rewrite::means`].
        InvalidRevenue = "invalid_revenue", "Revenue without a known currency or amount was left out.";
        /// See [`Rewrite::means`].
        CountOnly = "count_only", "Counted without a visitor number, because the browser asked for privacy.";
        /// See [`Rewrite::means`].
        Late = "late", "Came after its day's grace: counted on the day it arrived, without a visitor number.";
        /// See [`Rewrite::means`].
        VocabularyFull = "vocabulary_full", "The site's vocabulary for this attribute is full.";
    }
}
