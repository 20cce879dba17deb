//! An earlier state of the database of members: what of it is somebody's still.

use std::collections::HashSet;

use outis_keys::{Keys, Purpose};

use crate::people::{COHORTS, COMMON, owner, withdrawn, without_consents};
use crate::vault::{Change, Database, Field, Place};
use crate::{PeopleError, Vault};

/// What of an earlier state is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Members of whom something is there.
    pub members: usize,
    /// Members who came since: their key is there, and nothing else.
    pub without_records: usize,
}

/// Removes from a database that was put back whatever no key of a living member names: records of those who were
/// forgotten since, which nothing opens. Whoever ever took a consent back has given none: they may have taken back
/// another since. To be called before members are let in.
///
/// How many were removed is not told: it would tell how many left.
///
/// # Errors
/// When database or key tree refuse.
pub async fn settle(vault: &Vault, keys: &dyn Keys) -> Result<Kept, PeopleError> {
    let database = Database::open(vault).await?;
    let common = keys.get_or_create(COMMON).await?;
    database.must_belong_to(owner(&common)).await?;
    let there: HashSet<[u8; 16]> = database.ids().await?.into_iter().collect();
    let (mut named, mut change) = (HashSet::from([Place::under(&common, COHORTS).id]), Change::default());
    let mut kept = Kept { members: 0, without_records: 0 };
    for name in keys.list(Purpose::Member).await? {
        let Some(key) = keys.get(name).await? else { continue };
        let ids = Field::ALL.map(|field| Place::of(&key, field).id);
        match ids.iter().any(|id| there.contains(id)) {
            true => kept.members += 1,
            false => kept.without_records += 1,
        }
        named.extend(ids);
        if keys.get(withdrawn(name)).await?.is_some() {
            let place = Place::of(&key, Field::Profile);
            if let Some(sealed) = database.record(&place.id).await? {
                change.put.extend(without_consents(&key, &sealed)?.map(|sealed| (place.id, sealed)));
            }
        }
    }
    change.remove = there.into_iter().filter(|id| !named.contains(id)).collect();
    database.commit(&change).await?;
    Ok(kept)
}
