//! What a call is about, as types: the permission that staff need for it, and the scope that programs do.

use crate::control::{Permission, Scope};

/// A right that a handler asks for by taking a [`May`](super::auth::May) of it.
pub(crate) trait Right: Send + 'static {
    /// What staff need.
    const PERMISSION: Permission;
    /// What programs need; `None`: it is for staff only.
    const SCOPE: Option<Scope>;
}

macro_rules! rights {
    ($($right:ident: $scope:expr;)+) => {$(
        pub(crate) struct $right;

        impl Right for $right {
            const PERMISSION: Permission = Permission::$right;
            const SCOPE: Option<Scope> = $scope;
        }
    )+};
}

rights! {
    AskQuestions: Some(Scope::Stats);
    Define: Some(Scope::Sites);
    ReadSettings: Some(Scope::Sites);
    Configure: Some(Scope::Sites);
    AddSites: None;
    SeeTestEvents: None;
    Purge: Some(Scope::Sites);
    SeeRetention: Some(Scope::Stats);
    SeeKeys: None;
    SeeTeam: None;
    SeeByCode: None;
    Erase: Some(Scope::People);
    SeePrivacy: None;
    SeeItems: Some(Scope::Items);
    EditItems: Some(Scope::Items);
    SeeEgress: None;
}

/// To have a question in words understood: of staff only, as what they write may be anything.
pub(super) struct AskInWords;

impl Right for AskInWords {
    const PERMISSION: Permission = Permission::AskQuestions;
    const SCOPE: Option<Scope> = None;
}
