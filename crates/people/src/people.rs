//! Members who are there: found by token or id, changed, and written.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use hashlink::LruCache;
use outis_disclose::Pii;
use outis_event::{Day, Marks, Site, SiteId, Timestamp};
use outis_keys::{DataKey, KeyError, KeyName, Keys, Purpose as KeyPurpose};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::code::Codes;
use crate::consent::{Consents, Purpose};
use crate::forget::Job;
use crate::idle::Seen;
use crate::learner::{Learner, who};
use crate::marks::{Cohorts, MarkState};
use crate::member::{ExternalId, Index, Member, site_of};
use crate::profile::{Preference, Preferences, Profile, ProfileError, Stated};
use crate::results::Results;
use crate::vault::{Change, Database, Field, Place, Sealed, open, seal};
use crate::{Claims, Held, PeopleError, SupportCode, Vault};

/// Members held in memory. Others are read when they come.
const MOST_HELD: usize = 20_000;
/// Among so many of those who were here last, one is drawn whose days a stand-in has.
const MOST_LATELY: usize = 64;
/// Cohorts that are told are no smaller than this, or than the site's floor.
const LEAST_COHORT: u32 = 5;

/// A record with who they are and what they agreed to: it changes when they say something.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Identity {
    profile: Profile,
    pub(crate) consents: Consents,
    /// They stated something since that was last noticed.
    #[serde(default)]
    said: bool,
    /// The day on which that was last noticed: for the deletion of what is not used.
    #[serde(default)]
    noticed: Option<Day>,
}

/// What is held of a member, in memory.
struct State {
    identity: Identity,
    preferences: Preferences,
    marks: Option<MarkState>,
    /// Forgotten: nothing may be read or written any more.
    gone: bool,
    /// Records whose last change is not in the database: it refused, so the next change writes them even if it is none.
    unwritten: BTreeSet<Field>,
}

impl State {
    fn new(identity: Identity, preferences: Preferences, marks: Option<MarkState>) -> State {
        State { identity, preferences, marks, gone: false, unwritten: BTreeSet::new() }
    }
}

/// A member who is there. Whoever holds one may still find them [gone](PeopleError::Gone).
pub struct Active {
    pub(crate) member: Member,
    state: Mutex<State>,
    /// Orders writes, so that an older state never replaces a newer one.
    pub(crate) writing: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Active {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Active(..)")
    }
}

/// Members, and everything personal that is kept.
pub struct People {
    pub(crate) keys: Arc<dyn Keys>,
    pub(crate) database: Database,
    index: Index,
    /// Seals what is about members of a site, but of none of them.
    common: DataKey,
    held: Mutex<LruCache<KeyName, Arc<Active>>>,
    /// Whose marks are not written yet.
    dirty: Mutex<HashMap<KeyName, Arc<Active>>>,
    /// Being forgotten: their keys are still in the tree, for some seconds at most.
    pub(crate) leaving: Mutex<HashSet<KeyName>>,
    /// Work of forgetting that database or key tree refused on the way.
    pub(crate) unfinished: Mutex<Vec<Job>>,
    cohorts: Mutex<BTreeMap<SiteId, Cohorts>>,
    codes: Codes,
    results: Results,
    pub(crate) learner: OnceLock<Arc<dyn Learner>>,
    /// One at a time makes a member, so that nobody is made twice.
    making: tokio::sync::Mutex<()>,
}

const INDEX: KeyName = KeyName { purpose: KeyPurpose::Control, label: *b"people/index\0\0\0\0" };
pub(crate) const COMMON: KeyName = KeyName { purpose: KeyPurpose::Control, label: *b"people/common\0\0\0" };
pub(crate) const COHORTS: &[u8] = b"outis/people/v1/cohorts";

/// What a vault is marked with, so that no other key tree's server takes it for its own.
pub(crate) fn owner(common: &DataKey) -> [u8; 16] {
    Place::under(common, b"outis/people/v1/owner").id
}

