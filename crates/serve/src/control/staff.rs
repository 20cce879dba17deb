//! Staff: accounts and their roles, sessions.

use std::sync::Arc;

use outis_event::{Day, Timestamp};
use outis_keys::{DataKey, KeyName, Keys, Purpose, open_record, seal_record};
use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::password::{DUMMY_HASH, check_password, hash_password, verify_password};
use super::{Control, Role, Roles, digest, random_secret};

/// Days a session lasts.
pub(crate) const SESSION_DAYS: i32 = 14;
/// Most bytes of the preferences.
const PREFERENCES_BYTES: usize = 16 << 10;

/// Which account: random, and the same as long as it exists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct StaffId(Vec<u8>);

impl StaffId {
    /// As it is written in interfaces: hexadecimal.
    pub(crate) fn text(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A member of staff.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Staff {
    #[serde(skip)]
    pub(crate) id: StaffId,
    /// Where they are reached.
    pub(crate) email: String,
    password: String,
    /// What they are here for. Accounts from before there were roles decide everything.
    #[serde(default = "Roles::of_the_first")]
    pub(crate) roles: Roles,
    /// What the dashboard remembers for them.
    #[serde(default)]
    pub(crate) preferences: serde_json::Value,
}

impl Staff {
    /// True if this is their address.
    pub(crate) fn is_of(&self, email: &str) -> bool {
        self.email.eq_ignore_ascii_case(email.trim())
    }
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
    #[error("the link is used up or too old; `outis setup`, or an owner under Settings, makes a new one")]
    Code,
    #[error("preferences are too large")]
    Preferences,
    #[error("an account with this address exists already")]
    Exists,
    #[error("there is no such account")]
    NoAccount,
    #[error("an account has at least one role; to take all, remove it")]
    NoRole,
    #[error("owners give every role but the privacy officer's, which privacy officers give")]
    NotYours,
    #[error("this is the last account with this role; give the role to another one first")]
    Last,
}

/// Who changes accounts.
pub(crate) enum By<'a> {
    /// Whoever runs the machine, from its command line.
    Operator,
    /// Somebody with these roles.
    Staff(&'a Roles),
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
            StaffError::NoAccount => "no_account",
            StaffError::NoRole => "no_role",
            StaffError::NotYours => "not_yours_to_give",
            StaffError::Last => "last_of_role",
        }
    }
}

