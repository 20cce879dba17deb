//! The only home of personal data: who signed in, what they stated, what they consented to, and how all of it is
//! destroyed.
//!
//! A member is known by one key of the [key tree](outis_keys::Keys). Its name is a keyed hash of the site and the id
//! that the application has for the member, and lies in the tree's sealed buckets; everything else about the member is
//! sealed under that key and lies under names derived from it. Without the key nothing says whose a record is, that
//! two records are of one member, or that somebody ever was one.

mod code;
mod consent;
mod earlier;
mod error;
mod export;
mod forget;
mod idle;
mod learner;
mod marks;
mod member;
mod people;
mod profile;
mod results;
#[cfg(test)]
mod tests;
mod token;
mod vault;

pub use code::SupportCode;
pub use consent::{Consent, Consents, NoPurpose, Purpose};
pub use earlier::{Kept, settle};
pub use error::PeopleError;
pub use export::{Activity, Held};
pub use forget::{Aftermath, AftermathError, DayVisitor, Erased, Forgotten, Mode, Order, Trace};
pub use idle::{Idle, LookedAt};
pub use learner::{Learner, Who};
pub use marks::MarkState;
pub use member::{ExternalId, Member, MemberDay};
pub use people::{Active, ChangeError, People};
pub use profile::{MOST_TEXTS, MOST_VALUES, Preference, Preferences, Profile, ProfileError, Stated};
pub use token::{Claims, Issuer, IssuerError, Refused, Token, claimed_audience};
pub use vault::{DatabaseError, Host, Server, Vault, check_empty, put_back, reach};
