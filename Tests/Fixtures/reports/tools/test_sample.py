import os
import pytest


def test_passes():
    pass


def test_fails():
    assert 1 == 2


@pytest.mark.skip(reason="later")
def test_is_skipped():
    pass


@pytest.mark.parametrize("row", [1, 2, 3])
def test_rows(row):
    assert row > 0


@pytest.fixture
def broken():
    raise RuntimeError("\x1b[31mred\x01 <&>")


def test_breaks(broken):
    pass
