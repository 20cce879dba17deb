//! Members at work: found by the token that comes with events, and followed by what they leave when they are forgotten.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use outis_anonymise::{Member, MemberDay};
use outis_capture::NotEntered;
use outis_disclose::{Pii, note};
use outis_distribute::Distribute;
use outis_event::{Day, Link, Marks, Pseudonym, Site, SiteId, Timestamp, Visitor};
use outis_guard::Gate;
use outis_people::{
    Active, Aftermath, AftermathError, ChangeError, Claims, ExternalId, Issuer, Mode, People, PeopleError, Preference,
    Purpose, Refused, Trace,
};
use outis_warehouse::{LinkError, Warehouse};
use parking_lot::{Mutex, RwLock};

use crate::core::registry::Registry;

/// Most preferences that wait to be written; beyond that they are refused as if the journal were full.
const MOST_WAITING: usize = 10_000;

/// Members, and whoever may say who is signed in.
pub(crate) struct Membership {
    pub(crate) people: Arc<People>,
    registry: Arc<Registry>,
    warehouse: Arc<Warehouse>,
    gate: Arc<Gate>,
    distribute: Arc<Distribute>,
    issuers: RwLock<HashMap<SiteId, Arc<Issuer>>>,
    /// Of no application.
    stand_in: Option<Issuer>,
    waiting: Arc<Waiting>,
}

/// What members did that is written with the next flush.
#[derive(Default)]
struct Waiting {
    /// Links of visitors with their members, by site and day.
    links: Mutex<BTreeMap<(SiteId, Day), HashMap<Visitor, Pseudonym>>>,
    /// Who is linked already.
    linked: Mutex<HashSet<(SiteId, Day, Visitor)>>,
    /// What members said about items while they acted. Written in an order that says nothing about when.
    preferences: Mutex<Vec<(Arc<Active>, Preference, String)>>,
}

impl Membership {
    pub(crate) fn new(
        people: Arc<People>,
        (registry, warehouse, gate, distribute): (Arc<Registry>, Arc<Warehouse>, Arc<Gate>, Arc<Distribute>),
    ) -> Membership {
        let secret = crate::control::random_secret().ok();
        let stand_in = secret.and_then(|secret| Issuer::shared(secret.as_bytes(), "nobody").ok());
        let (issuers, waiting) = (RwLock::default(), Arc::default());
        Membership { people, registry, warehouse, gate, distribute, issuers, stand_in, waiting }
    }

    /// From now on these keys say who is signed in on the site; `None`: nobody is.
    pub(crate) fn set_issuer(&self, site: SiteId, issuer: Option<Issuer>) {
        let mut issuers = self.issuers.write();
        match issuer {
            Some(issuer) => issuers.insert(site, Arc::new(issuer)),
            None => issuers.remove(&site),
        };
    }

    /// What a token says, if the site accepts it.
    pub(crate) fn verify(&self, site: SiteId, token: &Pii<String>, now: Timestamp) -> Result<Claims, Refused> {
        let issuer = self.issuers.read().get(&site).cloned();
        match issuer {
            Some(issuer) => issuer.verify(token, now),
            None => Err(self.refuse(token, now)),
        }
    }

    /// A member of this id, as they act; nobody is made one. `None` also when members cannot be reached just now.
    pub(crate) async fn known(&self, site: SiteId, id: &ExternalId) -> Option<Arc<dyn Member>> {
        let active = self.people.find(site, id).await.ok().flatten()?;
        let site = self.registry.by_id(site)?.context.site.clone();
        Some(self.acting(active, site))
    }

    fn acting(&self, active: Arc<Active>, site: Arc<Site>) -> Arc<dyn Member> {
        Arc::new(SignedIn {
            customer: active.customer().filter(|_| !active.objects()),
            people: self.people.clone(),
            waiting: self.waiting.clone(),
            site,
            active,
        })
    }

    /// Refuses a token of a site where nobody can be signed in, or that there is not, after as much work as a wrong
    /// signature is.
    pub(crate) fn refuse(&self, token: &Pii<String>, now: Timestamp) -> Refused {
        if let Some(stand_in) = &self.stand_in {
            let _ = stand_in.verify(token, now);
        }
        Refused
    }

    /// Writes what waits: marks, links, preferences.
    pub(crate) async fn flush(&self) -> anyhow::Result<()> {
        let marked = self.people.flush().await;
        // Links lie elsewhere, and cannot wait until the day is over.
        self.flush_links().await;
        marked?;
        let mut preferences = std::mem::take(&mut *self.waiting.preferences.lock());
        fastrand::shuffle(&mut preferences);
        let mut refused = Ok(());
        while let Some((active, kind, item)) = preferences.pop() {
            match self.people.prefer(&active, kind, &item, true).await {
                // Whoever is gone said nothing; what is out of bounds was never promised.
                Ok(_) | Err(ChangeError::Profile(_) | ChangeError::People(PeopleError::Gone)) => {}
                Err(error) => {
                    preferences.push((active, kind, item));
                    refused = Err(error);
                    // A database that is away makes each of them wait.
                    break;
                }
            }
        }
        self.waiting.preferences.lock().append(&mut preferences);
        Ok(refused?)
    }

