//! Amounts of money.

use serde::{Deserialize, Serialize};

use crate::Term;

/// An amount in thousandths of the currency's unit (so that three-decimal currencies are exact).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Word of [`Space::CURRENCY`](crate::Space::CURRENCY).
    pub currency: Term,
    /// Thousandths of the unit; may be negative for refunds.
    pub milli: i64,
}
