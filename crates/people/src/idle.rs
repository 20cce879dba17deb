//! Members who have not been there for long: looked for a few at a time, without a list of them being kept.

use std::sync::Arc;

use outis_event::{Day, SiteId};
use outis_keys::{KeyName, Purpose as KeyPurpose};

use crate::PeopleError;
use crate::member::site_of;
use crate::people::{Active, People};

/// How far a look through the members of a site has come. It is in memory only.
#[derive(Clone, Copy, Debug, Default)]
pub struct LookedAt(Option<KeyName>);

/// What a look found.
#[derive(Debug)]
pub struct Idle {
    /// Members who were last active before the day that was asked about.
    pub members: Vec<Arc<Active>>,
    /// For how many days the one who was away longest has been, of those who were looked at and stay.
    pub longest_days: u32,
    /// Where to go on; `None`: all were looked at.
    pub next: Option<LookedAt>,
}

impl People {
    /// Looks at up to `most` members of a site, behind those looked at before, for up to `enough` who were last active
    /// before `since`. Of whom no day is known, the days count from today on.
    ///
    /// # Errors
    /// When database or key tree refuse.
    pub async fn look_for_idle(
        &self,
        site: SiteId,
        from: LookedAt,
        since: Day,
        today: Day,
        (most, enough): (usize, usize),
    ) -> Result<Idle, PeopleError> {
        let mut names = self.keys.list(KeyPurpose::Member).await?;
        names.retain(|name| site_of(name) == site && from.0.is_none_or(|before| *name > before));
        names.sort_unstable();
        let mut idle = Idle { members: Vec::new(), longest_days: 0, next: None };
        for (at, name) in names.iter().enumerate() {
            if at == most || idle.members.len() == enough {
                idle.next = Some(LookedAt(Some(names[at - 1])));
                break;
            }
            let Some(last) = self.last_day(*name, today).await? else { continue };
            if last >= since {
                idle.longest_days = idle.longest_days.max(u32::try_from(today.0 - last.0).unwrap_or(0));
            } else if let Some(active) = self.load(*name).await? {
                idle.members.push(active);
            }
        }
        Ok(idle)
    }

    /// The last day on which a member is known to have been active; `None` if there is no such member.
    async fn last_day(&self, name: KeyName, today: Day) -> Result<Option<Day>, PeopleError> {
        let Some(seen) = self.peek(name).await? else { return Ok(None) };
        if seen.said || seen.last().is_none() {
            // Something was said since the last look, or nothing is known: from today on.
            let Some(active) = self.load(name).await? else { return Ok(None) };
            self.noticed(&active, today).await?;
            return Ok(Some(today));
        }
        Ok(seen.last())
    }
}

/// What is looked at of a member.
pub(crate) struct Seen {
    /// They stated something since that was last noticed.
    pub(crate) said: bool,
    pub(crate) noticed: Option<Day>,
    pub(crate) acted: Option<Day>,
}

impl Seen {
    fn last(&self) -> Option<Day> {
        self.noticed.max(self.acted)
    }
}
