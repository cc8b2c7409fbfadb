"""The peer of bench/features.js: flows of a capture with their statistics, no dissection, one meter. Prints packets, flows,
features of a flow, and seconds of processor of all its processes."""
import resource
import sys

from nfstream import NFStreamer


def processor():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    before = processor()
    packets = flows = 0
    for flow in NFStreamer(source=sys.argv[1], n_dissections=0, statistical_analysis=True, n_meters=1):
        packets += flow.bidirectional_packets
        flows += 1
        width = len(flow.keys())
    print(packets, flows, width, processor() - before)
