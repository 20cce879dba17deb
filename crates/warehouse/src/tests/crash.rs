//! A process that ends at any step loses no row and counts none twice.
