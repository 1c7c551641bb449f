import pytest

from wordcount import count


@pytest.mark.parametrize(
    "text, expected",
    [("", []), ("a", [("a", 1)]), ("b a b", [("b", 2), ("a", 1)]), ("b a", [("a", 1), ("b", 1)])],
)
def test_count(text, expected):
    assert count(text) == expected
