"""How the C library keeps memory for the threads of a worker."""

import subprocess
import sys

from tests.server import ROOT

_HEAPS_OF_EIGHT_THREADS = """
import ctypes, sys, threading
if sys.argv[1] == "configured":
    import runpy
    runpy.run_path("gunicorn.conf.py")
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
together = threading.Barrier(8)
def work():
    together.wait()
    for _ in range(100):
        libc.malloc(ctypes.c_size_t(5000))
    together.wait()
threads = [threading.Thread(target=work) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
file = ctypes.c_void_p(libc.fopen(b"/dev/stdout", b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


def count_heaps(how: str) -> int:
    command = [sys.executable, "-c", _HEAPS_OF_EIGHT_THREADS, how]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.count("<heap ")


def test_threads_of_a_worker_share_two_heaps():
    assert count_heaps("configured") == 2
    assert count_heaps("as it comes") > 2
