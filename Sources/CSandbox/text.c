#include "text.h"

char *sandbox_put_number(char *target, uint64_t number) {
  char digits[20];
  int count = 0;
  do {
    digits[count++] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  while (count > 0) *target++ = digits[--count];
  *target = 0;
  return target;
}

char *sandbox_put_text(char *target, const char *text) {
  while (*text) *target++ = *text++;
  *target = 0;
  return target;
}

bool sandbox_take_number(const char **text, uint64_t *number) {
  int count = 0;
  *number = 0;
  for (; **text >= '0' && **text <= '9' && count < 18; count++, (*text)++) {
    *number = *number * 10 + (uint64_t)(**text - '0');
  }
  return count > 0 && (**text < '0' || **text > '9');
}