/// The name of the mark that the member of this key took something back.
pub(crate) fn withdrawn(member: KeyName) -> KeyName {
    KeyName { purpose: KeyPurpose::Withdrawn, ..member }
}

/// A sealed profile without any consent that was given; `None` if there is none such.
pub(crate) fn without_consents(key: &DataKey, sealed: &[u8]) -> Result<Option<Vec<u8>>, PeopleError> {
    let place = Place::of(key, Field::Profile);
    let mut identity: Identity = open(&place, sealed)?;
    if !identity.consents.withdraw_all() {
        return Ok(None);
    }
    Ok(Some(seal(&place, &identity)?))
}

impl People {
    /// Opens what is kept of members in this vault.
    ///
    /// # Errors
    /// When database or key tree refuse, the database is of a newer version, or belongs to another key tree.
    pub async fn open(vault: &Vault, keys: Arc<dyn Keys>) -> Result<People, PeopleError> {
        let database = Database::open(vault).await?;
        let index = Index::new(&keys.get_or_create(INDEX).await?);
        let common = keys.get_or_create(COMMON).await?;
        database.must_belong_to(owner(&common)).await?;
        let place = Place::under(&common, COHORTS);
        let cohorts: BTreeMap<u32, Cohorts> = match database.record(&place.id).await? {
            Some(sealed) => open(&place, &sealed)?,
            None => BTreeMap::new(),
        };
        Ok(People {
            keys,
            database,
            index,
            common,
            held: Mutex::new(LruCache::new(MOST_HELD)),
            dirty: Mutex::default(),
            leaving: Mutex::default(),
            unfinished: Mutex::default(),
            cohorts: Mutex::new(cohorts.into_iter().map(|(site, cohorts)| (SiteId(site), cohorts)).collect()),
            codes: Codes::default(),
            results: Results::default(),
            learner: OnceLock::new(),
            making: tokio::sync::Mutex::default(),
        })
    }

    /// Copies the database, as it is at this moment, into a new file of SQLite, whichever kind the vault is of.
    ///
    /// # Errors
    /// When the file is there, or cannot be written.
    pub async fn copy_to(&self, file: &Path) -> Result<(), PeopleError> {
        self.database.copy_to(file).await
    }

    /// The name of a member's key, whether there is such a member or not.
    pub(crate) fn name(&self, site: SiteId, id: &ExternalId) -> KeyName {
        self.index.name(site, id)
    }

    /// The member that a token speaks of, made if there is none. What the token says takes the place of what the last
    /// one said.
    ///
    /// # Errors
    /// When database or key tree refuse.
    pub async fn enter(&self, site: SiteId, claims: Claims) -> Result<Arc<Active>, PeopleError> {
        let claimed = Claimed::new(&claims);
        let active = match self.find(site, &claims.subject).await? {
            Some(active) => active,
            None => self.make(site, &claims.subject, &claimed).await?,
        };
        let changed = {
            let mut state = active.state()?;
            let is_unwritten = state.unwritten.contains(&Field::Profile);
            let profile = &mut state.identity.profile;
            let changed = is_unwritten || profile.claimed != claimed.stated || profile.customer != claimed.customer;
            profile.claimed = claimed.stated;
            profile.customer = claimed.customer;
            changed
        };
        if changed {
            self.write(&active, Field::Profile).await?;
        }
        Ok(active)
    }

    /// The member whom the application knows by this id, made if there is none: a backend may speak for a member before
    /// they come.
    ///
    /// # Errors
    /// When database or key tree refuse.
    pub async fn find_or_make(&self, site: SiteId, id: &ExternalId) -> Result<Arc<Active>, PeopleError> {
        match self.find(site, id).await? {
            Some(active) => Ok(active),
            None => self.make(site, id, &Claimed { stated: Stated::default(), customer: None }).await,
        }
    }

