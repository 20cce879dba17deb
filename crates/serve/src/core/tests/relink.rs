//! Sites that live and forget, and all that is left of it, for an attacker who re-links visits (`tests/relink`).
//!
//! The attacker is a program of its own, in Python, because it learns with a public library. `scripts/test-relink` has this
//! test write what the attacker gets, and then runs it.

mod application;
mod asked;
mod dump;
mod life;
mod people;
mod traffic;
mod zipf;

use std::path::{Path, PathBuf};

use outis_event::{Epsilon, Link, Noise, Policy};
use outis_people::Mode;
use serde_json::Value;

use life::Life;
use people::{Group, Person, SCALES, Scale};
use traffic::Visit;

/// Where the attacker reads; without it a tiny site is lived, and looked at here.
const FOLDER: &str = "OUTIS_RELINK_FOLDER";
/// Which of the sizes.
const SIZE: &str = "OUTIS_RELINK_SIZE";
/// The budget of sites with noise, in thousandths: as the documentation proposes it.
const NOISE: u32 = 2_000;
const SEED: u64 = 20_261_130;

struct Lived {
    people: Vec<Person>,
    visits: Vec<Visit>,
}

/// A site with its people, who are the same whatever its policy is.
async fn lived(scale: &Scale, policy: Policy, seed: u64, folder: &Path) -> Lived {
    std::fs::create_dir_all(folder).expect("folder");
    let mut dice = fastrand::Rng::with_seed(seed);
    let people = people::everybody(scale, &mut dice);
    let visits = traffic::visits(&people, scale, &mut dice);
    application::write(folder, &people, &visits);
    let life = Life::begin(scale, policy).await;
    life.agree(&people).await;
    life.live(&people, &visits).await;
    life.noon().await;
    dump::kept(&life, folder, "before").await;
    let left = asked::around_leaving(&life, scale, &people, folder).await;
    for (number, person) in people.iter().enumerate().filter(|(number, _)| !left.contains(number)) {
        match person.group {
            Group::Fold => life.forget(number, Mode::Fold).await,
            Group::Delete => life.forget(number, Mode::Delete).await,
            Group::Living | Group::Never | Group::Other => {}
        }
    }
    life.live_on(&people, &visits).await;
    dump::kept(&life, folder, "after").await;
    Lived { people, visits }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_is_written_for_the_attacker() {
    let (folder, size) = (std::env::var_os(FOLDER), std::env::var(SIZE));
    let Some(folder) = folder.map(PathBuf::from) else { return look_at_a_tiny_site().await };
    let size = size.expect("a size");
    let scale = SCALES.iter().find(|scale| scale.name == size).expect("one of the sizes");
    for site in 0..scale.sites {
        for (name, policy) in policies(scale) {
            lived(scale, policy, SEED + site as u64, &folder.join(format!("{size}-{site}-{name}"))).await;
        }
    }
}

/// What sites of a size promise, under the name by which the attacker knows it. Noise makes a difference where cells tell
/// of many items at all.
fn policies(scale: &Scale) -> Vec<(&'static str, Policy)> {
    let mut policies = vec![("day", linked(Link::Day)), ("period", linked(Link::Period))];
    if scale.with_noise {
        let epsilon = Epsilon::of_thousandths(NOISE).expect("in range");
        policies.push(("noise", Policy { noise: Some(Noise { epsilon }), ..linked(Link::Day) }));
    }
    policies
}

fn linked(link: Link) -> Policy {
    Policy { link, ..Policy::default() }
}

fn lines(folder: &Path, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join(name)).expect("read");
    text.lines().map(|line| serde_json::from_str(line).expect("json")).collect()
}

/// The marks of visits that opened.
fn marks(folder: &Path, stage: &str) -> Vec<usize> {
    let marks = lines(folder, &format!("{stage}-truth.jsonl"));
    marks.iter().map(|mark| mark.as_u64().expect("every visit has one") as usize).collect()
}

/// What the attacker is given is what it says: everything before, and afterwards nothing of who was forgotten.
async fn look_at_a_tiny_site() {
    let folder = tempfile::tempdir().expect("folder");
    let Lived { people, visits } = lived(&SCALES[0], linked(Link::Period), SEED, folder.path()).await;
    let (before, after) = (marks(folder.path(), "before"), marks(folder.path(), "after"));
    let group = |id: usize| people[visits[id].person].group;
    let signed_in = |marks: &[usize], of: fn(Group) -> bool| {
        marks.iter().filter(|id| visits[**id].signed_in && of(group(**id))).count()
    };
    assert!(signed_in(&before, Group::is_forgotten) > 100, "forgotten members were there");
    assert_eq!(signed_in(&after, Group::is_forgotten), 0);
    assert!(after.iter().any(|id| !visits[*id].signed_in && group(*id).is_forgotten()), "what came before is nobody's");
    for (visit, id) in lines(folder.path(), "before-visits.jsonl").iter().zip(&before) {
        let known = application::context(&people[visits[*id].person]);
        assert!(known.iter().zip(visit["context"].as_array().expect("a list")).all(|(known, stored)| stored == known));
    }
    assert!(before.iter().chain(&after).all(|id| group(*id) != Group::Never));
    let sent = |of: Group| visits.iter().filter(|visit| visit.signed_in && people[visit.person].group == of).count();
    assert_eq!(signed_in(&after, |group| group == Group::Living), sent(Group::Living), "the living have all of theirs");
}
