//! What is told to the command line and to the dashboard alike: of the key tree counts and ages, never a name; and accounts.

use std::time::SystemTime;

use outis_keys::{Mirrored, Purpose, PurposeState, TreeState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::config::Config;
use crate::control::{Roles, Staff};

/// A header that a page of another origin cannot send without asking, which the admin listener does not answer.
pub(crate) const COMMAND_HEADER: &str = "x-outis-command";
/// Staff are told how many members there are in steps of so many.
const STEP: usize = 10;

/// How many members there are, as staff are told it: so that nobody's coming or going is seen.
pub(crate) fn in_steps(members: usize) -> usize {
    members - members % STEP
}

/// The key tree and its age.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub(crate) struct KeysTold {
    /// What holds the root.
    pub(crate) provider: String,
    /// How often the root was replaced.
    pub(crate) epoch: u64,
    /// When the root was last replaced, in seconds since 1970, to the minute; null if that is not known.
    pub(crate) replaced_s: Option<u64>,
    /// How long an escrow copy of an old root may exist, in seconds.
    pub(crate) escrow_window_s: u64,
    /// Keys that nobody can get any more and that wait to be destroyed.
    pub(crate) retired: usize,
    /// What is doubtful about the slot or about memory.
    pub(crate) doubts: Vec<String>,
    /// Every purpose of which there are keys.
    pub(crate) purposes: Vec<PurposeTold>,
}

/// An account, for whoever runs the machine.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct UserTold {
    pub(crate) email: String,
    pub(crate) roles: Roles,
}

impl UserTold {
    pub(crate) fn of(staff: &Staff) -> UserTold {
        UserTold { email: staff.email.clone(), roles: staff.roles.clone() }
    }
}

/// The keys of a purpose.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub(crate) struct PurposeTold {
    /// What they protect.
    pub(crate) purpose: String,
    /// How many there are.
    pub(crate) keys: usize,
    /// Whole days since the oldest was made; null if that is not known or not told.
    pub(crate) oldest_days: Option<u16>,
    /// Whole days since the youngest was made; null if that is not known or not told.
    pub(crate) youngest_days: Option<u16>,
}

impl KeysTold {
    /// Everything, for whoever runs the server.
    pub(crate) fn of(state: &TreeState, config: &Config) -> KeysTold {
        let since = |at: SystemTime| at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let unlocked = (!state.locked).then(|| {
            "not all keys are locked in memory and may be swapped out: raise the limit of locked memory".to_owned()
        });
        let behind = (state.mirror == Mirrored::Behind).then(|| {
            "the mirror of the key tree cannot be written: see that keys.mirror_dir is there and has room".to_owned()
        });
        KeysTold {
            provider: state.slot.provider.word().to_owned(),
            epoch: state.epoch,
            replaced_s: state.replaced.map(since),
            escrow_window_s: config.keys.escrow_window.duration().as_secs(),
            retired: state.retired,
            doubts: state.slot.doubt.map(|doubt| doubt.to_string()).into_iter().chain(unlocked).chain(behind).collect(),
            purposes: state.purposes.iter().map(PurposeTold::of).collect(),
        }
    }

    /// For staff: members only in steps and without ages, and nothing of those who are just leaving, of whom rows are
    /// hidden or who took something back, so that nobody's coming or going is seen.
    pub(crate) fn for_staff(mut self) -> KeysTold {
        self.retired = 0;
        for told in self.purposes.iter_mut().filter(|told| told.purpose == Purpose::Member.word()) {
            told.keys = in_steps(told.keys);
            (told.oldest_days, told.youngest_days) = (None, None);
        }
        let leaving = [Purpose::Job, Purpose::Hidden, Purpose::Withdrawn].map(Purpose::word);
        self.purposes.retain(|told| told.keys > 0 && !leaving.contains(&told.purpose.as_str()));
        self
    }
}

impl PurposeTold {
    fn of(state: &PurposeState) -> PurposeTold {
        PurposeTold {
            purpose: state.purpose.word().to_owned(),
            keys: state.keys,
            oldest_days: state.oldest_days,
            youngest_days: state.youngest_days,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staff_do_not_see_one_member_come_or_go() {
        let told = |members: usize, files: usize, retired: usize| KeysTold {
            provider: "file".to_owned(),
            epoch: 7,
            replaced_s: Some(60),
            escrow_window_s: 0,
            retired,
            doubts: Vec::new(),
            purposes: [(Purpose::File, files), (Purpose::Member, members)]
                .map(|(purpose, keys)| PurposeTold {
                    purpose: purpose.word().to_owned(),
                    keys,
                    oldest_days: Some(4),
                    youngest_days: Some(members as u16 % 3),
                })
                .into(),
        };
        let without_days =
            |told: KeysTold| told.for_staff().purposes.into_iter().map(|p| (p.purpose, p.keys)).collect();
        let (more, fewer): (Vec<_>, Vec<_>) = (without_days(told(127, 3, 0)), without_days(told(126, 3, 1)));
        assert_ne!(told(127, 3, 0).purposes, told(126, 3, 1).purposes, "the operator sees it");
        assert_eq!(more, fewer);
        assert_eq!(more, [("warehouse files".to_owned(), 3), ("members".to_owned(), 120)]);
        let mut leaving = told(127, 3, 0);
        for purpose in [Purpose::Hidden, Purpose::Job, Purpose::Withdrawn] {
            let of = PurposeTold { purpose: purpose.word().to_owned(), ..leaving.purposes[0].clone() };
            leaving.purposes.push(of);
        }
        assert_eq!(without_days(leaving), more);
        let staff = told(127, 3, 1).for_staff();
        assert_eq!((staff.retired, staff.purposes[1].youngest_days), (0, None));
        assert_eq!(told(9, 3, 0).for_staff().purposes.len(), 1);
    }
}
