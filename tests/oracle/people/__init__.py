"""Generators of person-years, one module a pool."""
from tests.oracle.people import bazhong, changchun, changzhi, chongqing, national

GENERATORS = {
    "bazhong": bazhong.person_year,
    "chongqing": chongqing.person_year,
    "changchun": changchun.person_year,
    "changzhi": changzhi.person_year,
    "national": national.person_year,
}
