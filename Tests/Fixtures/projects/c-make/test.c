#include <limits.h>
#include <stdio.h>

#include "sum.h"

static int failures;

static void expect(int a, int b, int sum) {
  int found = saturating_sum(a, b);
  if (found == sum) return;
  printf("%d + %d: expected %d, found %d\n", a, b, sum, found);
  failures++;
}

int main(void) {
  expect(3, 4, 7);
  expect(INT_MAX, 1, INT_MAX);
  expect(INT_MIN, -1, INT_MIN);
  printf("3 checks, %d failures\n", failures);
  return failures > 0;
}
