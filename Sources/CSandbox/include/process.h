#pragma once
// Waiting for processes by descriptor, so that a reused process id can never be meant.

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct sandbox_exit {
  /// The exit status, or the number of the signal when `signaled`.
  int status;
  bool signaled;
  /// User and system time of the process and the children it waited for.
  int64_t cpu_microseconds;
  int64_t peak_memory_bytes;
};

/// Collects a process that has ended; fails with EAGAIN when it has not.
int sandbox_reap(int pidfd, struct sandbox_exit *result);

/// Sends a signal to exactly the process behind the descriptor.
int sandbox_signal(int pidfd, int signal);

/// Opens a descriptor for a process.
int sandbox_open_process(pid_t pid);

/// Makes the calling process the parent of descendants whose own parent has ended.
int sandbox_become_subreaper(void);
