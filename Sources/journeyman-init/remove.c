#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init.h"
#include "namespaces.h"
#include "text.h"

// Trees of builds are as deep, as closed and as odd as their makers like. Every directory found below is moved to the top
// before it is emptied, so that depth costs neither stack nor descriptors nor path length. Nothing is followed: all
// names are single components, relative to a descriptor of the directory they were read from.

struct entries {
  int directory;
  size_t next;
  size_t end;
  _Alignas(8) char buffer[32 * 1024];
};

struct kernel_entry {
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
  char name[];
};

/// The next name besides . and .., or NULL at the end or on failure.
static const char *next_name(struct entries *entries) {
  for (;;) {
    if (entries->next >= entries->end) {
      long count = syscall(SYS_getdents64, entries->directory, entries->buffer, sizeof entries->buffer);
      if (count <= 0) return NULL;
      entries->next = 0;
      entries->end = (size_t)count;
    }
    struct kernel_entry *entry = (struct kernel_entry *)(entries->buffer + entries->next);
    entries->next += entry->length;
    if (strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0) return entry->name;
  }
}

static void make_changeable(int parent, const char *name) {
  int file = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (file < 0) return;
  sandbox_clear_attributes(file);
  close(file);
}

/// Removes what is not a directory. Returns 1 when it is one.
static int remove_file(int parent, const char *name) {
  if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) return 0;
  int error = errno;
  struct stat status;
  if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return errno == ENOENT ? 0 : -1;
  if (S_ISDIR(status.st_mode)) return 1;
  make_changeable(parent, name);
  if (unlinkat(parent, name, 0) == 0) return 0;
  errno = error;
  return -1;
}

/// Opens a directory for reading and removing, whatever its mode and attributes.
static int open_child(int parent, const char *name) {
  const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  int child = openat(parent, name, flags);
  if (child < 0 && errno == EACCES) {
    // A directory, as its caller has seen, and nobody is left who could replace it.
    if (fchmodat(parent, name, 0700, 0) < 0) return -1;
    child = openat(parent, name, flags);
  }
  if (child < 0) return -1;
  sandbox_clear_attributes(child);
  fchmod(child, 0700);
  return child;
}

static int move_to_top(int top, int parent, const char *name) {
  static uint64_t number;
  // A directory is moved only by who may write to it, because its .. changes.
  int child = open_child(parent, name);
  if (child >= 0) close(child);
  char target[32];
  do {
    sandbox_put_number(sandbox_put_text(target, ".remove-"), number++);
    if (syscall(SYS_renameat2, parent, name, top, target, 1 /* RENAME_NOREPLACE */) == 0) return 0;
  } while (errno == EEXIST);
  return -1;
}

/// Removes a directory of the top; those in it move to the top.
static int remove_directory(int top, const char *name) {
  struct entries entries = {.directory = open_child(top, name)};
  if (entries.directory < 0) return -1;
  int result = 0;
  const char *child;
  while (result == 0 && (child = next_name(&entries))) {
    result = remove_file(entries.directory, child);
    if (result == 1) result = move_to_top(top, entries.directory, child);
  }
  int error = errno;
  close(entries.directory);
  errno = error;
  if (result < 0) return -1;
  // Entries can be passed over while a directory changes; the next round finds them.
  return unlinkat(top, name, AT_REMOVEDIR) == 0 || errno == ENOTEMPTY || errno == ENOENT ? 0 : -1;
}

int remove_contents(int directory) {
  static struct entries entries;
  for (;;) {
    entries = (struct entries){.directory = directory};
    if (lseek(directory, 0, SEEK_SET) < 0) return -1;
    const char *name;
    bool found = false;
    while ((name = next_name(&entries))) {
      found = true;
      int result = remove_file(directory, name);
      if (result == 1) result = remove_directory(directory, name);
      if (result < 0) return -1;
    }
    if (!found) return 0;
  }
}
