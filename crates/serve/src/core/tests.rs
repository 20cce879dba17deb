//! Attacks on everything that runs together, on real files.

mod backups;
mod crash;
mod history;
mod joins;
mod learning;
mod loot;
mod match_up;
mod members;
mod noise;
mod purge;
mod recompute;
mod relink;
mod retention;
mod town;
mod trending;
