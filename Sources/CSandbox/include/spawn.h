#pragma once
// Starts a process with clone(CLONE_VM | CLONE_VFORK): no page table is copied, so the cost does not grow with the
// caller's memory. Between clone and exec only raw system calls run, because the child shares the caller's memory.
// Everything that needs an allocation is prepared by the caller.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/// What the child was doing when it failed.
enum sandbox_stage {
  SANDBOX_STAGE_NONE,
  SANDBOX_STAGE_PIPE,
  SANDBOX_STAGE_CLONE,
  SANDBOX_STAGE_SIGNALS,
  SANDBOX_STAGE_SESSION,
  SANDBOX_STAGE_CGROUP,
  SANDBOX_STAGE_DESCRIPTORS,
  SANDBOX_STAGE_LIMITS,
  SANDBOX_STAGE_USER,
  SANDBOX_STAGE_PARENT,
  SANDBOX_STAGE_CAPABILITIES,
  SANDBOX_STAGE_DIRECTORY,
  SANDBOX_STAGE_RESTRICTIONS,
  SANDBOX_STAGE_EXEC,
};

struct sandbox_limit {
  int resource;
  struct rlimit value;
};

struct sandbox_spawn {
  const char *path;
  char *const *arguments;
  char *const *environment;
  /// The working directory, entered as the target user; NULL keeps the caller's.
  const char *directory;
  /// Descriptors that become 0, 1 and 2; -1 is /dev/null.
  int stdio[3];
  /// Descriptors that become 3, 4, … in this order. Every other descriptor is closed.
  const int *passed;
  size_t passed_count;
  /// CLONE_NEW* flags.
  uint64_t namespaces;
  /// The caller has no handlers and ignores nothing, so there is nothing to reset.
  bool signals_are_standard;
  /// Makes the child the leader of a new session without a controlling terminal.
  bool new_session;
  /// SIGKILL for the child when the *thread* that called sandbox_spawn ends: call from a thread that never ends.
  bool dies_with_parent;
  /// The capabilities of a new user namespace to keep across the exec (ambient set), although no user id is mapped yet.
  uint64_t kept_capabilities;
  bool change_user;
  uid_t user;
  gid_t group;
  const gid_t *groups;
  size_t group_count;
  const struct sandbox_limit *limits;
  size_t limit_count;
  /// Open `cgroup.procs` files; the child adds itself to each before anything else.
  const int *cgroups;
  size_t cgroup_count;
  /// Gives up every capability. Only of use with a ruleset or a filter, because user 0 would get them back by the exec.
  bool drop_capabilities;
  /// A Landlock ruleset to enforce, or -1. It and the filter imply no_new_privs.
  int ruleset;
  /// A seccomp program (struct sock_filter) to install as the very last thing before the exec, or NULL.
  const void *filter;
  size_t filter_bytes;
};

struct sandbox_child {
  pid_t pid;
  /// Close-on-exec; -1 when the spawn failed.
  int pidfd;
  /// errno and stage of a failed spawn.
  int error;
  int stage;
};

/// Returns 0 once the program has been executed. On failure returns -1, fills `error` and `stage`, and leaves no zombie.
int sandbox_spawn(const struct sandbox_spawn *request, struct sandbox_child *child);

/// What a stage was about, as a phrase that follows "cannot ".
const char *sandbox_stage_phrase(int stage);
