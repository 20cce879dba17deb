//! Raw in, nobody out: the only place where a raw event exists.