    /// The member whom the application knows by this id, if they are one.
    ///
    /// # Errors
    /// When database or key tree refuse, or a record does not open.
    pub async fn find(&self, site: SiteId, id: &ExternalId) -> Result<Option<Arc<Active>>, PeopleError> {
        self.load(self.index.name(site, id)).await
    }

    /// The member of the site who issued this code, while it lasts; it is good once.
    ///
    /// # Errors
    /// As [`People::find`].
    pub async fn take_by_code(
        &self,
        site: SiteId,
        code: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<Active>>, PeopleError> {
        match self.codes.take(code, now, |name| site_of(name) == site) {
            Some(name) => self.load(name).await,
            None => Ok(None),
        }
    }

    /// A code by which support sees, once and within ten minutes, what is held about the member.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn issue_code(&self, active: &Active, now: Timestamp) -> Result<SupportCode, PeopleError> {
        drop(active.state()?);
        self.codes.issue(active.member.name, now).ok_or(PeopleError::Keys(KeyError::Random))
    }

    /// Remembers for a day, in memory only, that a request is about these members.
    pub fn offer_results(&self, request: [u8; 16], about: &[Arc<Active>], now: Timestamp) {
        self.results.put(request, about.iter().map(|active| active.member.name).collect(), now);
    }

    /// The members of the site whom a request is about and who are still there; `None` if it is not remembered.
    ///
    /// # Errors
    /// As [`People::find`].
    pub async fn results(
        &self,
        site: SiteId,
        request: &[u8; 16],
        now: Timestamp,
    ) -> Result<Option<Vec<Arc<Active>>>, PeopleError> {
        let Some(names) = self.results.of(request, now) else { return Ok(None) };
        let mut found = Vec::new();
        for name in names.into_iter().filter(|name| site_of(name) == site) {
            found.extend(self.load(name).await?);
        }
        Ok(Some(found))
    }

    pub(crate) async fn load(&self, name: KeyName) -> Result<Option<Arc<Active>>, PeopleError> {
        if self.leaving.lock().contains(&name) {
            return Ok(None);
        }
        let unwritten = self.dirty.lock().get(&name).cloned();
        if let Some(active) = unwritten.or_else(|| self.held.lock().get(&name).cloned()) {
            return Ok(Some(active));
        }
        let Some(key) = self.keys.get(name).await? else { return Ok(None) };
        let identity: Option<Identity> = self.read(&key, Field::Profile).await?;
        // A key without a profile: the machine stopped while the member was being made.
        let Some(identity) = identity else { return Ok(None) };
        let preferences = self.read(&key, Field::Preferences).await?.unwrap_or_default();
        let marks = self.read::<Option<MarkState>>(&key, Field::Marks).await?.flatten();
        let state = State::new(identity, preferences, marks);
        let active = self.hold(Active::new(Member { name, key }, state));
        if self.keys.get(name).await?.is_none() {
            // Forgotten while their records were being read.
            self.held.lock().remove(&name);
            active.state.lock().gone = true;
            return Ok(None);
        }
        Ok(Some(active))
    }

    /// When a member was there, without keeping them at hand.
    pub(crate) async fn peek(&self, name: KeyName) -> Result<Option<Seen>, PeopleError> {
        let seen = |identity: &Identity, marks: Option<&MarkState>| Seen {
            said: identity.said,
            noticed: identity.noticed,
            acted: marks.map(|marks| marks.days().1),
        };
        let unwritten = self.dirty.lock().get(&name).cloned();
        if let Some(active) = unwritten.or_else(|| self.held.lock().peek(&name).cloned()) {
            let state = active.state.lock();
            return Ok((!state.gone).then(|| seen(&state.identity, state.marks.as_ref())));
        }
        let Some(key) = self.keys.get(name).await? else { return Ok(None) };
        let Some(identity) = self.read::<Identity>(&key, Field::Profile).await? else { return Ok(None) };
        let marks: Option<MarkState> = self.read(&key, Field::Marks).await?;
        Ok(Some(seen(&identity, marks.as_ref())))
    }

