import unittest

from wordcount import count


class CountTest(unittest.TestCase):
    def test_lines(self):
        self.assertEqual(count("a\na\n"), [("a", 2)])


if __name__ == "__main__":
    unittest.main()
