#pragma once
// Linux calls that Swift's Glibc module lacks, because they are variadic, newer than its feature macros, or
// macros. Each returns what the kernel returns through syscall(2): -1 and errno on failure.

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static const uint64_t journeyman_resolve_beneath = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
static const uint64_t journeyman_resolve_no_symlinks = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
/// As the one before, and no step into another mount.
static const uint64_t journeyman_resolve_same_mount =
    RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;

static inline int journeyman_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  struct open_how how = {flags, mode, resolve};
  return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

/// Of GNU's libc, which declares it only on request.
void *memmem(const void *bytes, size_t count, const void *phrase, size_t length);

/// Whether `phrase` is somewhere in `bytes`.
static inline bool journeyman_contains(const void *bytes, size_t count, const void *phrase, size_t length) {
  return memmem(bytes, count, phrase, length) != NULL;
}

static inline int journeyman_pipe_cloexec(int ends[2]) {
  return (int)syscall(SYS_pipe2, ends, O_CLOEXEC);
}

static inline int journeyman_set_pipe_size(int descriptor, int bytes) {
  return fcntl(descriptor, 1031 /* F_SETPIPE_SZ */, bytes);
}

static inline int journeyman_duplicate_cloexec(int descriptor, int lowest) {
  return fcntl(descriptor, F_DUPFD_CLOEXEC, lowest);
}

static inline int journeyman_set_nonblocking(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

/// Bytes that can be read from a pipe or socket without blocking.
static inline int journeyman_readable_bytes(int descriptor, int *count) {
  return ioctl(descriptor, 0x541B /* FIONREAD */, count);
}

/// The width of a terminal in columns; 0 when the descriptor is no terminal or does not know.
static inline int journeyman_terminal_columns(int descriptor) {
  struct winsize size = {0};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/// Makes an open file or directory removable again that is immutable or append-only (`chattr +i`, `+a`).
static inline int journeyman_clear_immutable(int descriptor) {
  int flags = 0;
  if (ioctl(descriptor, FS_IOC_GETFLAGS, &flags) != 0) return -1;
  flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
  return ioctl(descriptor, FS_IOC_SETFLAGS, &flags);
}

/// Takes a mount away from its place, without following a link there (`MNT_DETACH | UMOUNT_NOFOLLOW`).
static inline int journeyman_detach_mount(const char *path) {
  return (int)syscall(SYS_umount2, path, 2 | 8);
}

/// Makes `destination` share the blocks of `source` (copy on write), where the file system can.
static inline int journeyman_clone_file(int destination, int source) {
  return ioctl(destination, FICLONE, source);
}

static inline int64_t journeyman_copy_file_range(int source, int destination, size_t count) {
  return syscall(SYS_copy_file_range, source, NULL, destination, NULL, count, 0);
}

static inline int journeyman_rename_noreplace(int fromDirectory, const char *from, int toDirectory, const char *to) {
  return (int)syscall(SYS_renameat2, fromDirectory, from, toDirectory, to, 1 /* RENAME_NOREPLACE */);
}

static inline int journeyman_memfd(const char *name) {
  return (int)syscall(SYS_memfd_create, name, 1U /* MFD_CLOEXEC */);
}

static inline int64_t journeyman_random(void *buffer, size_t count) {
  return syscall(SYS_getrandom, buffer, count, 0);
}

/// The system's real-time clock, in microseconds since 1970. (An optimised build of Swift does not find `timespec`.)
static inline int64_t journeyman_now_microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/// Opens a file that has no name in `directory`; link it by /proc/self/fd to keep it.
static inline int journeyman_open_unnamed(const char *directory, unsigned mode) {
  return open(directory, __O_TMPFILE | O_DIRECTORY | O_RDWR | O_CLOEXEC, mode);
}

static inline int journeyman_set_modification_time(int descriptor, int64_t seconds) {
  struct timespec times[2] = {{0, UTIME_OMIT}, {seconds, 0}};
  return futimens(descriptor, times);
}

/// Whether the kernel knows of a time source that keeps its clock right.
static inline bool journeyman_clock_is_synchronised(void) {
  struct timex state = {0};
  return adjtimex(&state) != TIME_ERROR;
}

// Landlock, landlock(7): a thread, and those it starts, gives up access to files.

/// The kernel's version of Landlock; negative when there is none.
static inline int journeyman_landlock_version(void) { return (int)syscall(444, NULL, 0, 1U); }

/// Begins a set of rules about these accesses.
static inline int journeyman_landlock_begin(uint64_t accesses) {
  struct {
    uint64_t files;
  } attributes = {accesses};
  return (int)syscall(444, &attributes, sizeof attributes, 0U);
}

/// Allows accesses beneath an open directory, or to an open file.
static inline int journeyman_landlock_allow(int rules, int place, uint64_t accesses) {
  struct __attribute__((packed)) {
    uint64_t accesses;
    int32_t place;
  } rule = {accesses, place};
  return (int)syscall(445, rules, 1, &rule, 0U);
}

/// Confines the calling thread.
static inline int journeyman_landlock_confine(int rules) {
  if (syscall(SYS_prctl, 38 /* PR_SET_NO_NEW_PRIVS */, 1, 0, 0, 0) != 0) return -1;
  return (int)syscall(446, rules, 0U);
}

/// Writes everything that the file system of an open file still holds in memory to its disk.
static inline int journeyman_flush_file_system(int descriptor) { return (int)syscall(SYS_syncfs, descriptor); }

/// Starts a thread that nobody joins. Returns 0 or an errno value.
static inline int journeyman_start_thread(void *(*run)(void *context), void *context) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  int number = pthread_create(&thread, &attributes, run, context);
  pthread_attr_destroy(&attributes);
  return number;
}

/// What tools show for the calling thread; the kernel cuts it to 15 bytes.
static inline void journeyman_name_thread(const char *name) {
  syscall(SYS_prctl, PR_SET_NAME, name, 0, 0, 0);
}

/// Gives the free memory of the heap back to the kernel.
static inline void journeyman_trim_heap(void) {
  malloc_trim(0);
}

/// Takes pages of a file out of this process until they are used again. What was changed in them would be lost.
static inline int journeyman_unmap_unchanged(uintptr_t start, size_t length) {
  return madvise((void *)start, length, MADV_DONTNEED);
}
