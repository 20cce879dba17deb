//! Vocabulary, catalogue, sealed store, recent rows and the operators that answer questions.
