#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init.h"
#include "text.h"

int restrict_capabilities(uint64_t mask) {
  for (int capability = 0; capability < 64; capability++) {
    if (mask & (UINT64_C(1) << capability)) continue;
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) continue;
    if (errno != EINVAL) return -1;
    break;
  }
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0) return -1;
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) < 0) return -1;
  for (int half = 0; half < 2; half++) {
    data[half].permitted &= (uint32_t)(mask >> (32 * half));
    data[half].effective = data[half].permitted;
    data[half].inheritable = 0;
  }
  return (int)syscall(SYS_capset, &header, data);
}

/// The newest layout; the kernel is told how much of it the requested accesses need.
struct ruleset_attributes {
  uint64_t handled_file_accesses;
  uint64_t handled_network_accesses;
  uint64_t scoped;
};

int restrict_ruleset(uint64_t file_accesses, uint64_t scopes) {
  struct ruleset_attributes attributes = {file_accesses, 0, scopes};
  size_t size = scopes ? sizeof attributes : sizeof attributes.handled_file_accesses;
  int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
  if (ruleset < 0) return -1;
  // Out of the way of the descriptors that a command is given.
  int moved = fcntl(ruleset, F_DUPFD_CLOEXEC, 128);
  close(ruleset);
  return moved;
}

int restrict_allow(int ruleset, const char *path, uint64_t accesses, uint32_t flags) {
  int place = open(path, O_PATH | O_CLOEXEC);
  if (place < 0) return flags & SANDBOX_FLAG_OPTIONAL && errno == ENOENT ? 0 : -1;
  struct stat status;
  int result = fstat(place, &status);
  const uint64_t for_files = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
                             (1U << 14) /* TRUNCATE */ | (1U << 15) /* IOCTL_DEV */;
  if (result == 0 && !S_ISDIR(status.st_mode)) accesses &= for_files;
  struct landlock_path_beneath_attr rule = {accesses, place};
  if (result == 0) result = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  int error = errno;
  close(place);
  errno = error;
  return result;
}

int restrict_filter(const void *program, size_t bytes) {
  const struct sock_fprog filter = {
      (unsigned short)(bytes / sizeof(struct sock_filter)), (struct sock_filter *)program};
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
}

int restrict_has_filters(void) {
  const uint32_t action = SECCOMP_RET_ERRNO;
  return (int)syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
}

int restrict_keyring(void) {
  long ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
  // A kernel without keyrings has none to protect.
  return ring < 0 && errno != ENOSYS ? -1 : 0;
}

int restrict_loopback_up(void) {
  int socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return -1;
  struct ifreq request;
  memset(&request, 0, sizeof request);
  sandbox_put_text(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  int result = ioctl(socket_, SIOCSIFFLAGS, &request);
  int error = errno;
  close(socket_);
  errno = error;
  return result;
}
