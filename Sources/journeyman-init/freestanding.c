// The little of the C library that init uses, as bare system calls, so that it starts without the C library's own start.
// That start asks the processor for its features, which in a virtual machine takes longer than the rest of init's life
// up to its first command. On other architectures, and with sanitizers, the C library itself is linked.
#if defined(__x86_64__) && !__has_feature(address_sanitizer)

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void);

__asm__(
    ".globl _start\n"
    "_start:\n"
    "  xor %ebp, %ebp\n"
    "  and $-16, %rsp\n"
    "  call main\n"
    "  mov %eax, %edi\n"
    "  mov $231, %eax\n"  // exit_group
    "  syscall\n");

// clone(function, stack, flags, argument, pidfd): the child finds both words on its own stack.
__asm__(
    ".globl clone\n"
    "clone:\n"
    "  and $-16, %rsi\n"
    "  sub $16, %rsi\n"
    "  mov %rdi, (%rsi)\n"
    "  mov %rcx, 8(%rsi)\n"
    "  mov %rdx, %rdi\n"
    "  mov %r8, %rdx\n"
    "  xor %r10d, %r10d\n"
    "  xor %r8d, %r8d\n"
    "  mov $56, %eax\n"
    "  syscall\n"
    "  test %rax, %rax\n"
    "  jz 1f\n"
    "  mov %rax, %rdi\n"
    "  jmp freestanding_result\n"
    "1: xor %ebp, %ebp\n"
    "  pop %rax\n"
    "  pop %rdi\n"
    "  call *%rax\n"
    "  mov %eax, %edi\n"
    "  mov $231, %eax\n"
    "  syscall\n");

int *__errno_location(void) {
  static int number;
  return &number;
}

/// Turns what the kernel returns into what the C library would.
__attribute__((used)) long freestanding_result(long value) {
  if (value >= 0 || value < -4095) return value;
  errno = (int)-value;
  return -1;
}

static long call(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long value;
  __asm__ volatile("syscall"
                   : "=a"(value)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return value;
}

#define CALL6(name, a, b, c, d, e, f) \
  freestanding_result(call(SYS_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f)))
#define CALL4(name, a, b, c, d) CALL6(name, a, b, c, d, 0, 0)
#define CALL3(name, a, b, c) CALL6(name, a, b, c, 0, 0, 0)
#define CALL2(name, a, b) CALL6(name, a, b, 0, 0, 0, 0)
#define CALL1(name, a) CALL6(name, a, 0, 0, 0, 0, 0)

long syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long), d = va_arg(list, long),
       e = va_arg(list, long), f = va_arg(list, long);
  va_end(list);
  return freestanding_result(call(number, a, b, c, d, e, f));
}

/// The one argument that may follow, read whether it is there or not, as the kernel ignores it when it is not.
#define OPTIONAL(after)         \
  va_list list;                 \
  va_start(list, after);        \
  long extra = va_arg(list, long); \
  va_end(list)

int open(const char *path, int flags, ...) {
  OPTIONAL(flags);
  return (int)CALL4(openat, AT_FDCWD, path, flags, extra);
}

int openat(int directory, const char *path, int flags, ...) {
  OPTIONAL(flags);
  return (int)CALL4(openat, directory, path, flags, extra);
}

int fcntl(int descriptor, int command, ...) {
  OPTIONAL(command);
  return (int)CALL3(fcntl, descriptor, command, extra);
}

int ioctl(int descriptor, unsigned long request, ...) {
  OPTIONAL(request);
  return (int)CALL3(ioctl, descriptor, request, extra);
}

int prctl(int option, ...) {
  va_list list;
  va_start(list, option);
  long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long), d = va_arg(list, long);
  va_end(list);
  return (int)CALL6(prctl, option, a, b, c, d, 0);
}

