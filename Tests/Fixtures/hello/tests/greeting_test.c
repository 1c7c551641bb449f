#include "../src/greeting.h"

#include <stdio.h>
#include <string.h>

static int failures;

static void expect(int condition, const char *what) {
  printf("%s - %s\n", condition ? "ok" : "not ok", what);
  if (!condition) failures++;
}

int main(void) {
  char line[16];
  expect(greeting(line, sizeof line, "Ada") == 11 && strcmp(line, "Hello, Ada!") == 0, "greets by name");
  expect(greeting(line, sizeof line, "Christopher") == 19, "says how long a greeting is that does not fit");
  expect(strlen(line) == sizeof line - 1, "never writes past the buffer");
  expect(greeting(line, sizeof line, "") == -1, "refuses an empty name");
  return failures != 0;
}
