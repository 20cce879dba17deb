//! Receipts and their log on a real disk, as others see them.

mod independent;
mod place;
