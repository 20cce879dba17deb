//! A real receiver over TLS, and receivers that nothing may reach.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use outis_disclose::Secret;
use outis_event::{ManualClock, Timestamp};
use outis_keys::{Keys, MemoryKeys};
use parking_lot::Mutex;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::*;

const SECRET: [u8; 32] = [9; 32];
const NOW: Timestamp = Timestamp(1_800_000_000_000);
const BODY: &[u8] = br#"{"intent":"open_ticket","slots":{"thing":"printer"}}"#;

/// Always these addresses, or first these and then those; counts how often it was asked.
struct Names {
    first: Vec<IpAddr>,
    then: Vec<IpAddr>,
    asked: AtomicUsize,
}

impl Names {
    fn of(addresses: &[&str]) -> Arc<Names> {
        Names::rebinding(addresses, addresses)
    }

    fn rebinding(first: &[&str], then: &[&str]) -> Arc<Names> {
        let parse = |list: &[&str]| list.iter().map(|text| text.parse().expect("an address")).collect();
        Arc::new(Names { first: parse(first), then: parse(then), asked: AtomicUsize::new(0) })
    }
}

#[async_trait]
impl Resolve for Names {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        if host == "unknown.example" {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(if self.asked.fetch_add(1, Ordering::SeqCst) == 0 { self.first.clone() } else { self.then.clone() })
    }
}

/// What a receiver saw: heads and bodies.
type Seen = Arc<Mutex<Vec<String>>>;

/// A receiver with a certificate for a name; it gives these answers in turn, the last one again and again.
struct Receiver {
    at: SocketAddr,
    authority: Vec<u8>,
    seen: Seen,
    connections: Arc<AtomicUsize>,
}

impl Receiver {
    async fn new(answers: &'static [&'static str]) -> Receiver {
        let certified = rcgen::generate_simple_self_signed(vec!["hooks.example".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .expect("fits");
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let at = listener.local_addr().expect("an address");
        let (seen, connections) = (Seen::default(), Arc::new(AtomicUsize::new(0)));
        let (writes, counts) = (seen.clone(), connections.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("accepts");
                let turn = counts.fetch_add(1, Ordering::SeqCst);
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut request = Vec::new();
                while !request.ends_with(BODY) {
                    let mut part = [0; 4096];
                    match stream.read(&mut part).await {
                        Ok(0) | Err(_) => break,
                        Ok(length) => request.extend_from_slice(&part[..length]),
                    }
                }
                writes.lock().push(String::from_utf8_lossy(&request).into_owned());
                let answer = answers.get(turn).or(answers.last()).copied().unwrap_or_default();
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.flush().await;
            }
        });
        Receiver { at, authority: certified.cert.pem().into_bytes(), seen, connections }
    }

    fn declared(&self, host: &str, loopback: bool) -> Declared {
        Declared {
            name: "app".to_owned(),
            url: format!("https://{host}:{}/hooks?x=1", self.at.port()),
            secret: Secret::new(format!("whsec_{}", STANDARD.encode(SECRET))),
            authorities: Some(self.authority.clone()),
            loopback,
        }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

struct Door {
    _dir: tempfile::TempDir,
    pool: SqlitePool,
    keys: Arc<dyn Keys>,
    clock: ManualClock,
    door: Distribute,
}

fn message(body: Vec<u8>) -> Message {
    Message { kind: Kind::Intent, of: None, body, headers: Headers::default() }
}

async fn pool(dir: &std::path::Path) -> SqlitePool {
    let options = SqliteConnectOptions::new().filename(dir.join("control.db")).create_if_missing(true);
    SqlitePool::connect_with(options).await.expect("opens")
}

async fn door(destination: Destination, names: Arc<Names>) -> Door {
    let dir = tempfile::tempdir().expect("a folder");
    let pool = pool(dir.path()).await;
    let keys: Arc<dyn Keys> = Arc::new(MemoryKeys::default());
    let clock = ManualClock::new(NOW);
    let door = Distribute::open(vec![destination], pool.clone(), keys.clone(), names, Arc::new(clock.clone())).await;
    Door { _dir: dir, pool, keys, clock, door: door.expect("opens") }
}

impl Door {
    async fn queue(&self) -> String {
        self.door.queue("app", message(BODY.to_vec())).await.expect("taken")
    }

    /// Outcomes that were written down, with attempts and bytes.
    async fn told(&self) -> Vec<(Outcome, u64, u64)> {
        let lines = self.door.egress().await.expect("read");
        lines.iter().map(|line| (line.outcome, line.attempts, line.bytes)).collect()
    }
}

const OK: &str = "HTTP/1.1 204 No Content\r\n\r\n";

#[tokio::test]
async fn a_message_reaches_its_receiver_signed_and_is_written_down() {
    let receiver = Receiver::new(&[OK]).await;
    let to = Destination::new(&receiver.declared("hooks.example", true)).expect("taken");
    let names = Names::of(&["127.0.0.1"]);
    let door = door(to, names.clone()).await;
    let id = door.queue().await;
    door.door.work().await;
    let seen = receiver.seen.lock().first().cloned().expect("a request");
    let (head, body) = seen.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("POST /hooks?x=1 HTTP/1.1\r\n"), "{head}");
    assert_eq!(body.as_bytes(), BODY);
    let signed = crate::sign::signature(&Secret::new(SECRET.to_vec()), &id, NOW.0 / 1000, BODY);
    for header in [
        format!("webhook-id: {id}"),
        format!("webhook-timestamp: {}", NOW.0 / 1000),
        format!("webhook-signature: {signed}"),
        format!("host: hooks.example:{}", receiver.at.port()),
    ] {
        assert!(head.contains(&header), "{header} in {head}");
    }
    assert_eq!((door.door.waiting(), names.asked.load(Ordering::SeqCst)), (0, 1), "looked up once");
    assert_eq!(door.told().await, [(Outcome::Delivered, 1, BODY.len() as u64)]);
    let error = door.door.queue("other", message(Vec::new())).await;
    assert!(matches!(error, Err(QueueError::NoDestination)));
    let long = message(vec![b' '; 64 * 1024 + 1]);
    assert!(matches!(door.door.queue("app", long).await, Err(QueueError::TooLong)));
}

