"""Isolation forest on rows in files: fits on the first, writes one anomaly score a row for each. Debian: python3-sklearn.

usage: forest.py WIDTH SEED TRAIN.f32 [OTHER.f32 ...]     each IN.f32 gets an IN.f32.score (float32)
"""
import sys

import numpy
from sklearn.ensemble import IsolationForest

width, seed = int(sys.argv[1]), int(sys.argv[2])
paths = sys.argv[3:]


def rows(path):
    return numpy.fromfile(path, numpy.float32).reshape(-1, width)


forest = IsolationForest(n_estimators=100, random_state=seed).fit(rows(paths[0]))
for path in paths:
    (-forest.score_samples(rows(path))).astype(numpy.float32).tofile(path + ".score")
