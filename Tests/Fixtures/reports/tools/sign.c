#include <stdio.h>
static int sign(int n) {
  if (n < 0) return -1;
  return n > 0 ? 1 : 0;
}
int unused(void) {
  return 7;
}
int main(void) { printf("%d\n", sign(3)); return 0; }
