//! Sizes and times, told rather than checked.
