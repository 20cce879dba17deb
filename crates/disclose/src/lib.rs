//! What may be said: values that cannot be printed, notes that can, and the detector of personal data.
