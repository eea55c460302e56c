"""Work on rows in blocks that fit the cache, in memory that is kept."""

import numpy as np

__all__ = ["_in_blocks", "_memory", "_one_blas_thread", "_pairwise"]


def _in_blocks(block, count, buffers, width, folds=(), threads=1, blas=False):
    """Call `block(rows, *buffers)` for slices of `count` rows, and fold what it returns.

    `buffers(m)` makes memory for m rows; a block works on `width` entries for each. Results do
    not depend on the number of threads. Blocks that call `blas` share it among threads only if
    threadpoolctl is installed, which keeps it from starting threads of its own.
    """
    most = max(1, 2**18 // max(width, 1))
    size = -(-count // -(-count // most)) if count else 0
    starts = range(0, max(count, 1), max(size, 1))
    results = [None] * len(starts)
    left = iter(range(len(starts)))

    def work():
        memory = buffers(size)
        for k in left:
            rows = slice(starts[k], min(starts[k] + size, count))
            here = rows.stop - rows.start
            results[k] = block(rows, *(memory if here == size else buffers(here)))

    busy = count * width >= 2**21  # less is done before other threads are awake
    helpers = min(threads, len(starts) // 2) - 1 if busy else 0
    limits = _one_blas_thread() if helpers > 0 and blas else None
    if helpers < 1 or (blas and limits is None):
        work()
    else:
        from concurrent.futures import ThreadPoolExecutor
        from contextlib import nullcontext
        from contextvars import copy_context

        with limits or nullcontext(), ThreadPoolExecutor(helpers) as pool:
            others = [pool.submit(copy_context().run, work) for _ in range(helpers)]
            work()
            for other in others:
                other.result()
    parts = zip(*results, strict=True) if folds else ()
    return [_pairwise(fold, each) for fold, each in zip(folds, parts, strict=True)]


def _memory(shape, dtype):
    """Return an array with any entries, in memory of an earlier call that nothing refers to.

    New memory is slow: the system clears it, page by page. At most 256 MiB are kept.
    """
    size = np.dtype(dtype).itemsize
    for count in shape:
        size *= count
    if size < 2**17:
        return np.empty(shape, dtype)
    from _thread import allocate_lock
    from sys import getrefcount

    kept = vars(_memory).setdefault("kept", [])
    for each in [object()]:
        unused = getrefcount(each)  # of what a list holds, and nothing else
    with vars(_memory).setdefault("lock", allocate_lock()):
        for array in kept:
            fits = array.shape == shape and array.dtype == dtype
            if fits and getrefcount(array) == unused:
                return array
        array = np.empty(shape, dtype)
        if sum(each.nbytes for each in kept) > 2**28 - size:
            kept[:] = [each for each in kept if getrefcount(each) > unused]
        if sum(each.nbytes for each in kept) <= 2**28 - size:
            kept.append(array)
        return array


def _one_blas_thread():
    """Return a context in which BLAS starts no threads; None without threadpoolctl."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    if not hasattr(_one_blas_thread, "controller"):
        _one_blas_thread.controller = ThreadpoolController()
    return _one_blas_thread.controller.limit(limits=1, user_api="blas")


def _pairwise(fold, parts):
    """Combine neighbours until one is left, so that errors grow slowly."""
    while len(parts) > 1:
        odd = parts[len(parts) - len(parts) % 2 :]
        pairs = zip(parts[::2], parts[1::2], strict=False)
        parts = [*(fold(a, b) for a, b in pairs), *odd]
    return parts[0]
