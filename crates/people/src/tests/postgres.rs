//! What is different with PostgreSQL: it keeps what is deleted, it is elsewhere, and it goes away.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};

use memchr::memmem;
use outis_disclose::Secret;
use outis_keys::{DataKey, Purpose};

use super::forget::live;
use super::members::files_of;
use super::*;
use crate::people::COHORTS;
use crate::vault::{Field, Place, open as open_sealed};
use crate::{ChangeError, DatabaseError, PeopleError, Preference, Stated};

/// How long the shortest sealed records are.
const SEALED_BYTES: usize = 1 + 12 + 512 + 16;

/// Whatever stands behind a name in raw files and may be a sealed record: a header of up to some bytes is between.
fn behind<'a>(files: &'a [(PathBuf, Vec<u8>)], id: &[u8; 16], folder: &str) -> Vec<&'a [u8]> {
    let mut found = Vec::new();
    for (_, bytes) in files.iter().filter(|(path, _)| path.components().any(|part| part.as_os_str() == folder)) {
        for end in memmem::find_iter(bytes, id).map(|at| at + id.len()) {
            found.extend((4..16).filter_map(|header| bytes.get(end + header..end + header + SEALED_BYTES)));
        }
    }
    found
}

fn opens(place: &Place, candidates: &[&[u8]]) -> bool {
    candidates.iter().any(|sealed| open_sealed::<serde_json::Value>(place, sealed).is_ok())
}

#[tokio::test]
async fn what_the_server_keeps_of_who_was_forgotten_opens_with_nothing_that_exists() {
    let Some(mut server) = Postgres::start(&[], &[]) else { return };
    let home = Home::at(&server);
    let people = live(&home).await;
    let anna = people.enter(SITE, claims("anna.canary@example.org")).await.expect("in");
    let stated = Stated { interests: ["canary-interest".to_owned()].into(), ..Stated::default() };
    people.state(&anna, stated).await.expect("kept");
    people.prefer(&anna, Preference::Like, "canary-item", true).await.expect("kept");
    people.see(&anna, &site(), TODAY, None).expect("marks");
    people.flush().await.expect("written");
    let [hers, berts] = [anna, people.find(SITE, &id("bert")).await.expect("read").expect("a member")]
        .map(|active| Field::ALL.map(|field| Place::of(&active.member.key, field)));
    let who = id("anna.canary@example.org");
    let (_, forgotten) = people.forget(SITE, &who, order(Mode::Delete), &Rows::default()).await.expect("forgotten");
    people.unlink(forgotten).await.expect("unlinked");
    let keys = every_key(&people).await;
    drop(people);
    server.stop();

    let files = files_of(&server.data());
    for (path, bytes) in &files {
        assert!(memmem::find(bytes, b"canary").is_none(), "{}", path.display());
    }
    for place in &hers {
        for folder in ["base", "pg_wal"] {
            // The control: it is all there, and opens with the key as it was.
            let kept = behind(&files, &place.id, folder);
            assert!(opens(place, &kept), "PostgreSQL keeps what is deleted in {folder}");
            for key in &keys {
                let own = Field::ALL.map(|field| Place::of(key, field));
                let others = [COHORTS, b"outis/people/v1/job"].map(|what| Place::under(key, what));
                for other in own.iter().chain(&others) {
                    assert_ne!(other.id, place.id, "a key that exists names a record of who was forgotten");
                    assert!(!opens(other, &kept), "a key that exists opens a record of who was forgotten");
                }
            }
        }
    }
    // And of those who stay it does open.
    assert!(opens(&berts[0], &behind(&files, &berts[0].id, "base")));
}

/// Every key that is in the tree.
async fn every_key(people: &People) -> Vec<DataKey> {
    let mut keys = Vec::new();
    for purpose in Purpose::ALL {
        for name in people.keys.list(purpose).await.expect("listed") {
            keys.extend(people.keys.get(name).await.expect("read"));
        }
    }
    assert!(keys.len() > 2);
    keys
}

fn is_away(error: &PeopleError) -> bool {
    matches!(error, PeopleError::Database(DatabaseError::Away(_)))
}