    async fn flush_links(&self) {
        let links = std::mem::take(&mut *self.waiting.links.lock());
        for ((site, day), entries) in links {
            let Some(settings) = self.registry.by_id(site) else { continue };
            let list = entries.iter().map(|(visitor, pseudonym)| (*visitor, *pseudonym)).collect();
            match self.warehouse.link(settings.site(), day, list).await {
                Ok(()) | Err(LinkError::NotAllowed | LinkError::DayNotOpen | LinkError::Nobody) => {}
                Err(LinkError::TooMany { .. }) => note!(Warn, "a link file is full: further members are not linked"),
                Err(LinkError::Store(_)) => {
                    self.waiting.links.lock().entry((site, day)).or_default().extend(entries);
                }
            }
        }
    }

    /// Days that are over are linked to nobody any more.
    pub(crate) fn forget_linked(&self, before: Day) {
        self.waiting.linked.lock().retain(|(_, day, _)| *day >= before);
    }
}

#[async_trait]
impl outis_capture::Members for Membership {
    async fn enter(&self, site: &Site, token: Pii<String>, now: Timestamp) -> Result<Arc<dyn Member>, NotEntered> {
        let claims = self.verify(site.id, &token, now).map_err(|_| NotEntered::Refused)?;
        let active = self.people.enter(site.id, claims).await.map_err(|_| NotEntered::Unavailable)?;
        let site = self.registry.by_id(site.id).ok_or(NotEntered::Refused)?.context.site.clone();
        Ok(self.acting(active, site))
    }
}

/// A member while they act.
struct SignedIn {
    active: Arc<Active>,
    customer: Option<Pii<String>>,
    people: Arc<People>,
    waiting: Arc<Waiting>,
    site: Arc<Site>,
}

impl Member for SignedIn {
    fn day(&self, day: Day) -> Option<MemberDay> {
        if self.active.objects() {
            return None;
        }
        let numbers = self.active.member().ok()?.day(day);
        Some(MemberDay { visitor: numbers.visitor, offset_s: numbers.offset_s, person: numbers.person })
    }

    fn see(&self, day: Day, event: &str) -> Option<Marks> {
        let action = self.site.plan.action(event);
        let marks = self.people.see(&self.active, &self.site, day, action).ok()?;
        self.link(day);
        Some(marks)
    }

    fn customer(&self) -> Option<&Pii<String>> {
        self.customer.as_ref()
    }

    fn prefer(&self, event: &str, item: &str) {
        let kind = match event {
            "like" => Preference::Like,
            "bookmark" => Preference::Bookmark,
            _ => return,
        };
        if !self.active.allows(&Purpose::Personalisation) {
            return;
        }
        let mut waiting = self.waiting.preferences.lock();
        if waiting.len() < MOST_WAITING {
            waiting.push((self.active.clone(), kind, item.to_owned()));
        }
    }
}

impl SignedIn {
    /// Links the day with the member's period, if site and member allow it.
    fn link(&self, day: Day) {
        if self.site.policy.link != Link::Period || !self.active.allows(&Purpose::Link) {
            return;
        }
        let Ok(member) = self.active.member() else { return };
        let visitor = member.day(day).visitor;
        if self.waiting.linked.lock().insert((self.site.id, day, visitor)) {
            let mut links = self.waiting.links.lock();
            links.entry((self.site.id, day)).or_default().insert(visitor, member.pseudonym(day));
        }
    }
}

#[async_trait]
impl Aftermath for Membership {
    async fn hide(&self, trace: &Trace) -> Result<(), AftermathError> {
        {
            // What waits to be written of them is not.
            let mut links = self.waiting.links.lock();
            for at in &trace.days {
                links.get_mut(&(trace.site, at.day)).map(|day| day.remove(&at.visitor));
            }
        }
        let days: Vec<(Day, Visitor)> = trace.days.iter().map(|at| (at.day, at.visitor)).collect();
        let (hidden, unlinked, unsent) = tokio::join!(
            self.warehouse.hide(trace.site, &days, trace.mode == Mode::Fold),
            self.warehouse.unlink(trace.site, &trace.pseudonyms),
            self.distribute.rewrite()
        );
        hidden.map_err(|_| AftermathError("rows could not be hidden"))?;
        unlinked.map_err(|_| AftermathError("links could not be removed"))?;
        unsent.map_err(|_| AftermathError("messages that wait could not be removed"))?;
        self.gate.forget(trace.site);
        Ok(())
    }
}
