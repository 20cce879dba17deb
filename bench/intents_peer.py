"""The intent classifier's peer: scikit-learn's LinearSVC on the same n-grams and the same split.

usage: intents_peer.py DIR valid|test accuracy|scope

DIR has seq.in and label files in train, valid and test. scope leaves out each group of intents in turn and rejects what is
below the 3 % quantile of cross-validated margins inside the training set. Writes JSON.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

REJECT = 0.03


def read(folder):
    lines = lambda name: (folder / name).read_text(encoding="utf-8").splitlines()
    return [t.strip() for t in lines("seq.in")], np.array([l.strip() for l in lines("label")])


def model():
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\w+")
    chars = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    return make_pipeline(make_union(words, chars), LinearSVC(C=1.0, random_state=0))


def best(fitted, texts):
    margins = fitted.decision_function(texts)
    if margins.ndim == 1:
        return np.abs(margins), fitted.classes_[(margins > 0).astype(int)]
    return margins.max(axis=1), fitted.classes_[margins.argmax(axis=1)]


def threshold(texts, labels):
    """The quantile of margins of texts that the model had not seen."""
    texts, margins = np.array(texts, dtype=object), []
    for train, out in StratifiedKFold(5, shuffle=True, random_state=0).split(texts, labels):
        margins.append(best(model().fit(texts[train], labels[train]), texts[out])[0])
    return np.quantile(np.concatenate(margins), REJECT)


def scope(texts, labels, test_texts, test_labels):
    group = np.vectorize(lambda label: label.split("_")[0])
    inside, outside = [], []
    for left_out in sorted(set(group(labels))):
        keep = group(labels) != left_out
        kept = [text for text, k in zip(texts, keep) if k]
        low = best(model().fit(kept, labels[keep]), test_texts)[0] < threshold(kept, labels[keep])
        out = group(test_labels) == left_out
        inside.append(low[~out])
        outside.append(low[out])
    return {
        "recall": 100 * float(np.concatenate(outside).mean()),
        "mean_recall": 100 * float(np.mean([part.mean() for part in outside])),
        "rejected_in_scope": 100 * float(np.concatenate(inside).mean()),
    }


def main():
    folder, part, what = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    texts, labels = read(folder / "train")
    test_texts, test_labels = read(folder / part)
    if what == "scope":
        print(json.dumps(scope(texts, labels, test_texts, test_labels), indent=2))
        return
    begin = time.perf_counter()
    fitted = model().fit(texts, labels)
    seconds = time.perf_counter() - begin
    micros = []
    for text in test_texts:
        begin = time.perf_counter()
        fitted.predict([text])
        micros.append(1e6 * (time.perf_counter() - begin))
    right = best(fitted, test_texts)[1] == test_labels
    coefficients = fitted[-1].coef_
    print(json.dumps({
        "accuracy": 100 * float(right.mean()),
        "training_s": seconds,
        "model_bytes": int(coefficients.nbytes),
        "features": int(coefficients.shape[1]),
        "interpretation_us": {"p50": float(np.quantile(micros, 0.5)), "p99": float(np.quantile(micros, 0.99))},
    }, indent=2))


main()
