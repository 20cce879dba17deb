//! Learning in the background, and what is counted.
