"""Recommenders to compare with, on the split that the `recommend` example wrote.

usage: recommend_peers.py SPLIT.json OUT.json

Popularity; EASE and CEASE (NumPy, dual form); implicit's ALS and item-item models. Each chooses its parameters on the same
held-back members as Outis does, learns from all others again, and is measured once on the test members.
Metrics: Recall@20 and @50 over min(k, held back), NDCG@100 cut at 100, all items ranked.
"""

import json
import sys
import time

import numpy as np
import scipy.sparse as sp
from scipy.linalg import lapack


def matrix(rows, items):
    """A sparse matrix of ones."""
    lengths = [len(r) for r in rows]
    columns = np.concatenate([np.asarray(r, dtype=np.int32) for r in rows if r])
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return sp.csr_matrix((np.ones(len(columns), dtype=np.float32), columns, ends), shape=(len(rows), items))


def metrics(scores, held):
    """Means over members; `scores` gives a dense row per member."""
    gains = 1 / np.log2(np.arange(2, 102))
    sums = np.zeros(3)
    shown = set()
    items = 0
    for row, (given, target) in zip(scores, held):
        row = np.array(row, dtype=np.float64)
        items = len(row)
        row[given] = -np.inf
        top = np.argpartition(-row, 100)[:100]
        top = top[np.lexsort((top, -row[top]))]
        hit = np.isin(top, target)
        sums += [hit[:20].sum() / min(20, len(target)), hit[:50].sum() / min(50, len(target)),
                 (hit * gains).sum() / gains[:min(100, len(target))].sum()]
        shown.update(top[:20].tolist())
    n = len(held)
    return {"recall_20": sums[0] / n, "recall_50": sums[1] / n, "ndcg_100": sums[2] / n,
            "coverage_20": len(shown) / items, "members": n}


def popularity(learn, given):
    counts = np.asarray(learn.sum(axis=0)).ravel()
    return lambda: (counts for _ in range(given.shape[0]))


def ease(learn, given, ridge, rows=None):
    """EASE in the dual form; `rows` are those of tags, already weighted."""
    x = learn if rows is None else sp.vstack([learn, rows]).tocsr()
    kernel = (x @ x.T).toarray()
    kernel[np.diag_indices_from(kernel)] += ridge
    factor, _ = lapack.spotrf(kernel, lower=True, overwrite_a=True)
    inverse, _ = lapack.spotri(factor, lower=True, overwrite_c=True)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    xc = x.tocsc()
    own = np.empty(x.shape[1])
    for i in range(x.shape[1]):
        at = slice(xc.indptr[i], xc.indptr[i + 1])
        of, w = xc.indices[at], xc.data[at]
        own[i] = 1 - w @ inverse[np.ix_(of, of)] @ w
    loads = (given @ x.T).toarray() @ inverse

    def scores():
        for load in loads:
            yield (x.T @ load) / own
    return scores


def tag_rows(tags, items, count, weight, least):
    of = [[] for _ in range(count)]
    for item, its in enumerate(tags):
        for tag in its:
            of[tag].append(item)
    of = [t for t in of if len(t) >= least]
    rows = matrix(of, items)
    scale = np.sqrt(weight / np.sqrt(np.asarray(rows.sum(axis=1)).ravel()))
    return sp.diags(scale.astype(np.float32)) @ rows


def als(learn, given, factors, regularization, alpha):
    from implicit.cpu.als import AlternatingLeastSquares
    model = AlternatingLeastSquares(factors=factors, regularization=regularization, alpha=alpha, iterations=15,
                                    random_state=42, num_threads=2)
    model.fit(learn, show_progress=False)
    users = np.stack([model.recalculate_user(0, given[u]) for u in range(given.shape[0])])
    return lambda: (users[u] @ model.item_factors.T for u in range(len(users)))


def item_item(kind, learn, given, neighbours):
    from implicit import nearest_neighbours as nn
    model = getattr(nn, kind)(K=neighbours)
    model.fit(learn.tocsr(), show_progress=False)
    return lambda: (np.asarray((given[u] @ model.similarity).todense()).ravel() for u in range(given.shape[0]))


def grid(**values):
    points = [{}]
    for name, options in values.items():
        points = [{**p, name: o} for p in points for o in options]
    return points


def main(split_path, out_path):
    split = json.load(open(split_path))
    items = split["items"]
    part = {}
    for name, learn, held in [("choose", "choose_learn", "choose"), ("test", "learn", "test")]:
        part[name] = (matrix(split[learn], items), matrix([h[0] for h in split[held]], items), split[held])

    def tagged(learn, given, ridge, weight):
        return ease(learn, given, ridge, tag_rows(split["tags"], items, split["tag_count"], weight, 30))

    models = [
        ("popularity", popularity, [{}]),
        ("EASE (NumPy)", ease, grid(ridge=[10, 30, 100, 300])),
        ("implicit ALS", als, grid(factors=[64, 128, 256], regularization=[1.0, 10.0], alpha=[5.0])),
    ]
    for kind in ["CosineRecommender", "TFIDFRecommender", "BM25Recommender"]:
        models.append((f"implicit {kind}", lambda l, g, neighbours, kind=kind: item_item(kind, l, g, neighbours),
                       grid(neighbours=[20, 100, 400])))
    if split["tag_count"]:
        models.append(("CEASE (NumPy)", tagged, grid(ridge=[30, 100], weight=[1, 3])))
    results = {}
    for name, make, points in models:
        started = time.time()
        learn, given, held = part["choose"]
        best = max(points, key=lambda p: metrics(make(learn, given, **p)(), held)["ndcg_100"]) if len(points) > 1 else points[0]
        chosen = time.time()
        learn, given, held = part["test"]
        scores = make(learn, given, **best)
        learnt = time.time()
        results[name] = {**metrics(scores(), held), "chosen": best, "choose_s": chosen - started, "learn_s": learnt - chosen}
        print(name, json.dumps(results[name]), file=sys.stderr, flush=True)
        json.dump(results, open(out_path, "w"), indent=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
