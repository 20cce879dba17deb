//! Rasa.
