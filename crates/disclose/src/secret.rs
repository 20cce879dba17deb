//! Values that cannot be printed, cloned, compared or serialised by accident.

use std::any::Any;
use std::fmt;

use zeroize::Zeroize;

const TAKEN: &str = "a personal value is there until it is taken or dropped";

/// Personal data of a visitor: lives in memory for milliseconds.
///
/// `Debug` shows no content; there is no `Display`, no `Clone`, no `PartialEq`, no `Serialize`. Whoever needs the
/// content says why.
///
/// A `String` and a `Vec<u8>` are overwritten on drop, and everything else that can be wiped is by [`Pii::wipe`].
/// Not promised: buffers that a growing string left behind, and copies made of what [`Pii::expose`] lends.
pub struct Pii<T: 'static>(Option<T>);

impl<T: 'static> Pii<T> {
    /// Marks a value as personal.
    pub fn new(value: T) -> Pii<T> {
        Pii(Some(value))
    }

    /// The content; `why` says at the call site what it is needed for.
    pub fn expose(&self, why: &'static str) -> &T {
        let _ = why;
        self.0.as_ref().expect(TAKEN)
    }

    /// The content, when the mark is no longer needed because what comes next is a boundary of its own. It is not
    /// wiped any more.
    pub fn into_inner(mut self, why: &'static str) -> T {
        let _ = why;
        self.0.take().expect(TAKEN)
    }
}

impl<T: Zeroize> Pii<T> {
    /// Overwrites the content.
    pub fn wipe(mut self) {
        if let Some(value) = &mut self.0 {
            value.zeroize();
        }
    }
}

impl<T: 'static> From<T> for Pii<T> {
    fn from(value: T) -> Pii<T> {
        Pii::new(value)
    }
}

impl<T: 'static> Drop for Pii<T> {
    fn drop(&mut self) {
        let Some(value) = &mut self.0 else { return };
        let value: &mut dyn Any = value;
        if let Some(text) = value.downcast_mut::<String>() {
            text.zeroize();
        } else if let Some(bytes) = value.downcast_mut::<Vec<u8>>() {
            bytes.zeroize();
        }
    }
}

impl<T: 'static> fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pii(..)")
    }
}

/// A secret of the installation: wiped on drop, never printed, cloned, compared or serialised.
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;

    #[test]
    fn debug_shows_no_content() {
        let shown = format!("{:?} {:#?} {:?}", Pii::new("anna"), Pii::new(vec![7u8]), Secret::new([7u8; 4]));
        assert_eq!(shown, "Pii(..) Pii(..) Secret(..)");
        assert_eq!(format!("{:?}", Some(Pii::new(String::from("anna")))), "Some(Pii(..))");
    }

    #[test]
    fn what_was_put_in_comes_out() {
        let name = Pii::from(String::from("anna"));
        assert_eq!(name.expose("a test"), "anna");
        assert_eq!(name.into_inner("a test"), "anna");
        assert_eq!(Secret::new([1u8, 2]).expose("a test"), &[1, 2]);
    }

    struct Watched(Rc<Cell<u32>>);

    impl Zeroize for Watched {
        fn zeroize(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }

    #[test]
    fn secrets_are_wiped_on_drop_and_personal_values_when_told() {
        let wiped = Rc::new(Cell::new(0));
        drop(Secret::new(Watched(Rc::clone(&wiped))));
        assert_eq!(wiped.get(), 1);
        Pii::new(Watched(Rc::clone(&wiped))).wipe();
        assert_eq!(wiped.get(), 2);
    }
}
