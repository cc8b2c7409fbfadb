"""The peer of bench/features.js and bench/detect.js: flows of a capture with their statistics, by default without dissection and
with one meter; `detect` as a second argument asks for application names and as many meters as it chooses. Prints packets,
flows, features of a flow, and seconds of processor of all its processes."""
import resource
import sys

from nfstream import NFStreamer


def processor():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    before = processor()
    packets = flows = 0
    options = {} if sys.argv[2:] == ["detect"] else {"n_dissections": 0, "n_meters": 1}
    for flow in NFStreamer(source=sys.argv[1], statistical_analysis=True, **options):
        packets += flow.bidirectional_packets
        flows += 1
        width = len(flow.keys())
    print(packets, flows, width, processor() - before)
