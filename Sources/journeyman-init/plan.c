#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init.h"

static int become_root(uint32_t flags) {
  if (flags & SANDBOX_FLAG_GROUPS && syscall(SYS_setgroups, 0, NULL) < 0) return -1;
  if (syscall(SYS_setresgid, 0, 0, 0) < 0) return -1;
  return (int)syscall(SYS_setresuid, 0, 0, 0);
}

static int add_limit(int resource, uint64_t bound) {
  if (state.limit_count == SANDBOX_MOST_LIMITS) {
    errno = E2BIG;
    return -1;
  }
  state.limits[state.limit_count++] = (struct sandbox_limit){resource, {bound, bound}};
  return 0;
}

static int listen_durably(int listener) {
  state.listener = fcntl(listener, F_DUPFD_CLOEXEC, 128);
  return state.listener < 0 ? -1 : 0;
}

static int enforce(uint32_t flags) {
  if (flags & SANDBOX_FLAG_IN_COMMANDS) return 0;
  int result = (int)syscall(SYS_landlock_restrict_self, state.ruleset, 0);
  int error = errno;
  close(state.ruleset);
  state.ruleset = -1;
  errno = error;
  return result;
}

static int filter(const struct sandbox_step *step, const void *program) {
  if (!(step->flags & SANDBOX_FLAG_IN_COMMANDS)) return restrict_filter(program, step->length);
  state.filter = program;
  state.filter_bytes = step->length;
  return 0;
}

static int answer(void) {
  if (restrict_has_filters() < 0) return -1;
  const struct sandbox_message ready = {.type = SANDBOX_MESSAGE_READY};
  state.answered = true;
  return sandbox_send(state.control, &ready, NULL, NULL, 0);
}

static int perform(const struct payload *payload, const struct sandbox_step *step, const int *descriptors, size_t count) {
  char *first = payload_text(payload, step->first);
  char *second = payload_text(payload, step->second);
  int descriptor = -1;
  if (step->descriptor >= 0) {
    if ((size_t)step->descriptor >= count) goto malformed;
    descriptor = descriptors[step->descriptor];
  }
  if (step->length > payload->size || step->second > payload->size - step->length) goto malformed;

  switch ((enum sandbox_operation)step->operation) {
    case SANDBOX_STEP_BECOME_ROOT: return become_root(step->flags);
    case SANDBOX_STEP_NEW_ROOT: return mounts_new_root();
    case SANDBOX_STEP_LEAVE_HOST: return mounts_leave_host();
    case SANDBOX_STEP_LOOPBACK_UP: return restrict_loopback_up();
    case SANDBOX_STEP_NEW_KEYRING: return restrict_keyring();
    case SANDBOX_STEP_CAPABILITIES:
      state.drop_capabilities = step->flags & SANDBOX_FLAG_IN_COMMANDS;
      return restrict_capabilities(step->number);
    case SANDBOX_STEP_NO_NEW_PRIVILEGES: return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    case SANDBOX_STEP_DUMPABLE: return prctl(PR_SET_DUMPABLE, step->number, 0, 0, 0);
    case SANDBOX_STEP_DIE_WITH_PARENT: return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    case SANDBOX_STEP_SUBREAPER: state.subreaper = true; return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    case SANDBOX_STEP_REMOVE_CONTENTS: return remove_contents(descriptor);
    case SANDBOX_STEP_DURABLE: return listen_durably(descriptor);
    case SANDBOX_STEP_HOLD: return fcntl(descriptor, F_DUPFD_CLOEXEC, 128) < 0 ? -1 : 0;
    case SANDBOX_STEP_LIMIT: return add_limit((int)step->flags, step->number);
    case SANDBOX_STEP_LANDLOCK_BEGIN:
      state.ruleset = restrict_ruleset(step->number, step->flags);
      return state.ruleset < 0 ? -1 : 0;
    case SANDBOX_STEP_LANDLOCK_ENFORCE: return enforce(step->flags);
    case SANDBOX_STEP_ANSWER: return answer();
    case SANDBOX_STEP_SECCOMP: return filter(step, payload->base + step->second);
    default: break;
  }

  if (!first) goto malformed;
  switch ((enum sandbox_operation)step->operation) {
    case SANDBOX_STEP_DIRECTORY: return mounts_directory(first, (mode_t)step->number);
    case SANDBOX_STEP_FILE:
      return mounts_file(first, (mode_t)step->number, payload->base + step->second, step->length);
    case SANDBOX_STEP_HIDE_FILE: return unlink(first) < 0 && errno != ENOENT ? -1 : 0;
    case SANDBOX_STEP_BIND:
      if (!second && descriptor < 0) goto malformed;
      return mounts_bind(first, second, descriptor, step->flags);
    case SANDBOX_STEP_REMOUNT: return mounts_remount(first, step->flags);
    case SANDBOX_STEP_HOST_NAME: {
      size_t length = 0;
      while (first[length]) length++;
      return sethostname(first, length);
    }
    case SANDBOX_STEP_LANDLOCK_ALLOW: return restrict_allow(state.ruleset, first, step->number, step->flags);
    default: break;
  }

  if (!second) goto malformed;
  switch ((enum sandbox_operation)step->operation) {
    case SANDBOX_STEP_LINK: return symlink(second, first);
    case SANDBOX_STEP_MOUNT: return mounts_mount(first, second, payload_text(payload, step->number), step->flags);
    case SANDBOX_STEP_WRITE: return mounts_write(first, second);
    default: break;
  }
malformed:
  errno = EBADMSG;
  return -1;
}

int plan_perform(const struct payload *payload, const int *descriptors, size_t count, int *failed) {
  const struct sandbox_plan *plan = (const struct sandbox_plan *)payload->base;
  if (payload->size < sizeof *plan || plan->step_count > (payload->size - sizeof *plan) / sizeof *plan->steps) {
    errno = EBADMSG;
    return -1;
  }
  // Modes in the plan are exact.
  mode_t before = umask(0);
  for (uint32_t i = 0; i < plan->step_count; i++) {
    if (perform(payload, &plan->steps[i], descriptors, count) == 0) continue;
    *failed = (int)i;
    return -1;
  }
  umask(before);
  return 0;
}
