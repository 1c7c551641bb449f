#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_STACK = 32 * 1024, MOST_PASSED = 64 };

struct failure {
  int error;
  int stage;
};

struct child_context {
  const struct sandbox_spawn *request;
  int report;
  pid_t parent;
};

static _Noreturn void fail(int report, int stage) {
  struct failure failure = {errno, stage};
  (void)!syscall(SYS_write, report, &failure, sizeof failure);
  syscall(SYS_exit_group, 127);
  __builtin_unreachable();
}

/// The kernel's struct sigaction: all zero is SIG_DFL without flags.
struct kernel_sigaction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
};

/// Handlers point into the parent's code and SIG_IGN would survive the exec.
static void reset_signals(void) {
  const struct kernel_sigaction standard = {0};
  for (int number = 1; number <= 64; number++) {
    if (number != SIGKILL && number != SIGSTOP) syscall(SYS_rt_sigaction, number, &standard, NULL, sizeof(uint64_t));
  }
}

/// Moves everything out of the way first, so that no source is overwritten before it is used.
static int place_descriptors(const struct sandbox_spawn *request, int report) {
  const int count = 3 + (int)request->passed_count;
  int sources[3 + MOST_PASSED];
  int moved_report = (int)syscall(SYS_fcntl, report, F_DUPFD_CLOEXEC, count);
  if (moved_report < 0) fail(report, SANDBOX_STAGE_DESCRIPTORS);
  for (int i = 0; i < count; i++) {
    int source = i < 3 ? request->stdio[i] : request->passed[i - 3];
    if (source < 0) {
      source = (int)syscall(SYS_openat, AT_FDCWD, "/dev/null", (i == 0 ? O_RDONLY : O_WRONLY) | O_CLOEXEC, 0);
    }
    sources[i] = source < 0 ? -1 : (int)syscall(SYS_fcntl, source, F_DUPFD_CLOEXEC, count);
    if (sources[i] < 0) fail(moved_report, SANDBOX_STAGE_DESCRIPTORS);
  }
  for (int i = 0; i < count; i++) {
    if (syscall(SYS_dup3, sources[i], i, 0) < 0) fail(moved_report, SANDBOX_STAGE_DESCRIPTORS);
  }
  if (syscall(SYS_close_range, count, ~0U, CLOSE_RANGE_CLOEXEC) < 0) fail(moved_report, SANDBOX_STAGE_DESCRIPTORS);
  return moved_report;
}

static void change_user(const struct sandbox_spawn *request, int report) {
  if (syscall(SYS_setgroups, request->group_count, request->groups) < 0 ||
      syscall(SYS_setresgid, request->group, request->group, request->group) < 0 ||
      syscall(SYS_setresuid, request->user, request->user, request->user) < 0) {
    fail(report, SANDBOX_STAGE_USER);
  }
}

static void keep_capabilities(uint64_t mask, int report) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) < 0) fail(report, SANDBOX_STAGE_CAPABILITIES);
  data[0].inheritable = data[0].permitted & (uint32_t)mask;
  data[1].inheritable = data[1].permitted & (uint32_t)(mask >> 32);
  if (syscall(SYS_capset, &header, data) < 0) fail(report, SANDBOX_STAGE_CAPABILITIES);
  for (unsigned capability = 0; capability < 64; capability++) {
    if (!(data[capability / 32].inheritable & (1U << (capability % 32)))) continue;
    if (syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0) {
      fail(report, SANDBOX_STAGE_CAPABILITIES);
    }
  }
}

static void restrict_itself(const struct sandbox_spawn *request, int report) {
  if (request->ruleset < 0 && !request->filter) return;
  if (syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) fail(report, SANDBOX_STAGE_RESTRICTIONS);
  if (request->drop_capabilities) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    const struct __user_cap_data_struct none[2] = {0};
    if (syscall(SYS_capset, &header, none) < 0) fail(report, SANDBOX_STAGE_RESTRICTIONS);
  }
  if (request->ruleset >= 0 && syscall(SYS_landlock_restrict_self, request->ruleset, 0) < 0) {
    fail(report, SANDBOX_STAGE_RESTRICTIONS);
  }
  if (!request->filter) return;
  const struct sock_fprog program = {
      (unsigned short)(request->filter_bytes / sizeof(struct sock_filter)), (struct sock_filter *)request->filter};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0) fail(report, SANDBOX_STAGE_RESTRICTIONS);
}

