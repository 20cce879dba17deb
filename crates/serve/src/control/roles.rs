//! Roles of staff and what each may do: the one table of it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a member of staff is here for. Somebody may have several roles, and then may do what any of them may.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, clap::ValueEnum, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Runs sites and accounts.
    Owner,
    /// Asks questions and saves what is asked again.
    Analyst,
    /// Asks questions.
    Viewer,
    /// Helps members who hand over a code.
    Support,
    /// Sees to the rights of members, apart from whoever runs the rest.
    PrivacyOfficer,
}

/// Something that staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Permission {
    /// Ask questions of statistics, and see what is collected.
    AskQuestions,
    /// Save goals, funnels, segments and the like.
    Define,
    /// See settings, plan and the ledger of noise.
    ReadSettings,
    /// Change settings, plan and the keys of identity tokens.
    Configure,
    /// Register sites.
    AddSites,
    /// See what a developer's own test events became.
    SeeTestEvents,
    /// Purge captured mistakes.
    Purge,
    /// See how old the oldest thing in each store is.
    SeeRetention,
    /// See how old the key tree is, and how many keys of what there are.
    SeeKeys,
    /// See who has an account, and with which roles.
    SeeTeam,
    /// Give and take every role but the privacy officer's.
    GiveRoles,
    /// Give and take the privacy officer's role.
    AppointOfficers,
    /// See what a member sees of themselves, by the code that they hand over.
    SeeByCode,
    /// Have somebody forgotten, and see the state of such requests.
    Erase,
    /// See what is held of members in counts, and who of the staff did what.
    SeePrivacy,
    /// See the whole catalogue of items and tags.
    SeeItems,
    /// Change items and tags.
    EditItems,
    /// See where something may go, and what went there.
    SeeEgress,
}

impl Role {
    /// Every role.
    pub(crate) const ALL: [Role; 5] = [Role::Owner, Role::Analyst, Role::Viewer, Role::Support, Role::PrivacyOfficer];

    /// What the role may do.
    pub(crate) const fn permissions(self) -> &'static [Permission] {
        use Permission::{
            AddSites, AppointOfficers, AskQuestions, Configure, Define, EditItems, Erase, GiveRoles, Purge,
            ReadSettings, SeeByCode, SeeEgress, SeeItems, SeeKeys, SeePrivacy, SeeRetention, SeeTeam, SeeTestEvents,
        };
        match self {
            Role::Owner => &[
                AskQuestions,
                Define,
                ReadSettings,
                Configure,
                AddSites,
                SeeTestEvents,
                Purge,
                SeeRetention,
                SeeKeys,
                SeeTeam,
                GiveRoles,
                SeeItems,
                EditItems,
                SeeEgress,
            ],
            Role::Analyst => &[AskQuestions, Define, ReadSettings, SeeTestEvents, SeeRetention, SeeItems, EditItems],
            Role::Viewer => &[AskQuestions, SeeRetention, SeeItems],
            Role::Support => &[SeeByCode],
            Role::PrivacyOfficer => {
                &[ReadSettings, Purge, SeeRetention, SeeKeys, SeeTeam, AppointOfficers, Erase, SeePrivacy, SeeEgress]
            }
        }
    }

    /// Its name in interfaces.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Analyst => "analyst",
            Role::Viewer => "viewer",
            Role::Support => "support",
            Role::PrivacyOfficer => "privacy_officer",
        }
    }

    /// The permission that giving and taking this role needs.
    const fn given_by(self) -> Permission {
        match self {
            Role::PrivacyOfficer => Permission::AppointOfficers,
            Role::Owner | Role::Analyst | Role::Viewer | Role::Support => Permission::GiveRoles,
        }
    }
}

/// The roles of somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Roles(BTreeSet<Role>);

impl Roles {
    /// Those of the first account, and of accounts from before there were roles: all that there is to decide.
    pub(crate) fn of_the_first() -> Roles {
        Roles(BTreeSet::from([Role::Owner, Role::PrivacyOfficer]))
    }

    /// True if any of them may do it.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.0.iter().any(|role| role.permissions().contains(&permission))
    }

    /// Everything that they may do.
    pub(crate) fn permissions(&self) -> BTreeSet<Permission> {
        self.0.iter().flat_map(|role| role.permissions()).copied().collect()
    }

    /// True if this is one of them.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// True if there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Role> {
        self.0.iter().copied()
    }

    /// True if somebody with these roles may make another's roles `after` where they were `before`.
    pub(crate) fn may_change(&self, before: &Roles, after: &Roles) -> bool {
        before.0.symmetric_difference(&after.0).all(|role| self.may(role.given_by()))
    }

    /// Their names.
    pub(crate) fn words(&self) -> String {
        self.iter().map(Role::word).collect::<Vec<_>>().join(", ")
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<T: IntoIterator<Item = Role>>(roles: T) -> Roles {
        Roles(roles.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(of: &[Role]) -> Roles {
        of.iter().copied().collect()
    }

    #[test]
    fn owner_and_privacy_officer_have_no_rights_over_members_or_settings_by_the_other() {
        use Permission::{AppointOfficers, Configure, Erase, GiveRoles, SeeByCode, SeePrivacy};
        let (owner, officer) = (roles(&[Role::Owner]), roles(&[Role::PrivacyOfficer]));
        for of_officers in [Erase, SeePrivacy, AppointOfficers, SeeByCode] {
            assert!(!owner.may(of_officers), "{of_officers:?}");
        }
        for of_owners in [Configure, GiveRoles, SeeByCode, Permission::AskQuestions] {
            assert!(!officer.may(of_owners), "{of_owners:?}");
        }
    }

    #[test]
    fn nobody_makes_themselves_what_they_are_not() {
        let (owner, officer, none) = (roles(&[Role::Owner]), roles(&[Role::PrivacyOfficer]), Roles::default());
        let both = roles(&[Role::Owner, Role::PrivacyOfficer]);
        assert!(!owner.may_change(&owner, &both) && !officer.may_change(&officer, &both));
        assert!(!owner.may_change(&officer, &none), "an owner does not remove a privacy officer");
        assert!(owner.may_change(&none, &roles(&[Role::Support, Role::Owner])));
        assert!(officer.may_change(&none, &officer) && both.may_change(&both, &none));
        for other in [Role::Analyst, Role::Viewer, Role::Support] {
            let other = roles(&[other]);
            assert!(!other.may_change(&none, &other) && other.may_change(&other, &other));
        }
    }

    #[test]
    fn names_are_written_as_they_are_read() {
        for role in Role::ALL {
            assert_eq!(serde_json::to_value(role).expect("json"), role.word());
        }
    }
}
