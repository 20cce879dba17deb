//! Notes: the only way to say something in a log.

use std::fmt;

/// How much a note matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something failed that somebody should look at.
    Error,
    /// Something is not as it should be.
    Warn,
    /// Something worth knowing happened.
    Info,
    /// For finding faults.
    Debug,
    /// For finding faults, step by step.
    Trace,
}

/// May be written to logs, metrics and traces: holds nothing of a visitor and nothing that was sent.
///
/// Implement it for a type of your own only after looking at every field it prints.
pub trait LogSafe {
    /// Writes the value.
    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result;
}

macro_rules! by_display {
    ($($t:ty),*) => {
        $(impl LogSafe for $t {
            fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
                write!(out, "{self}")
            }
        })*
    };
}

by_display!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64, bool, &'static str);

impl LogSafe for std::time::Duration {
    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{self:?}")
    }
}

impl<T: LogSafe> LogSafe for Option<T> {
    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Some(value) => value.write(out),
            None => out.write_str("none"),
        }
    }
}

/// A note being put together. Use [`note!`](crate::note!).
#[derive(Debug)]
pub struct Note {
    level: Level,
    text: String,
}

impl Note {
    /// Begins a note with a text of the program's own.
    pub fn new(level: Level, text: &'static str) -> Note {
        Note { level, text: text.to_owned() }
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &dyn LogSafe) -> Note {
        self.text.push(' ');
        self.text.push_str(name);
        self.text.push('=');
        let _ = value.write(&mut self.text);
        self
    }

    /// Says it.
    pub fn say(self) {
        let text = self.text.as_str();
        match self.level {
            Level::Error => tracing::error!(target: "outis", "{text}"),
            Level::Warn => tracing::warn!(target: "outis", "{text}"),
            Level::Info => tracing::info!(target: "outis", "{text}"),
            Level::Debug => tracing::debug!(target: "outis", "{text}"),
            Level::Trace => tracing::trace!(target: "outis", "{text}"),
        }
    }
}

/// Says something in the log: a level, a text of the program's own, and fields that are [`LogSafe`].
///
/// ```
/// outis_disclose::note!(Info, "segment trimmed", segments = 3u64);
/// ```
#[macro_export]
macro_rules! note {
    ($level:ident, $text:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::Note::new($crate::Level::$level, $text)$(.with(stringify!($name), &$value))*.say()
    };
}

/// Sends notes to standard error, from `level` on; only our own notes, never those of libraries.
pub fn init_notes(level: Level, json: bool) {
    use tracing_subscriber::{Layer, filter, fmt, layer::SubscriberExt, util::SubscriberInitExt};
    let most = match level {
        Level::Error => tracing::Level::ERROR,
        Level::Warn => tracing::Level::WARN,
        Level::Info => tracing::Level::INFO,
        Level::Debug => tracing::Level::DEBUG,
        Level::Trace => tracing::Level::TRACE,
    };
    let ours = filter::filter_fn(move |meta| meta.target() == "outis" && *meta.level() <= most);
    let out = fmt::layer().with_writer(std::io::stderr).with_target(false);
    let layer: Box<dyn Layer<_> + Send + Sync> =
        if json { out.json().with_filter(ours).boxed() } else { out.with_ansi(false).with_filter(ours).boxed() };
    // A second call (in tests) keeps the first one's choice.
    let _ = tracing_subscriber::registry().with(layer).try_init();
}
