"""Solves a dense instance with scipy's linear_sum_assignment and prints the
objective, the pairs and the CPU seconds of the solve alone.

    linear_sum.py INSTANCE.bin
"""
import json
import sys
import time

import numpy as np
from scipy.optimize import linear_sum_assignment


def main(path):
    words = np.fromfile(path, dtype="<u4")
    students, devices, _ = (int(n) for n in words[:3])
    arcs = words[3:].reshape(-1, 3)
    scores = np.zeros((devices, students))
    scores[arcs[:, 1], arcs[:, 0]] = arcs[:, 2]
    began = time.process_time()
    rows, columns = linear_sum_assignment(scores, maximize=True)
    seconds = time.process_time() - began
    chosen = scores[rows, columns]
    print(json.dumps({"objective": int(chosen.sum()), "pairs": int((chosen > 0).sum()), "seconds": seconds}))


main(sys.argv[1])