    /// It was noticed today that a member stated something, or that nothing is known of when they were there.
    pub(crate) async fn noticed(&self, active: &Active, today: Day) -> Result<(), PeopleError> {
        {
            let mut state = active.state()?;
            (state.identity.said, state.identity.noticed) = (false, Some(today));
        }
        self.write(active, Field::Profile).await
    }

    async fn read<T: for<'a> Deserialize<'a>>(&self, key: &DataKey, field: Field) -> Result<Option<T>, PeopleError> {
        let place = Place::of(key, field);
        let sealed = self.database.record(&place.id).await?;
        sealed.map(|sealed| open(&place, &sealed)).transpose()
    }

    /// Keeps a member at hand; if another call was faster, it is that one.
    fn hold(&self, active: Active) -> Arc<Active> {
        let mut held = self.held.lock();
        let name = active.member.name;
        if let Some(other) = held.get(&name) {
            return other.clone();
        }
        let active = Arc::new(active);
        if self.leaving.lock().contains(&name) {
            active.state.lock().gone = true;
        } else {
            held.insert(name, active.clone());
        }
        active
    }

    async fn make(&self, site: SiteId, id: &ExternalId, claimed: &Claimed) -> Result<Arc<Active>, PeopleError> {
        let _alone = self.making.lock().await;
        if let Some(active) = self.find(site, id).await? {
            return Ok(active);
        }
        let name = self.index.name(site, id);
        if self.leaving.lock().contains(&name) {
            return Err(PeopleError::Gone);
        }
        let key = self.keys.get_or_create(name).await?;
        let profile = Profile {
            external: id.expose("sealed under the member's key").to_owned(),
            customer: claimed.customer.clone(),
            stated: Stated::default(),
            claimed: claimed.stated.clone(),
        };
        let identity = Identity { profile, consents: Consents::default(), said: false, noticed: None };
        let state = State::new(identity, Preferences::default(), None);
        let active = Active::new(Member { name, key }, state);
        self.write(&active, Field::Profile).await?;
        Ok(self.hold(active))
    }

    /// The marks of something that a member does on this day; `action` is the declared action that it is. Durable
    /// with the next [`People::flush`].
    ///
    /// # Errors
    /// [`PeopleError::Gone`].
    pub fn see(&self, active: &Arc<Active>, site: &Site, day: Day, action: Option<u8>) -> Result<Marks, PeopleError> {
        let mut state = active.state()?;
        let before = state.marks.clone();
        let floor = site.policy.floor.max(LEAST_COHORT);
        let marks = match &mut state.marks {
            Some(marks) => {
                let is_told = |week| self.cohorts.lock().get(&site.id).is_some_and(|of| of.is_told(week, floor));
                marks.see(day, action, is_told)
            }
            None => {
                self.cohorts.lock().entry(site.id).or_default().join(day.week());
                let (begun, marks) = MarkState::begin(day, action);
                state.marks = Some(begun);
                marks
            }
        };
        if state.marks != before {
            self.dirty.lock().insert(active.member.name, active.clone());
        }
        Ok(marks)
    }

