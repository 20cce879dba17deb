//! What may be stored: numbers, terms, slots, marks and the plan.
