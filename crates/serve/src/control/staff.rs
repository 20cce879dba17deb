//! Staff: accounts, sessions and one-time setup codes.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, PasswordHash};
use outis_event::{Day, Timestamp};
use outis_keys::{DataKey, KeyName, Keys, Purpose, open_record, seal_record};
use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::{Control, digest, random_secret};

/// Days a session lasts.
pub(crate) const SESSION_DAYS: i32 = 14;
/// Minutes a setup link lasts.
const SETUP_MINUTES: i64 = 30;
/// Least characters of a password.
pub(crate) const PASSWORD_CHARACTERS: usize = 12;
/// Most bytes of a password: hashing is not to be a lever for load.
const PASSWORD_BYTES: usize = 256;
/// Most bytes of the preferences.
const PREFERENCES_BYTES: usize = 16 << 10;

/// A member of staff.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Staff {
    #[serde(skip)]
    id: Vec<u8>,
    /// Where they are reached.
    pub(crate) email: String,
    password: String,
    /// What the dashboard remembers for them.
    #[serde(default)]
    pub(crate) preferences: serde_json::Value,
}

impl std::fmt::Debug for Staff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Staff(..)")
    }
}

/// What is wrong with an account's data.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum StaffError {
    #[error("a password has 12 to 256 characters")]
    Password,
    #[error("an e-mail address looks like name@example.org")]
    Email,
    #[error("the setup link is used up or older than 30 minutes; `outis setup` makes a new one")]
    Code,
    #[error("preferences are too large")]
    Preferences,
    #[error("an account with this address exists already")]
    Exists,
}

impl StaffError {
    /// A stable name of the mistake.
    pub(crate) fn code(self) -> &'static str {
        match self {
            StaffError::Password => "password",
            StaffError::Email => "email",
            StaffError::Code => "setup_code",
            StaffError::Preferences => "too_large",
            StaffError::Exists => "account_exists",
        }
    }
}

/// Staff in the control database, sealed under a key of the tree.
#[derive(Clone)]
pub(crate) struct StaffStore {
    control: Control,
    key: Arc<DataKey>,
}

impl std::fmt::Debug for StaffStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StaffStore(..)")
    }
}

impl StaffStore {
    /// Opens the store.
    pub(crate) async fn open(control: Control, keys: &dyn Keys) -> anyhow::Result<StaffStore> {
        let name = KeyName { purpose: Purpose::Control, label: *b"staff-----------" };
        Ok(StaffStore { control, key: Arc::new(keys.get_or_create(name).await?) })
    }

    /// Adds an account.
    pub(crate) async fn add(&self, email: &str, password: &str) -> anyhow::Result<()> {
        check_email(email)?;
        if self.all().await?.iter().any(|s| s.email.eq_ignore_ascii_case(email)) {
            return Err(StaffError::Exists.into());
        }
        let mut id = vec![0u8; 16];
        aws_lc_rs::rand::fill(&mut id).map_err(|_| anyhow::anyhow!("the system has no randomness"))?;
        let password = hash_password(password.to_owned()).await?;
        let staff = Staff { id, email: email.trim().to_owned(), password, preferences: serde_json::Value::Null };
        self.write(&staff).await
    }

    /// True if nobody has an account yet.
    pub(crate) async fn is_empty(&self) -> anyhow::Result<bool> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM staff").fetch_one(&self.control.pool).await?;
        Ok(count == 0)
    }

    /// Signs in: the session's secret, or `None` if address or password are wrong (in equal time).
    pub(crate) async fn sign_in(&self, email: &str, password: &str, today: Day) -> anyhow::Result<Option<String>> {
        let all = self.all().await?;
        let found = all.into_iter().find(|s| s.email.eq_ignore_ascii_case(email.trim()));
        let hash = found.as_ref().map_or_else(|| DUMMY_HASH.to_owned(), |s| s.password.clone());
        let right = verify_password(password.to_owned(), hash).await;
        let Some(staff) = found.filter(|_| right) else { return Ok(None) };
        let secret = random_secret()?;
        sqlx::query("INSERT INTO sessions (hash, staff, expires_day) VALUES (?, ?, ?)")
            .bind(digest(secret.as_bytes()))
            .bind(&staff.id)
            .bind(i64::from(today.plus(SESSION_DAYS).0))
            .execute(&self.control.pool)
            .await?;
        Ok(Some(secret))
    }

    /// Whose session this is.
    pub(crate) async fn session(&self, secret: &str, today: Day) -> anyhow::Result<Option<Staff>> {
        let query = sqlx::query(
            "SELECT staff.id, staff.sealed FROM sessions JOIN staff ON staff.id = sessions.staff WHERE hash = ? AND expires_day >= ?",
        );
        let row =
            query.bind(digest(secret.as_bytes())).bind(i64::from(today.0)).fetch_optional(&self.control.pool).await?;
        row.map(|row| self.open_row(row.try_get("id")?, &row.try_get::<Vec<u8>, _>("sealed")?)).transpose()
    }

    /// Ends a session, and all that have run out.
    pub(crate) async fn sign_out(&self, secret: &str, today: Day) -> anyhow::Result<()> {
        sqlx::query("DELETE FROM sessions WHERE hash = ? OR expires_day < ?")
            .bind(digest(secret.as_bytes()))
            .bind(i64::from(today.0))
            .execute(&self.control.pool)
            .await?;
        Ok(())
    }

    /// Remembers what the dashboard wants to remember.
    pub(crate) async fn set_preferences(&self, mut staff: Staff, preferences: serde_json::Value) -> anyhow::Result<()> {
        if preferences.to_string().len() > PREFERENCES_BYTES {
            return Err(StaffError::Preferences.into());
        }
        staff.preferences = preferences;
        self.write(&staff).await
    }

    /// Uses up a setup code and adds the first (or another) account.
    pub(crate) async fn set_up(&self, code: &str, email: &str, password: &str, now: Timestamp) -> anyhow::Result<()> {
        // What can be wrong with the account is said before the code is used up.
        check_email(email)?;
        check_password(password)?;
        let used = sqlx::query("DELETE FROM setup_codes WHERE hash = ? AND expires_ms > ?")
            .bind(digest(code.as_bytes()))
            .bind(now.0)
            .execute(&self.control.pool)
            .await?;
        if used.rows_affected() == 0 {
            return Err(StaffError::Code.into());
        }
        self.add(email, password).await
    }

    async fn all(&self) -> anyhow::Result<Vec<Staff>> {
        let rows = sqlx::query("SELECT id, sealed FROM staff").fetch_all(&self.control.pool).await?;
        rows.iter().map(|row| self.open_row(row.try_get("id")?, &row.try_get::<Vec<u8>, _>("sealed")?)).collect()
    }

    fn open_row(&self, id: Vec<u8>, sealed: &[u8]) -> anyhow::Result<Staff> {
        let plain = open_record(&self.key, &place(&id), sealed)?;
        let mut staff: Staff = serde_json::from_slice(&plain)?;
        staff.id = id;
        Ok(staff)
    }

    async fn write(&self, staff: &Staff) -> anyhow::Result<()> {
        let sealed = seal_record(&self.key, &place(&staff.id), &serde_json::to_vec(staff)?)?;
        sqlx::query(
            "INSERT INTO staff (id, sealed) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed",
        )
        .bind(&staff.id)
        .bind(sealed)
        .execute(&self.control.pool)
        .await?;
        Ok(())
    }
}

