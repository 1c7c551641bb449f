#include "process.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int sandbox_reap(int pidfd, struct sandbox_exit *result) {
  siginfo_t info;
  struct rusage usage;
  memset(&info, 0, sizeof info);
  memset(&usage, 0, sizeof usage);
  long outcome;
  do {
    outcome = syscall(SYS_waitid, 3 /* P_PIDFD */, pidfd, &info, WEXITED | WNOHANG, &usage);
  } while (outcome < 0 && errno == EINTR);
  if (outcome < 0) return -1;
  if (info.si_pid == 0) {
    errno = EAGAIN;
    return -1;
  }
  result->status = info.si_status;
  result->signaled = info.si_code != CLD_EXITED;
  result->cpu_microseconds = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * INT64_C(1000000) +
                             usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
  result->peak_memory_bytes = (int64_t)usage.ru_maxrss * 1024;
  return 0;
}

int sandbox_signal(int pidfd, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int sandbox_open_process(pid_t pid) {
  return (int)syscall(SYS_pidfd_open, pid, 0);
}

int sandbox_become_subreaper(void) {
  return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}