int close(int descriptor) { return (int)CALL1(close, descriptor); }
ssize_t read(int descriptor, void *buffer, size_t count) { return CALL3(read, descriptor, buffer, count); }
ssize_t write(int descriptor, const void *buffer, size_t count) { return CALL3(write, descriptor, buffer, count); }
off_t lseek(int descriptor, off_t offset, int whence) { return CALL3(lseek, descriptor, offset, whence); }
int fstat(int descriptor, struct stat *status) { return (int)CALL2(fstat, descriptor, status); }
int stat(const char *path, struct stat *status) { return (int)CALL2(stat, path, status); }
int lstat(const char *path, struct stat *status) { return (int)CALL2(lstat, path, status); }
int fstatat(int directory, const char *path, struct stat *status, int flags) {
  return (int)CALL4(newfstatat, directory, path, status, flags);
}
int fchmod(int descriptor, mode_t mode) { return (int)CALL2(fchmod, descriptor, mode); }
int fchmodat(int directory, const char *path, mode_t mode, int flags) {
  return flags ? (errno = EINVAL, -1) : (int)CALL3(fchmodat, directory, path, mode);
}
mode_t umask(mode_t mask) { return (mode_t)CALL1(umask, mask); }
int mkdir(const char *path, mode_t mode) { return (int)CALL2(mkdir, path, mode); }
int rmdir(const char *path) { return (int)CALL1(rmdir, path); }
int unlink(const char *path) { return (int)CALL1(unlink, path); }
int unlinkat(int directory, const char *path, int flags) { return (int)CALL3(unlinkat, directory, path, flags); }
int symlink(const char *target, const char *path) { return (int)CALL2(symlink, target, path); }
int chdir(const char *path) { return (int)CALL1(chdir, path); }
int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data) {
  return (int)CALL6(mount, source, target, type, flags, data, 0);
}
int umount2(const char *target, int flags) { return (int)CALL2(umount2, target, flags); }
int open_tree(int directory, const char *path, unsigned flags) {
  return (int)CALL3(open_tree, directory, path, flags);
}
int move_mount(int from, const char *source, int to, const char *target, unsigned flags) {
  return (int)CALL6(move_mount, from, source, to, target, flags, 0);
}
int mount_setattr(int directory, const char *path, unsigned flags, struct mount_attr *attributes, size_t size) {
  return (int)CALL6(mount_setattr, directory, path, flags, attributes, size, 0);
}
int sethostname(const char *name, size_t length) { return (int)CALL2(sethostname, name, length); }
void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
  return (void *)CALL6(mmap, address, length, protection, flags, descriptor, offset);
}
int munmap(void *address, size_t length) { return (int)CALL2(munmap, address, length); }
int poll(struct pollfd *descriptors, nfds_t count, int timeout) {
  return (int)CALL3(poll, descriptors, count, timeout);
}
int socket(int family, int type, int protocol) { return (int)CALL3(socket, family, type, protocol); }
ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags) {
  return CALL3(sendmsg, descriptor, message, flags);
}
ssize_t recvmsg(int descriptor, struct msghdr *message, int flags) {
  return CALL3(recvmsg, descriptor, message, flags);
}
int accept4(int descriptor, __SOCKADDR_ARG address, socklen_t *length, int flags) {
  (void)address;
  (void)length;
  return (int)CALL4(accept4, descriptor, 0, 0, flags);
}
pid_t getpid(void) { return (pid_t)CALL1(getpid, 0); }
uid_t geteuid(void) { return (uid_t)CALL1(geteuid, 0); }
int kill(pid_t pid, int number) { return (int)CALL2(kill, pid, number); }
pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage) {
  return (pid_t)CALL4(wait4, pid, status, options, usage);
}
pid_t waitpid(pid_t pid, int *status, int options) { return wait4(pid, status, options, NULL); }
int waitid(idtype_t type, id_t id, siginfo_t *information, int options) {
  return (int)CALL6(waitid, type, id, information, options, 0, 0);
}
_Noreturn void _exit(int status) {
  for (;;) CALL1(exit_group, status);
}

// The kernel's signal sets have 64 bits, the first of the C library's.
int sigfillset(sigset_t *set) { return memset(set, 0xFF, sizeof *set), 0; }
int sigemptyset(sigset_t *set) { return memset(set, 0, sizeof *set), 0; }
int sigaddset(sigset_t *set, int number) {
  *(uint64_t *)set |= UINT64_C(1) << (number - 1);
  return 0;
}
int sigprocmask(int how, const sigset_t *set, sigset_t *old) {
  return (int)CALL4(rt_sigprocmask, how, set, old, sizeof(uint64_t));
}
int signalfd(int descriptor, const sigset_t *set, int flags) {
  return (int)CALL4(signalfd4, descriptor, set, sizeof(uint64_t), flags);
}

// The compiler must not recognise these loops and call the functions themselves.
void *memcpy(void *restrict target, const void *restrict source, size_t count) {
  void *const result = target;
  __asm__ volatile("rep movsb" : "+D"(target), "+S"(source), "+c"(count) : : "memory");
  return result;
}

void *memset(void *target, int value, size_t count) {
  void *const result = target;
  __asm__ volatile("rep stosb" : "+D"(target), "+c"(count) : "a"(value) : "memory");
  return result;
}

void *memmove(void *target, const void *source, size_t count) {
  volatile char *to = target;
  const volatile char *from = source;
  if (to < from) return memcpy(target, source, count);
  while (count-- > 0) to[count] = from[count];
  return target;
}

void *memchr(const void *bytes, int wanted, size_t count) {
  const volatile unsigned char *next = bytes;
  for (; count > 0; count--, next++) {
    if (*next == (unsigned char)wanted) return (void *)next;
  }
  return NULL;
}

size_t strlen(const char *text) {
  const volatile char *end = text;
  while (*end) end++;
  return (size_t)(end - text);
}

char *strchr(const char *text, int wanted) {
  for (; *text != (char)wanted; text++) {
    if (!*text) return NULL;
  }
  return (char *)text;
}

int strncmp(const char *first, const char *second, size_t count) {
  for (; count > 0; count--, first++, second++) {
    if (*first != *second || !*first) return (unsigned char)*first - (unsigned char)*second;
  }
  return 0;
}

int strcmp(const char *first, const char *second) { return strncmp(first, second, SIZE_MAX); }

#endif
