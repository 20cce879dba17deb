//! What members state is kept, each under a key of their own.

use outis_event::{Marks, Span};

use super::*;
use crate::{ChangeError, LookedAt, Preference, Purpose, Stated};

on_both! {
    a_member_is_the_same_on_all_devices_and_after_a_restart,
    what_a_token_says_takes_the_place_of_what_the_last_one_said,
    many_enter_at_once_and_each_is_one,
    what_is_out_of_bounds_changes_nothing,
    support_sees_by_a_code_and_only_on_its_site,
    nothing_personal_is_in_the_clear_in_any_file,
    who_was_not_there_for_long_is_found_a_few_at_a_time,
}

async fn a_member_is_the_same_on_all_devices_and_after_a_restart(home: Home) {
    let (visitor, held) = {
        let people = home.open().await;
        let anna = people.enter(SITE, claims("anna")).await.expect("in");
        let again = people.enter(SITE, claims("anna")).await.expect("in");
        let visitor = anna.member().expect("there").day(TODAY).visitor;
        assert_eq!(visitor, again.member().expect("there").day(TODAY).visitor);
        let bert = people.enter(SITE, claims("bert")).await.expect("in");
        assert_ne!(visitor, bert.member().expect("there").day(TODAY).visitor);
        let stated = Stated { interests: ["logic".to_owned()].into(), tags: ["maths".to_owned()].into() };
        people.state(&anna, stated).await.expect("kept");
        assert!(people.prefer(&anna, Preference::Like, "item-7", true).await.expect("kept"));
        assert!(!people.prefer(&anna, Preference::Like, "item-7", true).await.expect("kept"));
        people.consent(&anna, Purpose::Link, true, 2, now()).await.expect("kept");
        people.see(&anna, &site(), TODAY, None).expect("marks");
        assert_eq!(people.flush().await.expect("written"), 1);
        assert_eq!(people.flush().await.expect("written"), 0);
        (visitor, serde_json::to_value(anna.held().expect("there")).expect("json"))
    };
    let people = home.open().await;
    let anna = people.find(SITE, &id("anna")).await.expect("read").expect("a member");
    assert_eq!(anna.member().expect("there").day(TODAY).visitor, visitor);
    assert_eq!(serde_json::to_value(anna.held().expect("there")).expect("json"), held);
    assert_eq!(held["likes"][0], "item-7");
    assert_eq!(held["activity"]["last_day"], "2026-11-03");
    assert!(anna.allows(&Purpose::Link) && !anna.allows(&Purpose::Personalisation));
    assert_eq!(anna.customer().expect("claimed").expose("a test"), "Ithaca");
    // Marks go on from where they were.
    let marks = people.see(&anna, &site(), TODAY, None).expect("marks");
    assert!(!marks.is_first(Span::Day) && marks.cohort().is_some());
    assert!(people.find(SITE, &id("nobody")).await.expect("read").is_none());
    assert!(people.find(SiteId(2), &id("anna")).await.expect("read").is_none());
    assert_eq!(people.count(SITE).await.expect("counted"), 2);
}

async fn what_a_token_says_takes_the_place_of_what_the_last_one_said(home: Home) {
    let people = home.open().await;
    let mut first = claims("anna");
    first.tags = vec!["maths".to_owned().into()];
    people.enter(SITE, first).await.expect("in");
    let mut second = claims("anna");
    second.customer = None;
    let anna = people.enter(SITE, second).await.expect("in");
    assert!(anna.customer().is_none());
    assert!(anna.held().expect("there").stated_by_application.tags.is_empty());
}

async fn many_enter_at_once_and_each_is_one(home: Home) {
    let people = Arc::new(home.open().await);
    let tasks = (0..40).map(|n| {
        let people = people.clone();
        tokio::spawn(async move {
            let who = format!("member-{}", n % 4);
            let active = people.enter(SITE, claims(&who)).await.expect("in");
            let marks = people.see(&active, &site(), TODAY, None).expect("marks");
            u32::from(marks.is_first(Span::Day))
        })
    });
    let mut firsts = 0;
    for task in tasks {
        firsts += task.await.expect("ran");
    }
    assert_eq!(firsts, 4, "each member's first activity of the day is told once");
    assert_eq!(people.count(SITE).await.expect("counted"), 4);
}

