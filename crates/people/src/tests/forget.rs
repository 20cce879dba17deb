//! Forgetting: at once, for good, and without a trace of who it was.

use outis_keys::Purpose;

use super::members::files_of;
use super::*;
use crate::{PeopleError, Preference};

on_both! {
    who_is_forgotten_is_gone_at_once_and_others_are_not,
    of_an_unknown_id_the_answer_is_the_same_and_nothing_is_left,
    a_backup_of_before_opens_nothing_of_the_member_and_does_not_tell_that_there_was_one,
    of_an_earlier_database_only_what_living_members_have_is_left,
    what_was_taken_back_since_is_not_given_again_by_an_earlier_database,
    what_failed_or_was_interrupted_is_finished_at_the_next_start,
    what_was_refused_on_the_way_is_finished_by_the_next_call_or_by_itself,
    a_vault_of_another_key_tree_is_not_taken_for_ones_own,
    what_is_left_does_not_depend_on_who_it_was,
}

/// A copy of everything but the slot, as a backup of the machine is.
async fn back_up(home: &Home, people: &People) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for name in ["keys", "people"] {
        std::fs::create_dir(copy.path().join(name)).expect("a folder");
        let from = home.dir.path().join(name);
        if from.exists() {
            for (path, bytes) in files_of(&from) {
                std::fs::write(copy.path().join(name).join(path.file_name().expect("a name")), bytes).expect("copied");
            }
        } else {
            people.copy_to(&copy.path().join("people/people.db")).await.expect("copied");
        }
    }
    copy
}

/// The vault of a copy.
fn vault_of(copy: &Path) -> Vault {
    Vault::Folder(copy.join("people"))
}

/// A vault of the same kind as the home's, with a copy of what is in that now.
async fn earlier(home: &Home, people: &People) -> Home {
    let earlier = home.another();
    let file = earlier.dir.path().join("copy.db");
    people.copy_to(&file).await.expect("copied");
    assert!(people.copy_to(&file).await.is_err(), "nothing is overwritten");
    match earlier.vault() {
        Vault::Folder(dir) => {
            std::fs::create_dir(&dir).expect("a folder");
            std::fs::rename(file, dir.join("people.db")).expect("renamed");
        }
        vault => crate::put_back(&file, &vault).await.expect("put back"),
    }
    earlier
}

pub(super) async fn live(home: &Home) -> People {
    let people = home.open().await;
    for who in ["anna", "bert"] {
        let active = people.enter(SITE, claims(who)).await.expect("in");
        people.prefer(&active, Preference::Bookmark, "item", true).await.expect("kept");
        people.see(&active, &site(), TODAY.plus(-3), None).expect("marks");
        people.see(&active, &site(), TODAY, None).expect("marks");
    }
    people.flush().await.expect("written");
    people
}

async fn who_is_forgotten_is_gone_at_once_and_others_are_not(home: Home) {
    let people = live(&home).await;
    let rows = Rows::default();
    let anna = people.find(SITE, &id("anna")).await.expect("read").expect("a member");
    let code = people.issue_code(&anna, now()).expect("a code");
    let today = anna.member().expect("there").day(TODAY).visitor;
    let (erased, forgotten) = people.forget(SITE, &id("anna"), order(Mode::Fold), &rows).await.expect("forgotten");
    assert_eq!(erased.days, 2, "only days on which she was there");
    let hidden = rows.hidden.lock().clone();
    assert!(hidden.contains(&(SITE, DayVisitor { day: TODAY, visitor: today }, Mode::Fold)));
    // Before the tree has another root already:
    assert!(matches!(anna.held(), Err(PeopleError::Gone)));
    assert!(people.see(&anna, &site(), TODAY, None).is_err());
    assert!(people.find(SITE, &id("anna")).await.expect("read").is_none());
    assert!(people.take_by_code(SITE, code.text(), now()).await.expect("read").is_none());
    assert_eq!(people.records().await.expect("counted"), 3 + 1, "three of bert, and the cohorts");
    people.unlink(forgotten).await.expect("unlinked");
    assert!(people.find(SITE, &id("bert")).await.expect("read").is_some());
    assert_eq!(people.count(SITE).await.expect("counted"), 1);
    let again = people.enter(SITE, claims("anna")).await.expect("in");
    assert!(again.held().expect("there").bookmarks.is_empty(), "who comes back is a new member");
    assert_ne!(again.member().expect("there").day(TODAY).visitor, today);
}

