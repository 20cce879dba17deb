"""A linker: gradient boosting on pairs of living members, whom the attacker knows."""

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

SEED = 20261130
# Wrong pairs for each right one in training: more of them teach nothing.
MOST_WRONG = 30


class Linker:
    def __init__(self, parts):
        """`parts`: pairs whose truth is known."""
        rows = np.concatenate([pairs.rows for pairs in parts if len(pairs.rows)])
        right = np.concatenate([pairs.right for pairs in parts if len(pairs.rows)])
        wrong = np.flatnonzero(~right)
        few = min(len(wrong), MOST_WRONG * max(1, int(right.sum())))
        chosen = np.concatenate([np.flatnonzero(right), np.random.default_rng(SEED).choice(wrong, few, replace=False)])
        self.model = HistGradientBoostingClassifier(random_state=SEED, max_iter=200, early_stopping=False)
        self.model.fit(rows[chosen], right[chosen])

    def scores(self, pairs):
        if len(pairs.rows) == 0:
            return np.zeros(0)
        return self.model.predict_proba(pairs.rows)[:, 1]