#[tokio::test]
async fn headers_of_another_protocol_go_along_and_do_not_take_the_place_of_ours() {
    let receiver = Receiver::new(&[BUSY, OK]).await;
    let declared = receiver.declared("hooks.example", true);
    let door = door(Destination::new(&declared).expect("taken"), Names::of(&["127.0.0.1"])).await;
    assert_eq!(door.door.destination_at(&declared.url).map(Destination::name), Some("app"));
    assert!(door.door.destination_at(&format!("{}&y=2", declared.url)).is_none());
    let texts = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let mut all = texts("x-opendsr-signature", "c2lnbmVk");
    all.extend(texts("webhook-id", "another"));
    let headers = Headers::try_from(all).expect("headers");
    let id = door.door.queue("app", Message { headers, ..message(BODY.to_vec()) }).await.expect("taken");
    door.door.work().await;
    // They outlive a restart.
    let again = door.again(&receiver).await;
    door.clock.advance_ms(10_000);
    again.work().await;
    let seen = receiver.seen.lock().clone();
    assert_eq!(seen.len(), 2);
    for head in seen {
        assert!(
            head.contains("x-opendsr-signature: c2lnbmVk") && head.contains(&format!("webhook-id: {id}")),
            "{head}"
        );
        assert!(!head.contains("another"), "{head}");
    }
    for (name, value) in [("x y", "1"), ("x", "1\r\nhost: other"), ("x", "\u{e9}")] {
        assert!(Headers::try_from(texts(name, value)).is_err());
    }
}

