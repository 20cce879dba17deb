//! What may be answered: floor, rounding, snapshots of the open day.
