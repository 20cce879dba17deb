//! The detector of personal data in text.
