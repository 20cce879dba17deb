//! Tests of the control database on a real file.

use outis_event::{Day, Plan, Policy, Timestamp};
use outis_keys::MemoryKeys;

use super::{By, Control, NewSite, Role, Roles, Scope, StaffError, StaffStore};

const TODAY: Day = Day(20_000);
const NOW: Timestamp = Timestamp(1_000_000);

async fn control() -> (tempfile::TempDir, Control) {
    let dir = tempfile::tempdir().expect("folder");
    let control = Control::open(dir.path()).await.expect("opened");
    (dir, control)
}

fn new_site(domain: &str) -> NewSite {
    let (zone, policy, plan) = ("Europe/Vienna".to_owned(), Policy::default(), Plan::default());
    NewSite { domain: domain.to_owned(), zone, policy, plan, origins: Vec::new() }
}

#[tokio::test]
async fn a_site_is_found_under_every_way_of_writing_it_and_registered_once() {
    let (_dir, control) = control().await;
    let id = control.add_site(new_site("https://WWW.Example.org/"), TODAY).await.expect("added");
    let site = control.site("example.org").await.expect("read").expect("there");
    assert_eq!((site.id, site.policy.floor), (id, 10));
    assert!(control.add_site(new_site("example.org"), TODAY).await.is_err());
    assert!(control.add_site(new_site("not a domain"), TODAY).await.is_err());
    let low = NewSite { policy: Policy { floor: 3, ..Policy::default() }, ..new_site("low.example") };
    assert!(control.add_site(low, TODAY).await.is_err());
}

#[tokio::test]
async fn a_token_has_the_rights_it_was_given_and_is_not_kept() {
    let (dir, control) = control().await;
    let token = control.create_token(None, &[Scope::Stats], TODAY).await.expect("made");
    let rights = control.token(&token).await.expect("read").expect("known");
    assert!(rights.may(Scope::Stats) && !rights.may(Scope::Sites));
    assert!(control.token("outis_wrong").await.expect("read").is_none());
    assert!(!on_disk(dir.path(), token.as_bytes()));
    assert!(on_disk(dir.path(), b"stats"), "the search finds what is there");
}

#[tokio::test]
async fn definitions_are_kept_by_site_kind_and_name_and_every_change_is_noticed() {
    use outis_insight::DefinitionKind::{Goals, Segments};
    let (_dir, control) = control().await;
    let site = control.add_site(new_site("example.org"), TODAY).await.expect("added");
    let signup = serde_json::json!({ "event": "Signup" });
    control.save_definition(site, Goals, "a", &signup).await.expect("saved");
    control.save_definition(site, Goals, "a", &serde_json::json!({ "page": "/" })).await.expect("saved");
    control.save_definition(site, Segments, "a", &serde_json::json!({ "newer": true })).await.expect("saved");
    let all = control.definitions().await.expect("read");
    assert_eq!(all[&site].goals["a"].page.as_deref(), Some("/"));
    assert!(all[&site].segments.is_empty(), "what cannot be read is left out");
    let before = control.definition_changes().await.expect("read");
    assert!(control.remove_definition(site, Goals, "a").await.expect("removed"));
    assert!(!control.remove_definition(site, Goals, "a").await.expect("nothing there"));
    assert!(control.definition_changes().await.expect("read") > before);
    assert!(control.definitions().await.expect("read").get(&site).is_none_or(|of| of.goals.is_empty()));
}

#[tokio::test]
async fn a_setup_code_is_good_once_and_for_half_an_hour() {
    let (_dir, control) = control().await;
    let keys = MemoryKeys::default();
    let staff = StaffStore::open(control.clone(), &keys).await.expect("opened");
    let password = "a long enough password";
    let old = control.create_setup_code(NOW).await.expect("code");
    let late = NOW.plus_ms(30 * 60_000);
    assert!(staff.set_up(&old, "a@example.org", password, late).await.is_err());
    let code = control.create_setup_code(late).await.expect("code");
    assert!(staff.set_up(&code, "a@example.org", "short", late).await.is_err(), "a bad password does not use it up");
    staff.set_up(&code, "a@example.org", password, late).await.expect("set up");
    assert!(staff.set_up(&code, "b@example.org", password, late).await.is_err());
    assert!(!staff.is_empty().await.expect("read"));
}

#[tokio::test]
async fn signing_in_needs_the_password_and_ends_when_asked() {
    let (dir, control) = control().await;
    let keys = MemoryKeys::default();
    let staff = StaffStore::open(control, &keys).await.expect("opened");
    staff.add("Somebody@example.org", "a long enough password", Roles::of_the_first()).await.expect("added");
    assert!(staff.sign_in("somebody@example.org", "another password", TODAY).await.expect("read").is_none());
    assert!(staff.sign_in("nobody@example.org", "a long enough password", TODAY).await.expect("read").is_none());
    let secret = staff.sign_in("somebody@example.org", "a long enough password", TODAY).await.expect("read");
    let secret = secret.expect("signed in");
    assert!(staff.session(&secret, TODAY.plus(14)).await.expect("read").is_some());
    assert!(staff.session(&secret, TODAY.plus(15)).await.expect("read").is_none());
    staff.sign_out(&secret, TODAY).await.expect("signed out");
    assert!(staff.session(&secret, TODAY).await.expect("read").is_none());
    assert!(!on_disk(dir.path(), b"omebody@example"), "addresses are sealed");
}

