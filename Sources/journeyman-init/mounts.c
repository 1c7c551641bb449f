#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init.h"

static const char host[] = "/.host";

/// Any directory would do as the place to pivot on; this one is on every machine.
int mounts_new_root(void) {
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) return -1;
  if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=16m") < 0) return -1;
  if (mkdir("/tmp/.host", 0700) < 0) return -1;
  if (syscall(SYS_pivot_root, "/tmp", "/tmp/.host") < 0) return -1;
  return chdir("/");
}

int mounts_leave_host(void) {
  if (umount2(host, MNT_DETACH) < 0 || rmdir(host) < 0) return -1;
  return mounts_remount("/", SANDBOX_FLAG_READ_ONLY | SANDBOX_FLAG_NO_SETUID | SANDBOX_FLAG_NO_DEVICES);
}

/// Makes what is missing above the last component; a component that exists, also as a link, is used as it is.
static int make_parents(char *path) {
  for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
    *slash = 0;
    int made = mkdir(path, 0755);
    *slash = '/';
    if (made < 0 && errno != EEXIST) return -1;
  }
  return 0;
}

static int copy_path(char *target, const char *path) {
  size_t length = strlen(path);
  if (length >= PATH_MAX) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(target, path, length + 1);
  return 0;
}

int mounts_directory(const char *path, mode_t mode) {
  // The usual case first; the mask is 0.
  if (mkdir(path, mode) == 0) return 0;
  char copy[PATH_MAX];
  if (copy_path(copy, path) < 0 || (errno == ENOENT && make_parents(copy) < 0)) return -1;
  if (mkdir(copy, mode) == 0) return 0;
  struct stat status;
  if (errno == EEXIST && stat(copy, &status) == 0 && S_ISDIR(status.st_mode)) return 0;
  errno = errno == EEXIST ? ENOTDIR : errno;
  return -1;
}

int mounts_file(const char *path, mode_t mode, const char *bytes, size_t length) {
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
  // The usual case first, as for directories.
  int file = open(path, flags, mode);
  if (file < 0 && errno == ENOENT) {
    char copy[PATH_MAX];
    if (copy_path(copy, path) < 0 || make_parents(copy) < 0) return -1;
    file = open(copy, flags, mode);
  }
  if (file < 0) return -1;
  while (length > 0) {
    ssize_t count = write(file, bytes, length);
    if (count < 0) break;
    bytes += count;
    length -= (size_t)count;
  }
  int error = length > 0 ? errno : 0;
  close(file);
  errno = error;
  return error ? -1 : 0;
}

int mounts_write(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return -1;
  ssize_t count = write(file, text, strlen(text));
  int error = errno;
  close(file);
  errno = error;
  return count < 0 ? -1 : 0;
}

static uint64_t attributes(uint32_t flags) {
  return (flags & SANDBOX_FLAG_READ_ONLY ? MOUNT_ATTR_RDONLY : 0) |
         (flags & SANDBOX_FLAG_NO_SETUID ? MOUNT_ATTR_NOSUID : 0) |
         (flags & SANDBOX_FLAG_NO_DEVICES ? MOUNT_ATTR_NODEV : 0) |
         (flags & SANDBOX_FLAG_NO_EXECUTE ? MOUNT_ATTR_NOEXEC : 0);
}

static int set_attributes(int directory, const char *path, uint32_t flags) {
  struct mount_attr change = {.attr_set = attributes(flags)};
  if (!change.attr_set) return 0;
  unsigned how = (flags & SANDBOX_FLAG_RECURSIVE ? AT_RECURSIVE : 0) | (*path ? 0 : AT_EMPTY_PATH);
  return mount_setattr(directory, path, how, &change, sizeof change);
}

int mounts_remount(const char *path, uint32_t flags) {
  return set_attributes(AT_FDCWD, path, flags);
}

int mounts_mount(const char *path, const char *type, const char *options, uint32_t flags) {
  if (mounts_directory(path, 0755) < 0) return -1;
  unsigned long bits = (flags & SANDBOX_FLAG_READ_ONLY ? MS_RDONLY : 0) |
                       (flags & SANDBOX_FLAG_NO_SETUID ? MS_NOSUID : 0) |
                       (flags & SANDBOX_FLAG_NO_DEVICES ? MS_NODEV : 0) |
                       (flags & SANDBOX_FLAG_NO_EXECUTE ? MS_NOEXEC : 0);
  return mount(type, path, type, bits, options);
}

/// A mount point of the right kind.
static int make_target(const struct stat *source, const char *path) {
  if (S_ISDIR(source->st_mode)) return mounts_directory(path, 0755);
  struct stat existing;
  if (lstat(path, &existing) == 0 && !S_ISDIR(existing.st_mode) && !S_ISLNK(existing.st_mode)) return 0;
  return mounts_file(path, 0644, "", 0);
}

static int bind_descriptor(const char *path, int tree, uint32_t flags) {
  struct stat status;
  if (fstat(tree, &status) < 0 || set_attributes(tree, "", flags) < 0 || make_target(&status, path) < 0) return -1;
  return move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH);
}

int mounts_bind(const char *path, const char *source, int descriptor, uint32_t flags) {
  if (descriptor >= 0) return bind_descriptor(path, descriptor, flags);
  struct stat status;
  if (stat(source, &status) < 0) return flags & SANDBOX_FLAG_OPTIONAL && errno == ENOENT ? 0 : -1;
  if (make_target(&status, path) < 0) return -1;
  if (mount(source, path, NULL, MS_BIND | (flags & SANDBOX_FLAG_RECURSIVE ? MS_REC : 0), NULL) < 0) return -1;
  return set_attributes(AT_FDCWD, path, flags);
}