async fn of_an_unknown_id_the_answer_is_the_same_and_nothing_is_left(home: Home) {
    let people = live(&home).await;
    let before = people.records().await.expect("counted");
    let rows = Rows::default();
    let (_, forgotten) = people.forget(SITE, &id("nobody"), order(Mode::Fold), &rows).await.expect("forgotten");
    people.unlink(forgotten).await.expect("unlinked");
    assert_eq!(people.records().await.expect("counted"), before);
    assert_eq!(people.count(SITE).await.expect("counted"), 2);
    assert!(people.keys.list(Purpose::Job).await.expect("listed").is_empty());
}

async fn a_backup_of_before_opens_nothing_of_the_member_and_does_not_tell_that_there_was_one(home: Home) {
    let people = live(&home).await;
    let backup = back_up(&home, &people).await;
    let (_, forgotten) =
        people.forget(SITE, &id("anna"), order(Mode::Fold), &Rows::default()).await.expect("forgotten");

    // Without the last step, the slot as it is now opens the backup: the check can fail.
    let early = tempfile::tempdir().expect("a folder");
    std::fs::copy(home.slot(), early.path().join("slot")).expect("copied");
    let keys = open_tree(&backup.path().join("keys"), &early.path().join("slot")).expect("the old root is there");
    let restored = People::open(&vault_of(backup.path()), keys).await.expect("opened");
    let anna = restored.find(SITE, &id("anna")).await.expect("read").expect("still there");
    assert_eq!(anna.held().expect("there").id, "anna");
    drop((anna, restored));

    let backup = back_up(&home, &people).await;
    people.unlink(forgotten).await.expect("unlinked");
    let late = tempfile::tempdir().expect("a folder");
    std::fs::copy(home.slot(), late.path().join("slot")).expect("copied");
    assert!(open_tree(&backup.path().join("keys"), &late.path().join("slot")).is_err(), "the old tree is dead");
    // Its database with the keys that exist now, those that name members among them.
    drop(people);
    let restored = People::open(&vault_of(backup.path()), home.keys()).await.expect("opened");
    assert!(restored.find(SITE, &id("anna")).await.expect("read").is_none());
    assert!(restored.find(SITE, &id("bert")).await.expect("read").is_some());
    assert_eq!(restored.resume(&Rows::default()).await.expect("resumed"), 0, "the job does not open");
}

async fn of_an_earlier_database_only_what_living_members_have_is_left(home: Home) {
    let people = live(&home).await;
    let earlier = earlier(&home, &people).await;
    people.enter(SITE, claims("carl")).await.expect("in");
    let (_, forgotten) =
        people.forget(SITE, &id("anna"), order(Mode::Delete), &Rows::default()).await.expect("forgotten");
    people.unlink(forgotten).await.expect("unlinked");
    drop(people);

    let keys = home.keys();
    let put_back = || async { People::open(&earlier.vault(), keys.clone()).await.expect("opened") };
    assert_eq!(put_back().await.records().await.expect("counted"), 7, "the control: hers are there");
    let kept = crate::settle(&earlier.vault(), &*keys).await.expect("settled");
    assert_eq!(kept, crate::Kept { members: 1, without_records: 1 });
    let people = put_back().await;
    assert_eq!(people.records().await.expect("counted"), 4, "three of bert, and the cohorts");
    assert!(people.find(SITE, &id("bert")).await.expect("read").is_some());
    assert!(people.find(SITE, &id("anna")).await.expect("read").is_none());
    assert!(people.enter(SITE, claims("carl")).await.is_ok(), "who came since comes again");
}

async fn what_was_taken_back_since_is_not_given_again_by_an_earlier_database(home: Home) {
    let people = live(&home).await;
    let agree = |who: &'static str, given| {
        let people = &people;
        async move {
            let active = people.find(SITE, &id(who)).await.expect("read").expect("a member");
            people.consent(&active, crate::Purpose::Link, given, 1, now()).await.expect("kept");
        }
    };
    agree("anna", true).await;
    agree("bert", true).await;
    let earlier = earlier(&home, &people).await;
    agree("anna", false).await;
    assert_eq!(marks_of(&people).await, 1);
    drop(people);

    let keys = home.keys();
    crate::settle(&earlier.vault(), &*keys).await.expect("settled");
    let people = People::open(&earlier.vault(), keys).await.expect("opened");
    for (who, given) in [("anna", false), ("bert", true)] {
        let active = people.find(SITE, &id(who)).await.expect("read").expect("a member");
        assert_eq!(active.allows(&crate::Purpose::Link), given, "{who}");
    }
    // The mark goes with the member.
    let (_, forgotten) =
        people.forget(SITE, &id("anna"), order(Mode::Delete), &Rows::default()).await.expect("forgotten");
    people.unlink(forgotten).await.expect("unlinked");
    assert_eq!(marks_of(&people).await, 0);
}

