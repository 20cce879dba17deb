//! Values that cannot be printed, cloned, compared or serialised by accident.

use std::fmt;

use zeroize::Zeroize;

/// Personal data of a visitor: lives in memory for milliseconds.
///
/// `Debug` shows no content; there is no `Display`, no `Clone`, no `Serialize`. Whoever needs the content says why.
/// The content is not wiped on drop in general ([`Pii::wipe`] does so for what can be wiped).
pub struct Pii<T>(T);

impl<T> Pii<T> {
    /// Marks a value as personal.
    pub fn new(value: T) -> Pii<T> {
        Pii(value)
    }

    /// The content; `why` says at the call site what it is needed for.
    pub fn expose(&self, why: &'static str) -> &T {
        let _ = why;
        &self.0
    }

    /// The content, when the mark is no longer needed because what comes next is a boundary of its own.
    pub fn into_inner(self, why: &'static str) -> T {
        let _ = why;
        self.0
    }
}

impl<T: Zeroize> Pii<T> {
    /// Overwrites the content.
    pub fn wipe(mut self) {
        self.0.zeroize();
    }
}

impl<T> From<T> for Pii<T> {
    fn from(value: T) -> Pii<T> {
        Pii(value)
    }
}

impl<T> fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pii(..)")
    }
}

/// A secret of the installation: wiped on drop, never printed, cloned or serialised.
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Marks a value as secret.
    pub fn new(value: T) -> Secret<T> {
        Secret(value)
    }

    /// The content; `why` says at the call site what it is needed for.
    pub fn expose(&self, why: &'static str) -> &T {
        let _ = why;
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