    /// Writes the marks that are not written yet. Gives how many members' they were.
    ///
    /// # Errors
    /// When the database refuses: they are written with the next call.
    pub async fn flush(&self) -> Result<usize, PeopleError> {
        let dirty: Vec<Arc<Active>> = self.dirty.lock().values().cloned().collect();
        if dirty.is_empty() {
            return Ok(0);
        }
        let mut change = Change::default();
        let mut written = Vec::new();
        for active in &dirty {
            let place = Place::of(&active.member.key, Field::Marks);
            let marks = active.state().ok().and_then(|state| state.marks.clone());
            let Some(marks) = marks else { continue };
            change.put.push((place.id, seal(&place, &marks)?));
            written.push((active.member.name, marks));
        }
        let place = Place::under(&self.common, COHORTS);
        let cohorts: BTreeMap<u32, Cohorts> = self.cohorts.lock().iter().map(|(site, c)| (site.0, c.clone())).collect();
        change.put.push((place.id, seal(&place, &cohorts)?));
        // Of somebody who is being forgotten meanwhile nothing may be written after their records are removed.
        let mut locks = Vec::with_capacity(dirty.len());
        for active in &dirty {
            locks.push(active.writing.lock().await);
        }
        let is_gone: HashSet<[u8; 16]> = dirty
            .iter()
            .filter(|active| active.state().is_err())
            .map(|active| Place::of(&active.member.key, Field::Marks).id)
            .collect();
        change.put.retain(|(id, _)| !is_gone.contains(id));
        self.database.commit(&change).await?;
        drop(locks);
        let mut waiting = self.dirty.lock();
        for (name, marks) in written {
            let is_same = |active: &Arc<Active>| active.state().is_ok_and(|s| s.marks.as_ref() == Some(&marks));
            if waiting.get(&name).is_none_or(|active| is_same(active) || active.state().is_err()) {
                waiting.remove(&name);
            }
        }
        Ok(dirty.len())
    }

    /// Replaces what a member stated.
    ///
    /// # Errors
    /// When it is out of bounds, the member is gone or the database refuses.
    pub async fn state(&self, active: &Active, stated: Stated) -> Result<(), ChangeError> {
        stated.check()?;
        {
            let mut state = active.state()?;
            state.identity.profile.stated = stated;
            state.identity.said = true;
        }
        Ok(self.write(active, Field::Profile).await?)
    }

    /// Takes in what a member says about an item.
    ///
    /// # Errors
    /// When it is out of bounds, the member is gone or the database refuses.
    pub async fn prefer(&self, active: &Active, kind: Preference, item: &str, said: bool) -> Result<bool, ChangeError> {
        let (changed, is_unwritten) = {
            let mut state = active.state()?;
            (state.preferences.set(kind, item, said)?, state.unwritten.contains(&Field::Preferences))
        };
        if changed || is_unwritten {
            self.write(active, Field::Preferences).await?;
            let is_written = {
                let mut state = active.state()?;
                std::mem::replace(&mut state.identity.said, true) && !state.unwritten.contains(&Field::Profile)
            };
            if !is_written {
                self.write(active, Field::Profile).await?;
            }
        }
        Ok(changed)
    }

    /// Takes in what a member says about a purpose: it holds for whatever comes next.
    ///
    /// # Errors
    /// When it is out of bounds, the member is gone or the database refuses.
    pub async fn consent(
        &self,
        active: &Active,
        purpose: Purpose,
        given: bool,
        version: u32,
        now: Timestamp,
    ) -> Result<(), ChangeError> {
        if !given {
            // An earlier state of the database, put back, does not have it; the key tree cannot be put back.
            self.keys.get_or_create(withdrawn(active.member.name)).await.map_err(PeopleError::from)?;
        }
        {
            let mut state = active.state()?;
            if !state.identity.consents.say(purpose, given, version, now) {
                return Err(ProfileError::TooManyPurposes.into());
            }
            state.identity.said = true;
        }
        Ok(self.write(active, Field::Profile).await?)
    }

    /// Writes one record of a member; durable when it returns.
    async fn write(&self, active: &Active, field: Field) -> Result<(), PeopleError> {
        let _ordered = active.writing.lock().await;
        let place = Place::of(&active.member.key, field);
        let sealed = {
            let mut state = active.state()?;
            state.unwritten.insert(field);
            match field {
                Field::Profile => seal(&place, &state.identity)?,
                Field::Preferences => seal(&place, &state.preferences)?,
                Field::Marks => seal(&place, &state.marks)?,
            }
        };
        self.database.commit(&Change { put: vec![(place.id, sealed)], ..Change::default() }).await?;
        active.state.lock().unwritten.remove(&field);
        // Within the order of writes, so that an earlier state is never told after a later one.
        self.tell(active).await
    }

