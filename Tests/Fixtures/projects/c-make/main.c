#include <stdio.h>

#include "sum.h"

int main(void) {
  int a, b;
  while (scanf("%d %d", &a, &b) == 2) printf("%d\n", saturating_sum(a, b));
  return 0;
}
