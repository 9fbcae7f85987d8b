"""A second, deliberately naive calculator of `settle`, written straight from the rulebook.

It shares no code with the policy package and knows nothing of its packs: figures stand here as literals with the ID of
their rule beside them, money is an exact `Fraction`. It expects valid requests and answers without `steps`.
"""
from tests.oracle import bazhong, changchun, changzhi, chongqing, national

POOLS = {
    "bazhong": bazhong.settle,
    "chongqing": chongqing.settle,
    "changchun": changchun.settle,
    "changzhi": changzhi.settle,
    "national": national.settle,
}


def settle(request: dict) -> dict:
    return POOLS[request["pool"]](request)