async fn what_is_out_of_bounds_changes_nothing(home: Home) {
    let people = home.open().await;
    let anna = people.enter(SITE, claims("anna")).await.expect("in");
    let stated = Stated { interests: [String::new()].into(), ..Stated::default() };
    assert!(matches!(people.state(&anna, stated).await, Err(ChangeError::Profile(_))));
    assert!(people.prefer(&anna, Preference::Hidden, "", true).await.is_err());
    assert!(anna.held().expect("there").hidden.is_empty());
}

async fn support_sees_by_a_code_and_only_on_its_site(home: Home) {
    let people = home.open().await;
    let anna = people.enter(SITE, claims("anna")).await.expect("in");
    let code = people.issue_code(&anna, now()).expect("a code");
    assert!(people.take_by_code(SiteId(2), code.text(), now()).await.expect("read").is_none());
    assert!(people.take_by_code(SITE, code.text(), now().plus_ms(3_600_000)).await.expect("read").is_none());
    let found = people.take_by_code(SITE, code.text(), now()).await.expect("read").expect("found");
    assert_eq!(found.held().expect("there").id, "anna");
    assert!(people.take_by_code(SITE, code.text(), now()).await.expect("read").is_none(), "a code is good once");
}

async fn nothing_personal_is_in_the_clear_in_any_file(home: Home) {
    {
        let people = home.open().await;
        let anna = people.enter(SITE, claims("anna.canary@example.org")).await.expect("in");
        let stated = Stated { interests: ["canary-interest".to_owned()].into(), ..Stated::default() };
        people.state(&anna, stated).await.expect("kept");
        people.prefer(&anna, Preference::Like, "canary-item", true).await.expect("kept");
    }
    let files = files_of(home.dir.path());
    // Of a server's files: see the tests of PostgreSQL.
    assert_eq!(files.iter().any(|(path, _)| path.ends_with("people.db")), home.database.is_none());
    for (path, bytes) in files {
        assert!(!bytes.windows(6).any(|w| w == b"canary"), "{}", path.display());
    }
}

/// All files below a folder with their bytes.
pub(super) fn files_of(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(files_of(&path));
        } else {
            let bytes = std::fs::read(&path).expect("a file");
            files.push((path, bytes));
        }
    }
    files
}

#[test]
fn marks_have_no_room_for_more() {
    // What is told of a member with an event is these 64 bits.
    assert_eq!(size_of::<Marks>(), 8);
}

async fn who_was_not_there_for_long_is_found_a_few_at_a_time(home: Home) {
    let people = home.open().await;
    for number in 0..10 {
        let active = people.enter(SITE, claims(&format!("member {number}"))).await.expect("in");
        // Three came last on this day, the others later.
        people.see(&active, &site(), TODAY.plus(if number < 3 { -800 } else { -100 }), None).expect("marks");
    }
    // One of the three stated something since, whenever that was.
    let one = people.find(SITE, &id("member 0")).await.expect("read").expect("a member");
    people.prefer(&one, Preference::Like, "item", true).await.expect("kept");
    // And one was never there: the application spoke for them.
    people.find_or_make(SITE, &id("never there")).await.expect("made");
    people.flush().await.expect("written");
    drop((people, one));

    let people = home.open().await;
    let look = async |today: Day| {
        let (mut from, mut found, mut longest, mut looks) = (Some(LookedAt::default()), Vec::new(), 0, 0);
        while let Some(at) = from {
            let idle = people.look_for_idle(SITE, at, today.plus(-730), today, (3, 1)).await.expect("looked");
            assert!(idle.members.len() <= 1);
            found.extend(idle.members);
            (from, longest, looks) = (idle.next, longest.max(idle.longest_days), looks + 1);
        }
        assert!(looks > 2);
        (found, longest)
    };
    let (found, longest) = look(TODAY).await;
    let mut ids: Vec<String> = found.iter().map(|active| active.held().expect("there").id).collect();
    ids.sort();
    assert_eq!((ids, longest), (vec!["member 1".to_owned(), "member 2".to_owned()], 100));
    for active in &found {
        let (_, gone) = people.forget_active(active, order(Mode::Delete), &Rows::default()).await.expect("forgotten");
        people.unlink(gone).await.expect("unlinked");
    }
    assert_eq!(people.count(SITE).await.expect("counted"), 9);
    assert!(look(TODAY).await.0.is_empty());
    // What was noticed counts from the day on which it was.
    let later = TODAY.plus(729);
    assert_eq!(look(later).await.0.len(), 7, "those who came 100 days before");
    assert_eq!(look(later.plus(2)).await.0.len(), 9);
}