/// An account as a program without roles wrote it.
async fn add_of_the_earlier_version(control: &Control, keys: &MemoryKeys, email: &str) {
    use outis_keys::{KeyName, Keys, Purpose, seal_record};
    let name = KeyName { purpose: Purpose::Control, label: *b"staff-----------" };
    let key = keys.get_or_create(name).await.expect("a key");
    let row = serde_json::json!({ "email": email, "password": "a hash", "preferences": null }).to_string();
    let sealed = seal_record(&key, b"staff/sealed/an id", row.as_bytes()).expect("sealed");
    let insert = sqlx::query("INSERT INTO staff VALUES (?, ?)").bind(&b"an id"[..]).bind(sealed);
    insert.execute(&control.pool).await.expect("written");
}

#[tokio::test]
async fn accounts_from_before_there_were_roles_decide_everything() {
    let (dir, control) = control().await;
    let keys = MemoryKeys::default();
    add_of_the_earlier_version(&control, &keys, "a@example.org").await;
    sqlx::query("UPDATE control_version SET version = 1").execute(&control.pool).await.expect("written");
    let control = Control::open(dir.path()).await.expect("opened");
    let staff = StaffStore::open(control.clone(), &keys).await.expect("opened");
    let accounts = staff.accounts().await.expect("read");
    assert_eq!(accounts[0].roles, Roles::of_the_first());
    sqlx::query("UPDATE control_version SET version = 3").execute(&control.pool).await.expect("written");
    assert!(Control::open(dir.path()).await.is_err(), "what a newer program wrote is not read");
}

#[tokio::test]
async fn somebody_is_left_to_decide_and_what_was_taken_does_not_come_back() {
    let (_dir, control) = control().await;
    let staff = StaffStore::open(control.clone(), &MemoryKeys::default()).await.expect("opened");
    let first = Roles::of_the_first();
    staff.add("a@example.org", "a long enough password", first.clone()).await.expect("added");
    let is_last = |outcome: anyhow::Result<()>| {
        outcome.is_err_and(|error| error.downcast_ref::<StaffError>() == Some(&StaffError::Last))
    };
    assert!(is_last(staff.remove(|_| true, By::Operator).await));
    let viewer: Roles = [Role::Viewer].into_iter().collect();
    assert!(is_last(staff.set_roles(|_| true, viewer.clone(), By::Staff(&first)).await));
    staff.add("b@example.org", "a long enough password", first.clone()).await.expect("added");
    let session = staff.sign_in("a@example.org", "a long enough password", TODAY).await.expect("read").expect("in");
    let before = staff.session(&session, TODAY).await.expect("read").expect("there");
    staff.set_roles(|s| s.is_of("a@example.org"), viewer.clone(), By::Staff(&first)).await.expect("changed");
    staff.set_preferences(&before.id, serde_json::json!({ "theme": "dark" })).await.expect("kept");
    assert_eq!(staff.session(&session, TODAY).await.expect("read").expect("there").roles, viewer);
    let open = control.create_invitation(&first, NOW).await.expect("a link");
    staff.remove(|s| s.is_of("a@example.org"), By::Staff(&first)).await.expect("removed");
    assert!(staff.session(&session, TODAY).await.expect("read").is_none());
    assert!(staff.set_preferences(&before.id, serde_json::json!({})).await.is_err(), "nobody is made again");
    let late = staff.set_up(&open, "c@example.org", "a long enough password", NOW).await;
    assert!(late.is_err(), "links of whoever is removed are of no use");
}

#[tokio::test]
async fn a_ticket_is_good_once_and_for_a_minute() {
    let (_dir, control) = control().await;
    let ticket = control.create_ticket(NOW).await.expect("a ticket");
    assert!(!control.use_ticket("another", NOW).await.expect("read"));
    assert!(control.use_ticket(&ticket, NOW).await.expect("read"));
    assert!(!control.use_ticket(&ticket, NOW).await.expect("read"));
    let old = control.create_ticket(NOW).await.expect("a ticket");
    assert!(!control.use_ticket(&old, NOW.plus_ms(60_000)).await.expect("read"));
}

#[tokio::test]
async fn staff_do_not_open_without_their_key() {
    let (_dir, control) = control().await;
    let staff = StaffStore::open(control.clone(), &MemoryKeys::default()).await.expect("opened");
    staff.add("a@example.org", "a long enough password", Roles::of_the_first()).await.expect("added");
    let other = StaffStore::open(control, &MemoryKeys::default()).await.expect("opened");
    assert!(other.sign_in("a@example.org", "a long enough password", TODAY).await.is_err());
}

/// True if the bytes are in any file of the folder.
fn on_disk(dir: &std::path::Path, needle: &[u8]) -> bool {
    let files = std::fs::read_dir(dir).expect("folder").map(|f| f.expect("entry").path());
    files.into_iter().any(|f| std::fs::read(f).expect("read").windows(needle.len()).any(|w| w == needle))
}
