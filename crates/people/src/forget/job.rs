//! What is left to do about somebody who is being forgotten.

use outis_event::{Day, Pseudonym, SiteId};
use outis_keys::{DataKey, KeyError, KeyName, Purpose};
use serde::{Deserialize, Serialize};

use super::{DayVisitor, Mode, Order, Trace};
use crate::member::{Member, site_of};
use crate::vault::{Field, Place, open, seal};
use crate::{Active, PeopleError};

const JOB: &[u8] = b"outis/people/v1/job";

/// The work. It names the member, so it is sealed under a key of its own that goes with it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Job {
    #[serde(skip)]
    pub(super) id: [u8; 16],
    label: [u8; 16],
    pub(super) records: Vec<[u8; 16]>,
    pub(super) days: Vec<DayVisitor>,
    pseudonyms: Vec<Pseudonym>,
    mode: Mode,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Job(..)")
    }
}

/// The name of the key of a job.
pub(super) fn key_name(id: [u8; 16]) -> KeyName {
    KeyName { purpose: Purpose::Job, label: id }
}

impl Job {
    /// The work about a member.
    pub(super) fn of(active: &Active, order: &Order) -> Result<Job, PeopleError> {
        let member = active.member()?;
        let days = active.day_visitors(order.oldest(), order.today)?;
        let mut pseudonyms: Vec<Pseudonym> = days.iter().map(|at| member.pseudonym(at.day)).collect();
        pseudonyms.sort_unstable();
        pseudonyms.dedup();
        Ok(Job {
            id: random_id()?,
            label: member.name.label,
            records: Field::ALL.map(|field| Place::of(&member.key, field).id).to_vec(),
            days,
            pseudonyms,
            mode: order.mode,
        })
    }

    /// The same work about somebody who is no member, as if they had been here on these days: the numbers and records
    /// of a member whom nobody ever was.
    pub(super) fn of_nobody(stand_in: &Member, days: &[Day], order: &Order) -> Result<Job, PeopleError> {
        let mut days: Vec<Day> = days.iter().copied().chain([order.today]).collect();
        days.sort_unstable();
        days.dedup();
        let mut pseudonyms: Vec<Pseudonym> = days.iter().map(|day| stand_in.pseudonym(*day)).collect();
        pseudonyms.dedup();
        Ok(Job {
            id: random_id()?,
            label: stand_in.name.label,
            records: Field::ALL.map(|field| Place::of(&stand_in.key, field).id).to_vec(),
            days: days.iter().map(|day| DayVisitor { day: *day, visitor: stand_in.day(*day).visitor }).collect(),
            pseudonyms,
            mode: order.mode,
        })
    }

    pub(super) fn sealed(&self, key: &DataKey) -> Result<Vec<u8>, PeopleError> {
        seal(&Place::under(key, JOB), self)
    }

    pub(super) fn open(id: [u8; 16], key: &DataKey, sealed: &[u8]) -> Result<Job, PeopleError> {
        let job: Job = open(&Place::under(key, JOB), sealed)?;
        Ok(Job { id, ..job })
    }

    pub(super) fn key_name(&self) -> KeyName {
        key_name(self.id)
    }

    pub(super) fn member(&self) -> KeyName {
        KeyName { purpose: Purpose::Member, label: self.label }
    }

    pub(super) fn site(&self) -> SiteId {
        site_of(&self.member())
    }

    pub(super) fn trace(&self) -> Trace {
        Trace { site: self.site(), days: self.days.clone(), pseudonyms: self.pseudonyms.clone(), mode: self.mode }
    }
}

fn random_id() -> Result<[u8; 16], PeopleError> {
    let mut id = [0; 16];
    aws_lc_rs::rand::fill(&mut id).map_err(|_| KeyError::Random)?;
    Ok(id)
}
