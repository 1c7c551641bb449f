#ifndef GREETING_H
#define GREETING_H

#include <stddef.h>

/* Writes a greeting for `name` into `buffer`, always terminated. Returns the length of the whole greeting, which
   did not fit when it is not smaller than `size`; -1 when the name is empty. */
int greeting(char *buffer, size_t size, const char *name);

#endif