#[tokio::test]
async fn a_server_that_goes_away_is_told_of_and_nothing_is_taken_for_written() {
    let Some(mut server) = Postgres::start(&[], &[]) else { return };
    let home = Home::at(&server);
    let people = live(&home).await;
    let anna = people.find(SITE, &id("anna")).await.expect("read").expect("a member");
    let like = || people.prefer(&anna, Preference::Like, "item-7", true);
    server.stop();
    let refused = like().await.expect_err("the server is away");
    assert!(matches!(&refused, ChangeError::People(error) if is_away(error)), "{refused:?}");
    assert!(people.enter(SITE, claims("carl")).await.is_err_and(|error| is_away(&error)));
    let refused = people.forget(SITE, &id("bert"), order(Mode::Fold), &Rows::default()).await;
    assert!(refused.is_err_and(|error| is_away(&error)));
    assert!(people.find(SITE, &id("bert")).await.expect("in memory").is_some(), "nothing was done");
    people.see(&anna, &site(), TODAY.plus(1), None).expect("marks");
    assert!(people.flush().await.is_err());
    server.again();

    // What was refused is no change any more, and written all the same.
    like().await.expect("kept");
    assert_eq!(people.flush().await.expect("written"), 1);
    people.enter(SITE, claims("carl")).await.expect("in");
    drop((anna, people));
    let people = home.open().await;
    assert_eq!(people.resume(&Rows::default()).await.expect("resumed"), 0, "what was refused is not done later");
    let held = people.find(SITE, &id("anna")).await.expect("read").expect("a member").held().expect("there");
    assert_eq!(held.likes, ["item-7"]);
    assert_eq!(held.activity.expect("marks").last_day, TODAY.plus(1).date().to_string());
    assert_eq!(people.count(SITE).await.expect("counted"), 3);
}

/// Opens a vault in vain; what is said, as one text.
async fn said(server: Server) -> (DatabaseError, String) {
    let home = Home::on_sqlite();
    match People::open(&Vault::Server(server), home.keys()).await {
        Err(PeopleError::Database(error)) => {
            let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            let text = format!("{error}: {source}");
            (error, text)
        }
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it opens"),
    }
}

fn on_loopback(port: u16, password: &str) -> Server {
    Server {
        host: Host::Name("127.0.0.1".to_owned()),
        port,
        user: "outis".to_owned(),
        database: "members".to_owned(),
        password: Some(Secret::new(password.to_owned())),
        ca_file: None,
    }
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|it| it.local_addr()).expect("a free port").port()
}

#[tokio::test]
async fn what_keeps_a_vault_from_being_opened_is_said_with_what_would_work() {
    let port = free_port();
    let (error, text) = said(Server { host: Host::Socket("/nowhere".into()), ..on_loopback(port, "") }).await;
    assert!(matches!(error, DatabaseError::Away(_)) && text.contains("does the server run"), "{text}");

    let hba = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
    let settings = ["listen_addresses=127.0.0.1".to_owned(), format!("port={port}")];
    let settings = settings.each_ref().map(String::as_str);
    let Some(server) = Postgres::start(&settings, &[("pg_hba.conf", hba)]) else { return };
    server.sql("ALTER USER outis PASSWORD '80808'");
    server.sql("CREATE USER guest PASSWORD '80808'");
    let (error, text) = said(on_loopback(port, "70707")).await;
    assert!(matches!(error, DatabaseError::NotLetIn) && text.contains("people.password_file"), "{text}");
    assert!(!text.contains("70707"), "{text}");
    let (error, text) = said(on_loopback(port, "80808")).await;
    assert!(matches!(error, DatabaseError::NoDatabase) && text.contains("CREATE DATABASE"), "{text}");
    server.sql("CREATE DATABASE members");
    let (error, text) = said(Server { user: "guest".to_owned(), ..on_loopback(port, "80808") }).await;
    assert!(matches!(error, DatabaseError::NotAllowed) && text.contains("own the database"), "{text}");
    let (error, _) = said(Server { ca_file: Some("/dev/null".into()), ..on_loopback(port, "80808") }).await;
    assert!(matches!(error, DatabaseError::NoTls));
    let home = Home::on_sqlite();
    People::open(&Vault::Server(on_loopback(port, "80808")), home.keys()).await.expect("opened");
}

