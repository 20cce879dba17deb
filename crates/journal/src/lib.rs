//! Durable order of anonymous events: sealed local segments with group commit.
