#pragma once
// Numbers as text, without the C library's formatting, which init does not carry.

#include <stdbool.h>
#include <stdint.h>

/// Writes `number` at `target` with a NUL behind it, in at most 21 bytes. Returns where the NUL is.
char *sandbox_put_number(char *target, uint64_t number);

/// Writes `text` at `target` with a NUL behind it. Returns where the NUL is.
char *sandbox_put_text(char *target, const char *text);

/// Reads the digits at `*text` and moves it behind them. False when there are none, or they are more than 18.
bool sandbox_take_number(const char **text, uint64_t *number);