/// Staff in the control database, sealed under a key of the tree.
#[derive(Clone)]
pub(crate) struct StaffStore {
    control: Control,
    key: Arc<DataKey>,
    /// One at a time changes accounts, so that the last of a role stays.
    changing: Arc<tokio::sync::Mutex<()>>,
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
        Ok(StaffStore { control, key: Arc::new(keys.get_or_create(name).await?), changing: Arc::default() })
    }

    /// Adds an account.
    pub(crate) async fn add(&self, email: &str, password: &str, roles: Roles) -> anyhow::Result<()> {
        check_email(email)?;
        if roles.is_empty() {
            return Err(StaffError::NoRole.into());
        }
        let _alone = self.changing.lock().await;
        if self.all().await?.iter().any(|s| s.is_of(email)) {
            return Err(StaffError::Exists.into());
        }
        let mut id = vec![0u8; 16];
        aws_lc_rs::rand::fill(&mut id).map_err(|_| anyhow::anyhow!("the system has no randomness"))?;
        let password = hash_password(password.to_owned()).await?;
        let preferences = serde_json::Value::Null;
        self.write(&Staff { id: StaffId(id), email: email.trim().to_owned(), password, roles, preferences }).await
    }

    /// Every account, by address.
    pub(crate) async fn accounts(&self) -> anyhow::Result<Vec<Staff>> {
        let mut all = self.all().await?;
        all.sort_by(|a, b| a.email.cmp(&b.email));
        Ok(all)
    }

    /// Gives an account other roles; they hold from its next request on.
    pub(crate) async fn set_roles(&self, of: impl Fn(&Staff) -> bool, roles: Roles, by: By<'_>) -> anyhow::Result<()> {
        if roles.is_empty() {
            return Err(StaffError::NoRole.into());
        }
        let _alone = self.changing.lock().await;
        let mut staff = self.changeable(of, &roles, by).await?;
        staff.roles = roles;
        self.write(&staff).await
    }

    /// Removes an account, its sessions, and all links for accounts that were not made yet: they may be its own.
    pub(crate) async fn remove(&self, of: impl Fn(&Staff) -> bool, by: By<'_>) -> anyhow::Result<()> {
        let _alone = self.changing.lock().await;
        let staff = self.changeable(of, &Roles::default(), by).await?;
        let mut change = self.control.pool.begin().await?;
        for sql in ["DELETE FROM staff WHERE id = ?", "DELETE FROM sessions WHERE staff = ?"] {
            sqlx::query(sql).bind(&staff.id.0).execute(&mut *change).await?;
        }
        sqlx::query("DELETE FROM invitations").execute(&mut *change).await?;
        change.commit().await?;
        Ok(())
    }

    /// The account, if its roles may become these: nobody gives what is not theirs to give, and somebody is left to
    /// decide.
    async fn changeable(&self, of: impl Fn(&Staff) -> bool, after: &Roles, by: By<'_>) -> anyhow::Result<Staff> {
        let all = self.all().await?;
        let staff = all.iter().find(|staff| of(staff)).ok_or(StaffError::NoAccount)?.clone();
        if let By::Staff(by) = by
            && !by.may_change(&staff.roles, after)
        {
            return Err(StaffError::NotYours.into());
        }
        let others = |role| all.iter().any(|other| other.id != staff.id && other.roles.has(role));
        let is_last = |role| staff.roles.has(role) && !after.has(role) && !others(role);
        if [Role::Owner, Role::PrivacyOfficer].into_iter().any(is_last) {
            return Err(StaffError::Last.into());
        }
        Ok(staff)
    }

    /// True if nobody has an account yet.
    pub(crate) async fn is_empty(&self) -> anyhow::Result<bool> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM staff").fetch_one(&self.control.pool).await?;
        Ok(count == 0)
    }

    /// Signs in: the session's secret, or `None` if address or password are wrong (in equal time).
    pub(crate) async fn sign_in(&self, email: &str, password: &str, today: Day) -> anyhow::Result<Option<String>> {
        let all = self.all().await?;
        let found = all.into_iter().find(|s| s.is_of(email));
        let hash = found.as_ref().map_or_else(|| DUMMY_HASH.to_owned(), |s| s.password.clone());
        let right = verify_password(password.to_owned(), hash).await;
        let Some(staff) = found.filter(|_| right) else { return Ok(None) };
        Ok(Some(self.begin_session(&staff, today).await?))
    }

    /// A new session of somebody: its secret.
    pub(crate) async fn begin_session(&self, staff: &Staff, today: Day) -> anyhow::Result<String> {
        let secret = random_secret()?;
        sqlx::query("INSERT INTO sessions (hash, staff, expires_day) VALUES (?, ?, ?)")
            .bind(digest(secret.as_bytes()))
            .bind(&staff.id.0)
            .bind(i64::from(today.plus(SESSION_DAYS).0))
            .execute(&self.control.pool)
            .await?;
        Ok(secret)
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
    pub(crate) async fn set_preferences(&self, of: &StaffId, preferences: serde_json::Value) -> anyhow::Result<()> {
        if preferences.to_string().len() > PREFERENCES_BYTES {
            return Err(StaffError::Preferences.into());
        }
        // Read again, so that roles that were taken meanwhile do not come back.
        let _alone = self.changing.lock().await;
        let now = self.all().await?.into_iter().find(|staff| staff.id == *of).ok_or(StaffError::NoAccount)?;
        self.write(&Staff { preferences, ..now }).await
    }

    /// Uses up an invitation and adds the account that it is for.
    pub(crate) async fn set_up(&self, code: &str, email: &str, password: &str, now: Timestamp) -> anyhow::Result<()> {
        // What can be wrong with the account is said before the code is used up.
        check_email(email)?;
        check_password(password)?;
        let roles = self.control.use_invitation(code, now).await?.ok_or(StaffError::Code)?;
        self.add(email, password, roles).await
    }

    async fn all(&self) -> anyhow::Result<Vec<Staff>> {
        let rows = sqlx::query("SELECT id, sealed FROM staff").fetch_all(&self.control.pool).await?;
        rows.iter().map(|row| self.open_row(row.try_get("id")?, &row.try_get::<Vec<u8>, _>("sealed")?)).collect()
    }

    fn open_row(&self, id: Vec<u8>, sealed: &[u8]) -> anyhow::Result<Staff> {
        let plain = open_record(&self.key, &place(&id), sealed)?;
        let mut staff: Staff = serde_json::from_slice(&plain)?;
        staff.id = StaffId(id);
        Ok(staff)
    }

    async fn write(&self, staff: &Staff) -> anyhow::Result<()> {
        let sealed = seal_record(&self.key, &place(&staff.id.0), &serde_json::to_vec(staff)?)?;
        sqlx::query(
            "INSERT INTO staff (id, sealed) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed",
        )
        .bind(&staff.id.0)
        .bind(sealed)
        .execute(&self.control.pool)
        .await?;
        Ok(())
    }
}

impl Control {
    /// Removes sessions, invitations and tickets that have run out.
    pub(crate) async fn forget_expired(&self, today: Day, now: Timestamp) -> anyhow::Result<()> {
        let sessions = sqlx::query("DELETE FROM sessions WHERE expires_day < ?").bind(i64::from(today.0));
        sessions.execute(&self.pool).await?;
        sqlx::query("DELETE FROM invitations WHERE expires_ms <= ?").bind(now.0).execute(&self.pool).await?;
        sqlx::query("DELETE FROM tickets WHERE expires_ms <= ?").bind(now.0).execute(&self.pool).await?;
        Ok(())
    }

    /// The day after which the oldest session was good no more; `None` if all still are.
    pub(crate) async fn oldest_expired(&self, today: Day) -> anyhow::Result<Option<Day>> {
        let sql = "SELECT MIN(expires_day) FROM sessions WHERE expires_day < ?";
        let day: Option<i64> = sqlx::query_scalar(sql).bind(i64::from(today.0)).fetch_one(&self.pool).await?;
        Ok(day.map(i32::try_from).transpose()?.map(Day))
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
