//! Who learns from members is told what they agreed to, of everybody who is there, and of nobody who is not.

use std::collections::{BTreeMap, BTreeSet};

use outis_keys::{KeyName, Purpose as KeyPurpose};

use super::*;
use crate::{Learner, Preference, Preferences, Purpose, Who};

on_both! {
    what_is_said_is_told_while_it_is_agreed_to,
    all_are_looked_through_but_for_who_did_not_agree_or_is_gone,
    what_was_learnt_loses_its_key_with_whoever_is_forgotten,
}

const LEARNT: KeyName = KeyName { purpose: KeyPurpose::Snapshot, label: [7; 16] };

/// Remembers what it was told.
#[derive(Default)]
struct Likes(Mutex<BTreeMap<Who, BTreeSet<String>>>);

impl Likes {
    fn all(&self) -> Vec<Vec<String>> {
        self.0.lock().values().map(|likes| likes.iter().cloned().collect()).collect()
    }

    fn put(&self, who: Who, said: &Preferences) {
        self.0.lock().insert(who, said.of(Preference::Like).clone());
    }
}

impl Learner for Likes {
    fn told(&self, _: SiteId, who: Who, said: Option<&Preferences>) {
        match said {
            Some(said) => self.put(who, said),
            None => _ = self.0.lock().remove(&who),
        }
    }

    fn gone(&self, _: SiteId, who: Who) {
        self.0.lock().remove(&who);
    }

    fn keys(&self, _: SiteId) -> Vec<KeyName> {
        vec![LEARNT]
    }
}

async fn says(people: &People, who: &str, agrees: bool, likes: &str) {
    let active = people.enter(SITE, claims(who)).await.expect("entered");
    people.consent(&active, Purpose::Personalisation, agrees, 1, now()).await.expect("kept");
    people.prefer(&active, Preference::Like, likes, true).await.expect("kept");
}

async fn what_is_said_is_told_while_it_is_agreed_to(home: Home) {
    let people = home.open().await;
    let likes = Arc::new(Likes::default());
    people.learn_by(likes.clone());
    says(&people, "anna", true, "stars").await;
    says(&people, "bert", false, "moons").await;
    assert_eq!(likes.all(), [["stars"]]);
    let anna = people.enter(SITE, claims("anna")).await.expect("entered");
    people.prefer(&anna, Preference::Like, "suns", true).await.expect("kept");
    assert_eq!(likes.all(), [["stars", "suns"]]);
    people.consent(&anna, Purpose::Personalisation, false, 2, now()).await.expect("kept");
    assert!(likes.all().is_empty(), "not agreed to any more");
    people.consent(&anna, Purpose::Personalisation, true, 3, now()).await.expect("kept");
    assert_eq!(likes.all(), [["stars", "suns"]]);
    let (_, forgotten) =
        people.forget(SITE, &id("anna"), order(Mode::Fold), &Rows::default()).await.expect("forgotten");
    assert!(likes.all().is_empty(), "gone before the key is");
    assert!(people.prefer(&anna, Preference::Like, "comets", true).await.is_err());
    people.unlink(forgotten).await.expect("unlinked");
    assert!(likes.all().is_empty());
}

async fn all_are_looked_through_but_for_who_did_not_agree_or_is_gone(home: Home) {
    let people = home.open().await;
    for who in ["anna", "carl", "dora"] {
        says(&people, who, true, who).await;
    }
    says(&people, "bert", false, "moons").await;
    let (_, forgotten) =
        people.forget(SITE, &id("dora"), order(Mode::Fold), &Rows::default()).await.expect("forgotten");
    let likes = Likes::default();
    let found = |who, said: &Preferences| likes.put(who, said);
    // The key of the one who is being forgotten is still there.
    people.look_through(SITE, &found).await.expect("looked through");
    people.look_through(SiteId(9), &found).await.expect("looked through");
    let all: BTreeSet<String> = likes.all().concat().into_iter().collect();
    assert_eq!(all, BTreeSet::from(["anna".to_owned(), "carl".to_owned()]));
    people.unlink(forgotten).await.expect("unlinked");
}

async fn what_was_learnt_loses_its_key_with_whoever_is_forgotten(home: Home) {
    let people = home.open().await;
    people.learn_by(Arc::new(Likes::default()));
    let keys = people.keys.clone();
    for who in ["anna", "nobody"] {
        keys.get_or_create(LEARNT).await.expect("made");
        if who == "anna" {
            says(&people, who, true, "stars").await;
        }
        let (_, forgotten) =
            people.forget(SITE, &id(who), order(Mode::Fold), &Rows::default()).await.expect("forgotten");
        assert!(keys.get(LEARNT).await.expect("read").is_some());
        people.unlink(forgotten).await.expect("unlinked");
        assert!(keys.get(LEARNT).await.expect("read").is_none(), "{who}");
    }
}
