//! What is wrong with a body, by place, without a word of what was sent.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// Errors told of one body; what is wrong beyond that is told once these are mended.
const MOST_ERRORS: usize = 20;

/// Where in a body something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the outermost object.
    Body,
    /// In the event of this number, counted from 0.
    Event(usize),
}

impl Place {
    /// The field's name as the sender would write it; an empty field means the whole.
    fn of(self, field: &str) -> String {
        match (self, field) {
            (Place::Body, "") => "request".to_owned(),
            (Place::Body, field) => field.to_owned(),
            (Place::Event(at), "") => format!("events[{at}]"),
            (Place::Event(at), field) => format!("events[{at}].{field}"),
        }
    }
}

/// Errors by place, in the shape they are answered in.
pub(crate) type Errors = BTreeMap<String, Vec<Cow<'static, str>>>;

/// Gathers errors while a body is read. Messages are the program's own; nothing sent may get into them.
#[derive(Default)]
pub(crate) struct Report {
    errors: RefCell<Errors>,
    count: Cell<usize>,
    stopped: Cell<bool>,
}

impl Report {
    /// Notes an error and goes on.
    pub(crate) fn add(&self, place: Place, field: &str, message: impl Into<Cow<'static, str>>) {
        if self.count.get() < MOST_ERRORS {
            self.count.set(self.count.get() + 1);
            self.errors.borrow_mut().entry(place.of(field)).or_default().push(message.into());
        }
    }

    /// Notes an error after which nothing more of the body is read.
    pub(crate) fn stop<E: serde::de::Error>(&self, message: impl Into<Cow<'static, str>>) -> E {
        self.count.set(0);
        self.add(Place::Body, "", message);
        self.stopped.set(true);
        E::custom("stopped")
    }

    /// True if nothing is wrong.
    pub(crate) fn is_clean(&self) -> bool {
        self.count.get() == 0
    }

    /// Notes that the bytes are not JSON, unless reading was stopped for another reason.
    pub(crate) fn add_syntax(&self, error: &serde_json::Error) {
        use serde_json::error::Category;
        if self.stopped.get() {
            return;
        }
        let what = match error.classify() {
            Category::Eof => "ends before its JSON does",
            Category::Data => "must be a JSON object",
            Category::Syntax | Category::Io => "is not valid JSON",
        };
        self.add(Place::Body, "", format!("{what} (line {}, column {})", error.line(), error.column()));
    }

    /// The errors.
    pub(crate) fn into_errors(self) -> Errors {
        self.errors.into_inner()
    }
}