/// The receiver is there and would take it: only the rule is in between.
#[tokio::test]
async fn nothing_goes_to_an_address_that_is_not_public_whatever_name_it_has() {
    for addresses in [
        ["127.0.0.1", "127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        ["127.0.0.1", "8.8.8.8"],
        ["::ffff:127.0.0.1", "8.8.8.8"],
        ["8.8.8.8", "169.254.169.254"],
        ["10.0.0.1", "8.8.8.8"],
    ] {
        let receiver = Receiver::new(&[OK]).await;
        let declared =
            Declared { url: "https://hooks.example/".to_owned(), ..receiver.declared("hooks.example", false) };
        let mut to = Destination::new(&declared).expect("taken");
        to.port = receiver.at.port();
        let door = door(to, Names::of(&addresses)).await;
        door.queue().await;
        door.door.work().await;
        assert_eq!(receiver.connections(), 0, "{addresses:?}");
        assert_eq!(door.told().await, [(Outcome::Blocked, 1, 0)], "{addresses:?}");
        assert_eq!(door.door.waiting(), 1, "a name may be put right");
    }
}

#[tokio::test]
async fn a_name_that_changes_between_looking_and_going_leads_nowhere_else() {
    let receiver = Receiver::new(&[OK]).await;
    let to = Destination::new(&receiver.declared("hooks.example", true)).expect("taken");
    // Were the name looked up again, it would have another address then.
    let names = Names::rebinding(&["127.0.0.1"], &["127.0.0.2"]);
    let door = door(to, names.clone()).await;
    door.queue().await;
    door.door.work().await;
    assert_eq!((receiver.connections(), names.asked.load(Ordering::SeqCst)), (1, 1));
    assert_eq!(door.told().await[0].0, Outcome::Delivered);
}

#[tokio::test]
async fn the_switch_for_this_machine_opens_no_other_network() {
    let receiver = Receiver::new(&[OK]).await;
    for address in ["8.8.8.8", "10.0.0.1", "169.254.169.254"] {
        let to = Destination::new(&receiver.declared("hooks.example", true)).expect("taken");
        let door = door(to, Names::of(&[address])).await;
        door.queue().await;
        door.door.work().await;
        assert_eq!(door.told().await, [(Outcome::Blocked, 1, 0)], "{address}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed_and_a_receiver_of_another_name_is_not_trusted() {
    const MOVED: &str = "HTTP/1.1 307 Temporary Redirect\r\nlocation: https://127.0.0.1/\r\ncontent-length: 0\r\n\r\n";
    let (other, receiver) = (Receiver::new(&[OK]).await, Receiver::new(&[MOVED]).await);
    let to = Destination::new(&receiver.declared("hooks.example", true)).expect("taken");
    let door_ = door(to, Names::of(&["127.0.0.1"])).await;
    door_.queue().await;
    door_.door.work().await;
    assert_eq!(door_.told().await, [(Outcome::Refused, 1, BODY.len() as u64)]);
    assert_eq!((receiver.connections(), other.connections()), (1, 0));

    let to = Destination::new(&receiver.declared("other.example", true)).expect("taken");
    let door_ = door(to, Names::of(&["127.0.0.1"])).await;
    door_.queue().await;
    door_.door.work().await;
    assert_eq!(door_.told().await[0].0, Outcome::Unreachable, "the certificate is of another name");
    assert_eq!(receiver.seen.lock().len(), 1, "nothing was said to it");
}

#[tokio::test]
async fn what_is_not_taken_is_tried_again_with_the_same_id_and_given_up_in_time() {
    const FAILS: &str = "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";
    let receiver = Receiver::new(&[FAILS, FAILS, OK, FAILS]).await;
    let to = Destination::new(&receiver.declared("hooks.example", true)).expect("taken");
    let door = door(to, Names::of(&["127.0.0.1"])).await;
    let id = door.queue().await;
    for seconds in [0, 1, 7, 10, 38] {
        door.clock.set(NOW.plus_ms(seconds * 1000));
        door.door.work().await;
    }
    // At once, after 5 to 6.25 s, after 30 to 37.5 s more; not in between.
    assert!(receiver.connections() <= 3);
    door.clock.set(NOW.plus_ms(60_000));
    door.door.work().await;
    assert_eq!((receiver.connections(), door.door.waiting()), (3, 0));
    let seen = receiver.seen.lock().clone();
    assert!(seen.iter().all(|request| request.contains(&format!("webhook-id: {id}"))), "one id for all attempts");

    door.queue().await;
    let mut attempts = 0;
    for hour in 0..24 {
        for minute in 0..60 {
            door.clock.set(NOW.plus_ms(3_600_000 * (hour + 1) + 60_000 * minute));
            door.door.work().await;
        }
        attempts = receiver.connections() - 3;
    }
    assert_eq!((attempts, door.door.waiting()), (8, 0), "bounded, and then it is gone");
}

#[tokio::test]
async fn a_receiver_that_is_gone_gets_nothing_more_of_the_message() {
    let receiver = Receiver::new(&["HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n"]).await;
    let to = Destination::new(&receiver.declared("hooks.example", true)).expect("taken");
    let door = door(to, Names::of(&["127.0.0.1"])).await;
    door.queue().await;
    door.door.work().await;
    assert_eq!((door.door.waiting(), door.told().await[0].0), (0, Outcome::Gone));
}

#[tokio::test]
async fn what_waits_outlives_a_restart_sealed_and_is_gone_with_its_key() {
    let receiver = Receiver::new(&[OK]).await;
    let declared = || Destination::new(&receiver.declared("hooks.example", true)).expect("taken");
    let door = door(declared(), Names::of(&["127.0.0.1"])).await;
    let id = door.queue().await;
    let sealed: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT sealed FROM outbox").fetch_all(&door.pool).await.expect("read");
    assert_eq!(sealed.len(), 1);
    assert!(!sealed[0].windows(7).any(|part| part == b"printer" || part == b"open_ti"));
    let again = |clock: &ManualClock| {
        let names = Names::of(&["127.0.0.1"]);
        Distribute::open(vec![declared()], door.pool.clone(), door.keys.clone(), names, Arc::new(clock.clone()))
    };
    let later = again(&door.clock).await.expect("opens");
    assert_eq!(later.waiting(), 1);
    later.work().await;
    assert!(receiver.seen.lock()[0].contains(&id));
    // Another one that nobody takes: two days later neither it nor its key is there.
    door.queue().await;
    let purpose = outis_keys::Purpose::Control;
    assert_eq!(door.keys.list(purpose).await.expect("listed").len(), 2, "of the day, and of the log");
    door.clock.set(NOW.plus_ms(2 * 86_400_000));
    door.door.expire().await.expect("expired");
    assert_eq!((door.door.waiting(), door.keys.list(purpose).await.expect("listed").len()), (0, 1));
    assert_eq!(again(&door.clock).await.expect("opens").waiting(), 0);
    let lines = door.door.egress().await.expect("read");
    assert_eq!(lines.len(), 1, "the log stays for 90 days");
    door.clock.set(NOW.plus_ms(91 * 86_400_000));
    door.door.expire().await.expect("expired");
    assert!(door.door.egress().await.expect("read").is_empty());
}

const ANNA: Owner = Owner([1; 16]);
const BERT: Owner = Owner([2; 16]);
const BUSY: &str = "HTTP/1.1 503 Busy\r\n\r\n";

impl Door {
    async fn queue_of(&self, owner: Owner) -> String {
        self.door.queue("app", Message { of: Some(owner), ..message(BODY.to_vec()) }).await.expect("taken")
    }

    /// Rows of members' messages, as somebody copies them.
    async fn copy(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        sqlx::query_as("SELECT id, sealed FROM outbox_of_members").fetch_all(&self.pool).await.expect("read")
    }

    /// Rows that are there no more are there again.
    async fn put_back(&self, rows: &[(Vec<u8>, Vec<u8>)]) {
        for (id, sealed) in rows {
            let query = sqlx::query("INSERT OR IGNORE INTO outbox_of_members (id, sealed) VALUES (?, ?)");
            query.bind(id).bind(sealed).execute(&self.pool).await.expect("written");
        }
    }

    /// As after a restart.
    async fn again(&self, receiver: &Receiver) -> Distribute {
        let to = vec![Destination::new(&receiver.declared("hooks.example", true)).expect("taken")];
        let (names, clock) = (Names::of(&["127.0.0.1"]), Arc::new(self.clock.clone()));
        Distribute::open(to, self.pool.clone(), self.keys.clone(), names, clock).await.expect("opens")
    }

    /// What the server does when it forgets somebody; without the last step if the key is not destroyed.
    async fn forget(&self, owner: Owner, destroy: bool) {
        self.door.gone(owner);
        self.door.rewrite().await.expect("rewritten");
        if destroy {
            self.keys.remove(&self.door.keys_over()).await.expect("destroyed");
        }
    }
}

fn ids(receiver: &Receiver) -> Vec<String> {
    let id = |head: &String| head.lines().find_map(|line| line.strip_prefix("webhook-id: ")).expect("an id").to_owned();
    receiver.seen.lock().iter().map(id).collect()
}

#[tokio::test]
async fn what_waits_of_a_member_goes_with_them_and_no_copy_brings_it_back() {
    for destroy in [false, true] {
        let receiver = Receiver::new(&[BUSY, OK]).await;
        let to = Destination::new(&receiver.declared("hooks.example", true)).expect("taken");
        let door = door(to, Names::of(&["127.0.0.1"])).await;
        let (anna, bert) = (door.queue_of(ANNA).await, door.queue_of(BERT).await);
        door.door.work().await;
        let copy = door.copy().await;
        assert_eq!((copy.len(), door.door.waiting()), (2, 2));
        door.forget(ANNA, destroy).await;
        assert_eq!((door.copy().await.len(), door.door.waiting()), (1, 1), "what is of others stays");
        door.put_back(&copy).await;
        let again = door.again(&receiver).await;
        door.clock.advance_ms(10_000);
        again.work().await;
        again.work().await;
        let sent = ids(&receiver).split_off(1);
        assert!(sent.contains(&bert));
        assert_eq!(sent.contains(&anna), !destroy, "while the old key is there, the copy opens");
    }
}

#[tokio::test]
async fn a_message_that_is_being_sent_while_its_member_goes_is_not_kept_again() {
    let receiver = Receiver::new(&[BUSY]).await;
    let to = Destination::new(&receiver.declared("hooks.example", true)).expect("taken");
    let door = door(to, Names::of(&["127.0.0.1"])).await;
    door.queue_of(ANNA).await;
    tokio::join!(door.door.work(), door.forget(ANNA, true));
    door.clock.advance_ms(10_000);
    door.door.work().await;
    assert_eq!((door.copy().await.len(), door.door.waiting()), (0, 0));
    assert!(receiver.seen.lock().len() <= 1);
}

#[tokio::test]
async fn what_was_delivered_to_a_member_is_not_read_from_a_copy_a_minute_later() {
    let receiver = Receiver::new(&[OK]).await;
    let to = Destination::new(&receiver.declared("hooks.example", true)).expect("taken");
    let door = door(to, Names::of(&["127.0.0.1"])).await;
    door.queue_of(ANNA).await;
    let copy = door.copy().await;
    door.door.work().await;
    door.door.expire().await.expect("expired");
    door.put_back(&copy).await;
    assert_eq!(door.again(&receiver).await.waiting(), 0);
    // The next one has a key of its own.
    door.queue_of(BERT).await;
    assert_eq!(door.again(&receiver).await.waiting(), 1);
}

#[tokio::test]
async fn after_a_stop_in_the_middle_of_forgetting_what_is_of_others_is_there_under_one_key() {
    let receiver = Receiver::new(&[BUSY, OK]).await;
    let to = Destination::new(&receiver.declared("hooks.example", true)).expect("taken");
    let door = door(to, Names::of(&["127.0.0.1"])).await;
    door.queue_of(ANNA).await;
    door.queue_of(BERT).await;
    door.forget(ANNA, false).await;
    let names = || async { door.keys.list(outis_keys::Purpose::Control).await.expect("read").len() };
    let before = names().await;
    let again = door.again(&receiver).await;
    assert_eq!((again.waiting(), names().await), (1, before - 1));
    again.gone(ANNA);
    assert_eq!(again.waiting(), 1, "it is Bert's");
}

#[tokio::test]
async fn messages_of_members_are_bounded() {
    let receiver = Receiver::new(&[BUSY]).await;
    let to = Destination::new(&receiver.declared("hooks.example", true)).expect("taken");
    let door = door(to, Names::of(&["127.0.0.1"])).await;
    for _ in 0..1_000 {
        door.queue_of(ANNA).await;
    }
    let more = door.door.queue("app", Message { of: Some(BERT), ..message(BODY.to_vec()) }).await;
    assert!(matches!(more, Err(QueueError::Full)));
    door.queue().await;
}
