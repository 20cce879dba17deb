"""Areas under the curve, shares, and intervals by resampling people."""

import numpy as np

DRAWS = 500
SEED = 20261130


def auc(positive, negative):
    """The chance that a positive has a higher score than a negative; ties count half."""
    positive, negative = np.asarray(positive, float), np.sort(np.asarray(negative, float))
    if len(positive) == 0 or len(negative) == 0:
        return float("nan")
    below = np.searchsorted(negative, positive, "left")
    upto = np.searchsorted(negative, positive, "right")
    return float((below + upto).mean() / 2 / len(negative))


def interval(values):
    return [float(v) for v in np.percentile(values, [2.5, 97.5])]


def resampled(of_people, many, measure, seed=SEED):
    """The interval in which `measure` of `many` people drawn from these lies, in 95 % of draws."""
    dice = np.random.default_rng(seed)
    values = []
    for _ in range(DRAWS):
        drawn = dice.integers(0, len(of_people), many)
        values.append(measure(np.concatenate([of_people[at] for at in drawn])))
    return interval([value for value in values if not np.isnan(value)])


def chance(people, control, measure, seed=SEED):
    """The interval in which the measure of `people` lies in 95 % of cases if they are no other than the control: around
    the control's own, as far as it differs between two such groups of all of them."""
    dice = np.random.default_rng(seed)
    everybody, many = people + control, len(people)
    apart = []
    for _ in range(DRAWS):
        order = dice.permutation(len(everybody))
        a, b = (np.concatenate([everybody[at] for at in part]) for part in (order[:many], order[many:]))
        apart.append(measure(a) - measure(b))
    own = measure(np.concatenate(control))
    return [own + by for by in interval([by for by in apart if not np.isnan(by)])]


def by_person(people, values):
    """Values in a list for each person."""
    order = {}
    for person, value in zip(people, values):
        order.setdefault(person, []).append(value)
    return [np.array(of_person) for of_person in order.values()]
