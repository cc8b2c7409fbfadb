"""Scores of others for rows in files: fits on the first, writes one anomaly score a row for each.

usage: outliers.py forest|ecod|pca WIDTH SEED TRAIN.f32 [OTHER.f32 ...]     each IN.f32 gets an IN.f32.score (float32)
"""
import sys

import numpy

method, width, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
paths = sys.argv[4:]


def rows(path):
    return numpy.fromfile(path, numpy.float32).reshape(-1, width)


train = rows(paths[0])
if method == "forest":
    from sklearn.ensemble import IsolationForest

    forest = IsolationForest(n_estimators=100, random_state=seed).fit(train)
    score = lambda x: -forest.score_samples(x)
elif method == "ecod":
    from pyod.models.ecod import ECOD

    score = ECOD().fit(train).decision_function
else:
    from pyod.models.pca import PCA

    # it divides by the variance of each direction, so those that are constant in training have to stay out
    varies = train.std(axis=0) > 0
    pca = PCA(n_components=0.999, random_state=seed).fit(train[:, varies])
    score = lambda x: pca.decision_function(x[:, varies])
for path in paths:
    score(rows(path)).astype(numpy.float32).tofile(path + ".score")
