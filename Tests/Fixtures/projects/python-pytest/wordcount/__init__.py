"""Counts the words of a text."""

from collections import Counter


def count(text):
    """The words of a text with their numbers, the most frequent first, then by the alphabet."""
    return sorted(Counter(text.split()).items(), key=lambda item: (-item[1], item[0]))
