#include "greeting.h"

#include <stdio.h>

int main(int argc, char **argv) {
  char line[256];
  int length = greeting(line, sizeof line, argc > 1 ? argv[1] : "world");
  if (length < 0 || (size_t)length >= sizeof line) {
    fprintf(stderr, "hello: the name is %s\n", length < 0 ? "empty" : "too long");
    return 1;
  }
  puts(line);
  return 0;
}