    /// Tells whoever learns from it what a member says, as it is written. Of somebody who is not there any more nothing is
    /// told, though another call may hold them still.
    async fn tell(&self, active: &Active) -> Result<(), PeopleError> {
        let (Some(learner), name) = (self.learner.get(), active.member.name) else { return Ok(()) };
        if !self.is_there(name).await? {
            return Ok(());
        }
        let state = active.state()?;
        let said = state.identity.may_be_learnt_from().then_some(&state.preferences);
        learner.told(site_of(&name), who(&name), said);
        Ok(())
    }

    /// Makes a member unreachable at once: calls that hold them find them gone.
    pub(crate) async fn leave(&self, name: KeyName) {
        self.leaving.lock().insert(name);
        let held = self.held.lock().remove(&name);
        let dirty = self.dirty.lock().remove(&name);
        self.codes.withdraw(name);
        self.results.withdraw(name);
        for active in held.into_iter().chain(dirty) {
            // Waits for a write that has begun: what it writes is removed next.
            let _ordered = active.writing.lock().await;
            active.state.lock().gone = true;
        }
        self.tell_gone(name);
    }

    /// The days on which some member who was here lately was here, drawn by chance; none if nobody was.
    pub(crate) fn days_of_somebody(&self, site: SiteId, order: &crate::Order) -> Vec<Day> {
        let lately: Vec<Arc<Active>> = {
            let held = self.held.lock();
            let of_site = held.iter().rev().filter(|(name, _)| site_of(name) == site);
            of_site.take(MOST_LATELY).map(|(_, active)| active.clone()).collect()
        };
        let mut chance = [0];
        let drawn = aws_lc_rs::rand::fill(&mut chance).ok().and(lately.len().checked_sub(1));
        let Some(active) = drawn.and_then(|last| lately.get(usize::from(chance[0]) % (last + 1))) else {
            return Vec::new();
        };
        let days = active.day_visitors(order.oldest(), order.today).unwrap_or_default();
        days.into_iter().map(|at| at.day).collect()
    }

    /// The members of a site: in no order that tells anything.
    ///
    /// # Errors
    /// When the key tree refuses.
    pub async fn count(&self, site: SiteId) -> Result<usize, PeopleError> {
        let names = self.keys.list(KeyPurpose::Member).await?;
        Ok(names.iter().filter(|name| site_of(name) == site).count())
    }

    /// How many sealed records there are, of all sites.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn records(&self) -> Result<u64, PeopleError> {
        self.database.count().await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn answer(&self) -> Result<(), PeopleError> {
        self.database.answer().await
    }

    /// About how many bytes the database takes.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn bytes(&self) -> Result<u64, PeopleError> {
        self.database.bytes().await
    }
}

impl Active {
    fn new(member: Member, state: State) -> Active {
        Active { member, state: Mutex::new(state), writing: tokio::sync::Mutex::default() }
    }

