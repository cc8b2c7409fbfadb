"""A peer of bench/zeek.js, as pandas-peer.py: prints rows, columns, seconds, seconds of processor, and the most MiB resident."""
import gzip
import resource
import sys
import time

import numpy as np
import polars as pl

before = resource.getrusage(resource.RUSAGE_SELF)
start = time.perf_counter()
path = sys.argv[1]
with gzip.open(path, 'rt') as f:
    names = next(line for line in f if line.startswith('#fields')).rstrip('\n').split('\t')[1:]
df = pl.read_csv(path, separator='\t', comment_prefix='#', has_header=False, new_columns=names, null_values=['-', '(empty)'], infer_schema=False)
numbers = ['duration', 'orig_bytes', 'resp_bytes', 'missed_bytes', 'orig_pkts', 'orig_ip_bytes', 'resp_pkts', 'resp_ip_bytes', 'id.orig_p', 'id.resp_p']
when = pl.from_epoch((pl.col('ts').cast(pl.Float64) * 1e6).cast(pl.Int64), time_unit='us')


def one_hot(column, most):
    words = pl.col(column).fill_null('none')
    keep = df.select(words.value_counts(sort=True).struct.field(column)).to_series()[:most].to_list()
    found = [(words == word).cast(pl.Float32).alias(f'{column}_{word}') for word in keep]
    other = (~words.is_in(keep)).cast(pl.Float32).alias(f'{column}_other')
    return found + [other] if df.select(words.n_unique()).item() > len(keep) else found


columns = [pl.col(name).cast(pl.Float32, strict=False).fill_null(0) for name in numbers]
columns += [when.dt.hour().cast(pl.Float32).alias('hour'), (when.dt.weekday() - 1).cast(pl.Float32).alias('day')]
for column, most in (('proto', 4), ('service', 12), ('conn_state', 13), ('history', 8), ('local_orig', 2), ('local_resp', 2)):
    columns += one_hot(column, most)
matrix = np.ascontiguousarray(df.select(columns).to_numpy()[:, :55], dtype='float32')
seconds = time.perf_counter() - start
after = resource.getrusage(resource.RUSAGE_SELF)
processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print(len(matrix), matrix.shape[1], seconds, processor, after.ru_maxrss // 1024)