#[tokio::test]
async fn nothing_is_sent_to_a_server_without_tls_where_it_is_needed() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    // It says no to TLS, and reads whatever comes then.
    let listening = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut asked = [0; 8];
        stream.read_exact(&mut asked).expect("read");
        stream.write_all(b"N").expect("written");
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).expect("read");
        (asked, rest)
    });
    // With an authority of one's own it is needed on loopback too.
    let (error, text) = said(Server { ca_file: Some("/dev/null".into()), ..on_loopback(port, "80808") }).await;
    assert!(matches!(error, DatabaseError::NoTls) && text.contains("ssl = on"), "{text}");
    let (asked, rest) = listening.join().expect("ended");
    assert_eq!(asked, [0, 0, 0, 8, 4, 210, 22, 47], "a request for TLS");
    assert!(rest.is_empty());
}

#[tokio::test]
async fn a_server_must_show_the_certificate_of_its_name() {
    let port = free_port();
    let settings = ["listen_addresses=127.0.0.1".to_owned(), format!("port={port}"), "ssl=on".to_owned()];
    let settings = settings.each_ref().map(String::as_str);
    let made = |name: &str| rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
    let (own, other) = (made("127.0.0.1"), made("127.0.0.1"));
    let files = [
        ("server.crt", own.cert.pem()),
        ("server.key", own.signing_key.serialize_pem()),
        ("pg_hba.conf", "local all all trust\nhostssl all all 127.0.0.1/32 trust\n".to_owned()),
    ];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let Some(server) = Postgres::start(&settings, &files) else { return };
    server.sql("CREATE DATABASE members");
    let home = Home::on_sqlite();
    let with_ca = |cert: &rcgen::Certificate| {
        let file = home.dir.path().join("ca.pem");
        std::fs::write(&file, cert.pem()).expect("written");
        Server { ca_file: Some(file), ..on_loopback(port, "") }
    };
    let (error, text) = said(with_ca(&other.cert)).await;
    assert!(matches!(error, DatabaseError::Certificate(_)) && text.contains("people.ca_file"), "{text}");
    let elsewhere = Server { host: Host::Name("localhost".to_owned()), ..with_ca(&own.cert) };
    assert!(matches!(said(elsewhere).await.0, DatabaseError::Certificate(_)), "it is for another name");
    People::open(&Vault::Server(with_ca(&own.cert)), home.keys()).await.expect("opened");
    // On loopback, without an authority of one's own, it is encrypted too if the server wants that.
    People::open(&Vault::Server(on_loopback(port, "")), home.keys()).await.expect("opened");
}

#[tokio::test]
async fn members_move_from_one_kind_of_database_to_the_other() {
    let Some(to) = Home::on_postgres() else { return };
    let from = Home::on_sqlite();
    let people = live(&from).await;
    let held = |who: Arc<crate::Active>| serde_json::to_value(who.held().expect("there")).expect("json");
    let before = held(people.find(SITE, &id("anna")).await.expect("read").expect("a member"));
    let file = from.dir.path().join("copy.db");
    people.copy_to(&file).await.expect("copied");
    drop(people);
    crate::put_back(&file, &to.vault()).await.expect("put back");
    let again = crate::put_back(&file, &to.vault()).await;
    assert!(matches!(again, Err(PeopleError::NotEmpty)), "nothing is put over anything");
    let people = People::open(&to.vault(), from.keys()).await.expect("opened");
    assert_eq!(held(people.find(SITE, &id("anna")).await.expect("read").expect("a member")), before);
    assert!(people.bytes().await.expect("told") > 7 * 512);
    // And back, as one file that is whole by itself.
    let back = Home::on_sqlite();
    let dir = back.dir.path().join("people");
    std::fs::create_dir(&dir).expect("a folder");
    people.copy_to(&dir.join("people.db")).await.expect("copied");
    assert_eq!(std::fs::read_dir(&dir).expect("a folder").count(), 1);
    drop(people);
    let people = People::open(&back.vault(), from.keys()).await.expect("opened");
    assert_eq!(held(people.find(SITE, &id("anna")).await.expect("read").expect("a member")), before);
}