    fn state(&self) -> Result<parking_lot::MappedMutexGuard<'_, State>, PeopleError> {
        let state = self.state.lock();
        if state.gone {
            return Err(PeopleError::Gone);
        }
        Ok(parking_lot::MutexGuard::map(state, |state| state))
    }

    /// The member's numbers.
    ///
    /// # Errors
    /// [`PeopleError::Gone`].
    pub fn member(&self) -> Result<Member, PeopleError> {
        drop(self.state()?);
        Ok(self.member.clone())
    }

    /// True if the member agreed to this.
    pub fn allows(&self, purpose: &Purpose) -> bool {
        self.state().is_ok_and(|state| state.identity.consents.allow(purpose))
    }

    /// True if the member objected to being recognised: what they do is that of anybody who is not signed in.
    pub fn objects(&self) -> bool {
        self.state().is_ok_and(|state| state.identity.consents.object())
    }

    /// What the member stated here.
    ///
    /// # Errors
    /// [`PeopleError::Gone`].
    pub fn stated(&self) -> Result<Stated, PeopleError> {
        Ok(self.state()?.identity.profile.stated.clone())
    }

    /// What the member stated, here or by way of their application.
    ///
    /// # Errors
    /// [`PeopleError::Gone`].
    pub fn all_stated(&self) -> Result<Stated, PeopleError> {
        let state = self.state()?;
        let Profile { stated, claimed, .. } = &state.identity.profile;
        let both = |of: fn(&Stated) -> &BTreeSet<String>| of(stated).union(of(claimed)).cloned().collect();
        Ok(Stated { interests: both(|stated| &stated.interests), tags: both(|stated| &stated.tags) })
    }

    /// The items that the member said this about.
    ///
    /// # Errors
    /// [`PeopleError::Gone`].
    pub fn items(&self, kind: Preference) -> Result<Vec<String>, PeopleError> {
        Ok(self.state()?.preferences.of(kind).iter().cloned().collect())
    }

    /// What the member agreed to.
    ///
    /// # Errors
    /// [`PeopleError::Gone`].
    pub fn consents(&self) -> Result<Consents, PeopleError> {
        Ok(self.state()?.identity.consents.clone())
    }

    /// The institution the member belongs to.
    pub fn customer(&self) -> Option<Pii<String>> {
        self.state().ok()?.identity.profile.customer.clone().map(Pii::new)
    }

    /// Everything that is held about the member, besides rows.
    ///
    /// # Errors
    /// [`PeopleError::Gone`].
    pub fn held(&self) -> Result<Held, PeopleError> {
        let state = self.state()?;
        let Identity { profile, consents, said: _, noticed } = &state.identity;
        Ok(Held::new(profile, &state.preferences, consents, state.marks.as_ref(), *noticed))
    }

    /// All their records as they are now, sealed. To be called with `writing` held.
    pub(crate) fn records(&self) -> Result<Vec<Sealed>, PeopleError> {
        let state = self.state()?;
        let record = |field| {
            let place = Place::of(&self.member.key, field);
            let sealed = match field {
                Field::Profile => seal(&place, &state.identity)?,
                Field::Preferences => seal(&place, &state.preferences)?,
                Field::Marks => seal(&place, &state.marks)?,
            };
            Ok((place.id, sealed))
        };
        Field::ALL.into_iter().map(record).collect()
    }

    /// The days on which there may be rows of the member, from `oldest` to `today`, with the numbers that they have then:
    /// those on which they are known to have been active, and all since the last of these, for the machine may have
    /// stopped before a day was written.
    ///
    /// # Errors
    /// [`PeopleError::Gone`].
    pub fn day_visitors(&self, oldest: Day, today: Day) -> Result<Vec<crate::DayVisitor>, PeopleError> {
        let member = self.member()?;
        let marks = self.state()?.marks.clone();
        let known = marks.iter().flat_map(MarkState::recent).filter(|day| *day >= oldest);
        let since = marks.as_ref().map_or(oldest, |marks| marks.days().1).max(oldest);
        let days: BTreeSet<Day> = known.chain((since.0..=today.0).map(Day)).collect();
        Ok(days.into_iter().map(|day| crate::DayVisitor { day, visitor: member.day(day).visitor }).collect())
    }
}

/// What a token says of a member, in the form in which it is kept.
struct Claimed {
    stated: Stated,
    customer: Option<String>,
}

impl Claimed {
    fn new(claims: &Claims) -> Claimed {
        let text = |text: &Pii<String>| text.expose("sealed under the member's key").trim().to_owned();
        let texts = |list: &[Pii<String>]| list.iter().map(text).collect();
        Claimed {
            stated: Stated { interests: texts(&claims.interests), tags: texts(&claims.tags) },
            customer: claims.customer.as_ref().map(text),
        }
    }
}

/// Why something that a member says is not kept.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// It is out of bounds.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// It cannot be kept now.
    #[error(transparent)]
    People(#[from] PeopleError),
}