static int child_main(void *argument) {
  const struct child_context *context = argument;
  const struct sandbox_spawn *request = context->request;
  if (!request->signals_are_standard) reset_signals();
  for (size_t i = 0; i < request->cgroup_count; i++) {
    if (syscall(SYS_write, request->cgroups[i], "0\n", 2) < 0) fail(context->report, SANDBOX_STAGE_CGROUP);
  }
  if (request->new_session && syscall(SYS_setsid) < 0) fail(context->report, SANDBOX_STAGE_SESSION);
  int report = place_descriptors(request, context->report);
  for (size_t i = 0; i < request->limit_count; i++) {
    const struct sandbox_limit *limit = &request->limits[i];
    if (syscall(SYS_prlimit64, 0, limit->resource, &limit->value, NULL) < 0) fail(report, SANDBOX_STAGE_LIMITS);
  }
  if (request->change_user) change_user(request, report);
  if (request->dies_with_parent) {
    // After the change of user, which clears it. A parent that died before this line has already been replaced by a
    // reaper; in a new PID namespace the parent's id reads 0 either way, and there the control socket tells.
    if (syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) fail(report, SANDBOX_STAGE_PARENT);
    bool visible = !(request->namespaces & CLONE_NEWPID);
    if (visible && syscall(SYS_getppid) != context->parent) {
      errno = ESRCH;
      fail(report, SANDBOX_STAGE_PARENT);
    }
  }
  if (request->kept_capabilities) keep_capabilities(request->kept_capabilities, report);
  if (request->directory && syscall(SYS_chdir, request->directory) < 0) fail(report, SANDBOX_STAGE_DIRECTORY);
  restrict_itself(request, report);
  const uint64_t none = 0;
  if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none) < 0) fail(report, SANDBOX_STAGE_SIGNALS);
  syscall(SYS_execve, request->path, request->arguments, request->environment);
  fail(report, SANDBOX_STAGE_EXEC);
}

static int refuse(struct sandbox_child *child, int error, int stage) {
  *child = (struct sandbox_child){.pid = -1, .pidfd = -1, .error = error, .stage = stage};
  return -1;
}

/// On the caller's own stack, which stays as it is while the caller is suspended. Kept out of line so that the array
/// exists only here.
__attribute__((noinline)) static pid_t clone_child(struct child_context *context, int *pidfd) {
  _Alignas(16) char stack[CHILD_STACK];
  int flags = (int)(CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD | context->request->namespaces);
  return clone(child_main, stack + sizeof stack, flags, context, pidfd);
}

int sandbox_spawn(const struct sandbox_spawn *request, struct sandbox_child *child) {
  if (request->passed_count > MOST_PASSED) return refuse(child, E2BIG, SANDBOX_STAGE_DESCRIPTORS);
  int report[2];
  if (syscall(SYS_pipe2, report, O_CLOEXEC) < 0) return refuse(child, errno, SANDBOX_STAGE_PIPE);
  struct child_context context = {request, report[1], getpid()};

  // A handler that ran in the child would run on shared memory.
  const uint64_t all = ~0ULL;
  uint64_t before;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
  int pidfd = -1;
  pid_t pid = clone_child(&context, &pidfd);
  int error = errno;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);

  close(report[1]);
  struct failure failure = {0, SANDBOX_STAGE_NONE};
  ssize_t count = 0;
  if (pid >= 0) {
    do {
      count = read(report[0], &failure, sizeof failure);
    } while (count < 0 && errno == EINTR);
  }
  close(report[0]);
  if (pid < 0) return refuse(child, error, SANDBOX_STAGE_CLONE);
  if (count == (ssize_t)sizeof failure) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
    close(pidfd);
    return refuse(child, failure.error, failure.stage);
  }
  *child = (struct sandbox_child){.pid = pid, .pidfd = pidfd, .error = 0, .stage = SANDBOX_STAGE_NONE};
  return 0;
}

const char *sandbox_stage_phrase(int stage) {
  switch (stage) {
    case SANDBOX_STAGE_PIPE: return "make a pipe";
    case SANDBOX_STAGE_CLONE: return "make a process";
    case SANDBOX_STAGE_SIGNALS: return "reset the signals";
    case SANDBOX_STAGE_SESSION: return "start a session";
    case SANDBOX_STAGE_CGROUP: return "join the control group";
    case SANDBOX_STAGE_DESCRIPTORS: return "pass the descriptors";
    case SANDBOX_STAGE_LIMITS: return "set the resource limits";
    case SANDBOX_STAGE_USER: return "take on the user";
    case SANDBOX_STAGE_PARENT: return "follow the parent process";
    case SANDBOX_STAGE_CAPABILITIES: return "keep the capabilities";
    case SANDBOX_STAGE_DIRECTORY: return "enter the working directory";
    case SANDBOX_STAGE_RESTRICTIONS: return "restrict the process";
    case SANDBOX_STAGE_EXEC: return "execute the program";
    default: return "start the process";
  }
}
