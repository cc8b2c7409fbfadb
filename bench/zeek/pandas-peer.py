"""The peer of bench/zeek.js: prints rows, columns, seconds, seconds of processor, and the most MiB resident."""
import gzip
import resource
import sys
import time

import numpy as np
import pandas as pd

before = resource.getrusage(resource.RUSAGE_SELF)
start = time.perf_counter()
path = sys.argv[1]
with gzip.open(path, 'rt') as f:
    names = next(line for line in f if line.startswith('#fields')).rstrip('\n').split('\t')[1:]
df = pd.read_csv(path, sep='\t', comment='#', names=names, na_values=['-', '(empty)'], low_memory=False)
numbers = ['duration', 'orig_bytes', 'resp_bytes', 'missed_bytes', 'orig_pkts', 'orig_ip_bytes', 'resp_pkts', 'resp_ip_bytes', 'id.orig_p', 'id.resp_p']
x = df[numbers].apply(pd.to_numeric, errors='coerce').fillna(0)
when = pd.to_datetime(df['ts'], unit='s')
x['hour'] = when.dt.hour
x['day'] = when.dt.day_of_week


def top(column, most):
    words = df[column].fillna('none').astype(str)
    keep = words.value_counts().index[:most]
    return words.where(words.isin(keep), 'other')


for column, most in (('proto', 4), ('service', 12), ('conn_state', 13), ('history', 8), ('local_orig', 2), ('local_resp', 2)):
    x = pd.concat([x, pd.get_dummies(top(column, most), prefix=column, dtype='float32')], axis=1)
matrix = x.to_numpy(dtype='float32')[:, :55]
seconds = time.perf_counter() - start
after = resource.getrusage(resource.RUSAGE_SELF)
processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print(len(matrix), matrix.shape[1], seconds, processor, after.ru_maxrss // 1024)