async fn marks_of(people: &People) -> usize {
    people.keys.list(Purpose::Withdrawn).await.expect("listed").len()
}

async fn what_failed_or_was_interrupted_is_finished_at_the_next_start(home: Home) {
    let people = live(&home).await;
    let rows = Rows { fail: Mutex::new(1), ..Rows::default() };
    assert!(people.forget(SITE, &id("anna"), order(Mode::Delete), &rows).await.is_err());
    assert!(people.find(SITE, &id("anna")).await.expect("read").is_none(), "nobody finds her meanwhile");
    drop(people);
    let people = home.open().await;
    assert_eq!(people.resume(&rows).await.expect("resumed"), 1);
    assert_eq!(people.resume(&rows).await.expect("resumed"), 0);
    assert!(rows.hidden.lock().iter().all(|(_, _, mode)| *mode == Mode::Delete));
    assert!(people.find(SITE, &id("anna")).await.expect("read").is_none());
    assert!(people.find(SITE, &id("bert")).await.expect("read").is_some());
    assert_eq!(people.count(SITE).await.expect("counted"), 1);
    assert!(people.keys.list(Purpose::Job).await.expect("listed").is_empty());
}

async fn what_was_refused_on_the_way_is_finished_by_the_next_call_or_by_itself(home: Home) {
    let people = live(&home).await;
    let rows = Rows { fail: Mutex::new(2), ..Rows::default() };
    for who in ["anna", "bert"] {
        assert!(people.forget(SITE, &id(who), order(Mode::Delete), &rows).await.is_err());
    }
    assert_eq!(people.count(SITE).await.expect("counted"), 2, "their keys are there still");
    let (erased, forgotten) = people.forget(SITE, &id("anna"), order(Mode::Delete), &rows).await.expect("forgotten");
    assert_eq!(erased.days, 2);
    people.unlink(forgotten).await.expect("unlinked");
    assert_eq!(people.count(SITE).await.expect("counted"), 1);
    assert_eq!(people.go_on(&rows).await.expect("finished"), 1);
    assert_eq!(people.go_on(&rows).await.expect("finished"), 0);
    assert_eq!(people.count(SITE).await.expect("counted"), 0);
    assert!(people.keys.list(Purpose::Job).await.expect("listed").is_empty());
    assert!(people.enter(SITE, claims("bert")).await.is_ok(), "who comes back is a new member");
}

async fn a_vault_of_another_key_tree_is_not_taken_for_ones_own(home: Home) {
    drop(live(&home).await);
    let other = Home::on_sqlite();
    let refused = People::open(&home.vault(), other.keys()).await.err().expect("refused");
    assert!(matches!(refused, PeopleError::Foreign));
    assert!(matches!(crate::settle(&home.vault(), &*other.keys()).await, Err(PeopleError::Foreign)));
    assert!(matches!(crate::check_empty(&home.vault()).await, Err(PeopleError::NotEmpty)));
    assert_eq!(home.open().await.records().await.expect("counted"), 7);
}

/// The tables, with names and bytes that are different in every run made canonical.
async fn dump(home: &Home) -> Vec<String> {
    let people = home.open().await;
    let mut lines = vec![format!("records {}", people.records().await.expect("counted"))];
    for purpose in [Purpose::Member, Purpose::Job] {
        lines.push(format!("{purpose:?} {}", people.keys.list(purpose).await.expect("listed").len()));
    }
    let bert = people.find(SITE, &id("bert")).await.expect("read").expect("a member");
    lines.push(serde_json::to_string(&bert.held().expect("there")).expect("json"));
    lines
}

async fn what_is_left_does_not_depend_on_who_it_was(first: Home) {
    let mut dumps = Vec::new();
    for who in ["anna", "somebody-with-a-much-longer-id@example.org"] {
        let home = first.another();
        let people = live(&home).await;
        let active = people.enter(SITE, claims(who)).await.expect("in");
        people.prefer(&active, Preference::Like, who, true).await.expect("kept");
        for forgotten in [who, "anna"] {
            let (_, forgotten) =
                people.forget(SITE, &id(forgotten), order(Mode::Fold), &Rows::default()).await.expect("forgotten");
            people.unlink(forgotten).await.expect("unlinked");
        }
        drop(people);
        dumps.push(dump(&home).await);
    }
    assert_eq!(dumps[0], dumps[1]);
}
