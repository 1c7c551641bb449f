#pragma once
// journeyman-init: the first process of a sandbox. It builds the sandbox from a plan, starts the commands it is sent,
// collects every process that ends, and reports. Static, without the Swift runtime, without allocation.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol.h"
#include "spawn.h"

enum { SANDBOX_MOST_LIMITS = 16 };

/// What outlasts the plan.
struct state {
  int control;
  /// Whether the worker has been told that the sandbox is ready.
  bool answered;
  /// Listens for the next worker of a durable sandbox, or -1.
  int listener;
  bool subreaper;
  /// For commands, but not for init, which needs more.
  struct sandbox_limit limits[SANDBOX_MOST_LIMITS];
  size_t limit_count;
  /// For commands, in a sandbox whose init does not restrict itself.
  bool drop_capabilities;
  int ruleset;
  const void *filter;
  size_t filter_bytes;
};

extern struct state state;

/// What came with a message, in the packet or in a memfd mapped privately.
struct payload {
  char *base;
  size_t size;
  bool mapped;
};

/// The payload of a message, which lies in `received` or in the first descriptor; `used` says how many descriptors it was.
bool payload_of(
    const struct sandbox_message *message, char *received, const int *descriptors, size_t count, struct payload *payload,
    size_t *used);
void payload_release(struct payload *payload);
/// The text at an offset, or NULL when there is none or it does not end inside the payload.
char *payload_text(const struct payload *payload, uint64_t offset);

/// Performs every step. On failure returns -1 with errno and the number of the step.
int plan_perform(const struct payload *payload, const int *descriptors, size_t count, int *failed);

int mounts_new_root(void);
int mounts_leave_host(void);
int mounts_directory(const char *path, mode_t mode);
int mounts_file(const char *path, mode_t mode, const char *bytes, size_t length);
int mounts_mount(const char *path, const char *type, const char *options, uint32_t flags);
int mounts_bind(const char *path, const char *source, int descriptor, uint32_t flags);
int mounts_remount(const char *path, uint32_t flags);
int mounts_write(const char *path, const char *text);

/// Removes everything in a directory that no process uses any more.
int remove_contents(int directory);

int restrict_capabilities(uint64_t mask);
int restrict_ruleset(uint64_t file_accesses, uint64_t scopes);
int restrict_allow(int ruleset, const char *path, uint64_t accesses, uint32_t flags);
int restrict_filter(const void *program, size_t bytes);
/// Whether the kernel has filters. Returns 0, or -1 and errno.
int restrict_has_filters(void);
int restrict_keyring(void);
int restrict_loopback_up(void);

/// Looks a user up in the sandbox's own /etc/passwd and /etc/group. Returns 0, or -1 and errno.
int users_find(const char *name, uid_t *user, gid_t *group, gid_t *groups, size_t *group_count);

void commands_run(const struct sandbox_message *message, char *received, const int *descriptors, size_t count);
void commands_signal(uint32_t id, int signal);
void commands_kill_group_at_end(uint32_t id);
void commands_forget(uint32_t id);
void commands_list(void);
/// Collects ended processes, at most a bounded number, so that a flood of them cannot keep the worker's messages waiting.
/// Returns whether there may be more.
bool commands_reap(void);
/// Whether no process but init is left.
bool commands_none_left(void);
/// Kills all descendants, those in sessions of their own included, until none is left.
void commands_sweep(void);
