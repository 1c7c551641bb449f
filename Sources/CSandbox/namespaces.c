#include "namespaces.h"

#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int sandbox_copy_mount(const char *path, bool recursive, bool follow_links) {
  unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0);
  return open_tree(AT_FDCWD, path, flags | (follow_links ? 0 : AT_SYMLINK_NOFOLLOW));
}

static int change(int tree, struct mount_attr attributes, bool recursive) {
  return mount_setattr(tree, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attributes, sizeof attributes);
}

int sandbox_translate_mount(int tree, int user_namespace, bool recursive) {
  return change(tree, (struct mount_attr){.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)user_namespace}, recursive);
}

int sandbox_protect_mount(int tree, bool recursive) {
  return change(tree, (struct mount_attr){.attr_set = MOUNT_ATTR_RDONLY}, recursive);
}

/// Shares the caller's memory but has a stack of its own; it only waits until the pipe closes.
static int wait_for_close(void *argument) {
  char byte;
  const int *ends = argument;
  syscall(SYS_close, ends[1]);
  while (syscall(SYS_read, ends[0], &byte, 1) > 0) continue;
  syscall(SYS_exit_group, 0);
  return 0;
}

static int write_file(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return -1;
  ssize_t count = write(file, text, strlen(text));
  int error = errno;
  close(file);
  errno = error;
  return count < 0 ? -1 : 0;
}

static int map_and_open(pid_t pid, const char *uid_map, const char *gid_map) {
  char path[64];
  char *name = sandbox_put_number(sandbox_put_text(path, "/proc/"), (uint64_t)pid);
  sandbox_put_text(name, "/uid_map");
  if (write_file(path, uid_map) < 0) return -1;
  sandbox_put_text(name, "/gid_map");
  if (write_file(path, gid_map) < 0) return -1;
  sandbox_put_text(name, "/ns/user");
  return open(path, O_RDONLY | O_CLOEXEC);
}

int sandbox_make_user_namespace(const char *uid_map, const char *gid_map) {
  enum { STACK = 16 * 1024 };
  int ends[2];
  if (syscall(SYS_pipe2, ends, O_CLOEXEC) < 0) return -1;
  char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) {
    close(ends[0]);
    close(ends[1]);
    return -1;
  }
  // Signals stay blocked in the child: a handler would run on memory that is not its own.
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  pid_t pid = clone(wait_for_close, stack + STACK, CLONE_VM | CLONE_NEWUSER | SIGCHLD, ends);
  int error = errno;
  sigprocmask(SIG_SETMASK, &before, NULL);
  int result = -1;
  if (pid > 0) {
    result = map_and_open(pid, uid_map, gid_map);
    error = errno;
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
  }
  munmap(stack, STACK);
  close(ends[0]);
  close(ends[1]);
  errno = error;
  return result;
}

int sandbox_landlock_version(void) {
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1U);
  return version < 0 ? 0 : (int)version;
}

int sandbox_memfd(const char *name) {
  return (int)syscall(SYS_memfd_create, name, 1U /* MFD_CLOEXEC */);
}

int sandbox_clear_attributes(int file) {
  int none = 0;
  return ioctl(file, FS_IOC_SETFLAGS, &none);
}
