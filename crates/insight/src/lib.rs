//! Questions of analytics: typed queries, answers, and the naive evaluator that defines them.