impl Control {
    /// Removes sessions and setup codes that have run out.
    pub(crate) async fn forget_expired(&self, today: Day, now: Timestamp) -> anyhow::Result<()> {
        let sessions = sqlx::query("DELETE FROM sessions WHERE expires_day < ?").bind(i64::from(today.0));
        sessions.execute(&self.pool).await?;
        sqlx::query("DELETE FROM setup_codes WHERE expires_ms <= ?").bind(now.0).execute(&self.pool).await?;
        Ok(())
    }

    /// The day after which the oldest session was good no more; `None` if all still are.
    pub(crate) async fn oldest_expired(&self, today: Day) -> anyhow::Result<Option<Day>> {
        let sql = "SELECT MIN(expires_day) FROM sessions WHERE expires_day < ?";
        let day: Option<i64> = sqlx::query_scalar(sql).bind(i64::from(today.0)).fetch_one(&self.pool).await?;
        Ok(day.map(i32::try_from).transpose()?.map(Day))
    }

    /// Makes a setup code that is good once, for half an hour.
    pub(crate) async fn create_setup_code(&self, now: Timestamp) -> anyhow::Result<String> {
        let code = random_secret()?;
        sqlx::query("DELETE FROM setup_codes WHERE expires_ms <= ?").bind(now.0).execute(&self.pool).await?;
        sqlx::query("INSERT INTO setup_codes (hash, expires_ms) VALUES (?, ?)")
            .bind(digest(code.as_bytes()))
            .bind(now.plus_ms(SETUP_MINUTES * 60_000).0)
            .execute(&self.pool)
            .await?;
        Ok(code)
    }
}

fn place(id: &[u8]) -> Vec<u8> {
    [b"staff/sealed/", id].concat()
}

fn check_email(email: &str) -> Result<(), StaffError> {
    let (name, host) = email.trim().split_once('@').ok_or(StaffError::Email)?;
    let good =
        !name.is_empty() && host.contains('.') && email.len() <= 254 && !email.trim().contains(char::is_whitespace);
    if good { Ok(()) } else { Err(StaffError::Email) }
}

fn check_password(password: &str) -> Result<(), StaffError> {
    let good = password.chars().count() >= PASSWORD_CHARACTERS && password.len() <= PASSWORD_BYTES;
    if good { Ok(()) } else { Err(StaffError::Password) }
}

/// The hash of a password nobody has, so that an unknown address takes as long as a wrong password.
const DUMMY_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$VNnuuQ5SDU6ZYyYYcmUqv0VEcNjBjeZQ0nXDIR8fJnU";

/// Argon2id with the crate's defaults (19 MiB, 2 passes), off the event loop.
async fn hash_password(password: String) -> anyhow::Result<String> {
    check_password(&password)?;
    let hash = tokio::task::spawn_blocking(move || {
        Argon2::default().hash_password(password.as_bytes()).map(|h| h.to_string())
    });
    hash.await?.map_err(|_| anyhow::anyhow!("the password could not be hashed"))
}

async fn verify_password(password: String, hash: String) -> bool {
    if password.len() > PASSWORD_BYTES {
        return false;
    }
    let check = tokio::task::spawn_blocking(move || {
        let Ok(parsed) = PasswordHash::new(&hash) else { return false };
        Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
    });
    check.await.unwrap_or(false)
}
