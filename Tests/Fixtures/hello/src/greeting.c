#include "greeting.h"

#include <stdio.h>

int greeting(char *buffer, size_t size, const char *name) {
  if (name[0] == '\0') return -1;
  return snprintf(buffer, size, "Hello, %s!", name);
}
