//! Wire formats in: native and Plausible, with their limits and reasons.
