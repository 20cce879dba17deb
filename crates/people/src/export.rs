//! Everything that is held about a member, as it is told to them.

use outis_event::Day;
use serde::Serialize;

use crate::profile::{Preference, Preferences};
use crate::{Consents, MarkState, Profile, Stated};

/// Everything that is held about a member, besides the rows of open days, which lie elsewhere.
#[derive(Serialize)]
pub struct Held {
    /// The application's id.
    pub id: String,
    /// The institution they belong to.
    pub customer: Option<String>,
    /// What they stated here.
    pub stated: Stated,
    /// What the application says of them.
    pub stated_by_application: Stated,
    /// Items they like.
    pub likes: Vec<String>,
    /// Items they bookmarked.
    pub bookmarks: Vec<String>,
    /// Items that are not suggested to them.
    pub hidden: Vec<String>,
    /// What they agreed to.
    pub consents: Consents,
    /// The day on which it was last noticed that they stated something: for the deletion of what is not used.
    pub noticed: Option<String>,
    /// What is known of when they were active.
    pub activity: Option<Activity>,
}

/// What is known of when a member was active: no more than marks need.
#[derive(Serialize)]
pub struct Activity {
    /// The Monday that their cohort begins with.
    pub cohort: String,
    /// The first active day.
    pub first_day: String,
    /// The last one.
    pub last_day: String,
}

impl Held {
    pub(crate) fn new(
        profile: &Profile,
        preferences: &Preferences,
        consents: &Consents,
        marks: Option<&MarkState>,
        noticed: Option<Day>,
    ) -> Held {
        let list = |kind| preferences.of(kind).iter().cloned().collect();
        Held {
            id: profile.external.clone(),
            customer: profile.customer.clone(),
            stated: profile.stated.clone(),
            stated_by_application: profile.claimed.clone(),
            likes: list(Preference::Like),
            bookmarks: list(Preference::Bookmark),
            hidden: list(Preference::Hidden),
            consents: consents.clone(),
            noticed: noticed.map(|day| day.date().to_string()),
            activity: marks.map(|marks| {
                let (first, last) = marks.days();
                Activity {
                    cohort: Day::of_week(first.week()).date().to_string(),
                    first_day: first.date().to_string(),
                    last_day: last.date().to_string(),
                }
            }),
        }
    }
}
