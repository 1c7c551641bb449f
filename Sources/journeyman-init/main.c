#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init.h"

struct state state = {.control = SANDBOX_CONTROL_DESCRIPTOR, .listener = -1, .ruleset = -1};

bool payload_of(
    const struct sandbox_message *message, char *received, const int *descriptors, size_t count, struct payload *payload,
    size_t *used) {
  *used = 0;
  *payload = (struct payload){received, message->payload_bytes, false};
  if (payload->size > 0) return true;
  struct stat status;
  errno = EBADMSG;
  if (count == 0 || fstat(descriptors[0], &status) < 0 || status.st_size == 0) return false;
  *used = 1;
  payload->size = (size_t)status.st_size;
  void *base = mmap(NULL, payload->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptors[0], 0);
  payload->base = base;
  payload->mapped = base != MAP_FAILED;
  return payload->mapped;
}

void payload_release(struct payload *payload) {
  if (payload->mapped) munmap(payload->base, payload->size);
}

char *payload_text(const struct payload *payload, uint64_t offset) {
  if (offset == 0 || offset >= payload->size) return NULL;
  if (!memchr(payload->base + offset, 0, payload->size - offset)) return NULL;
  return payload->base + offset;
}

static _Noreturn void end(void) {
  if (state.subreaper) commands_sweep();
  _exit(0);
}

static void set_up(const struct sandbox_message *message, char *received, const int *descriptors, size_t count) {
  struct payload payload;
  size_t used;
  struct sandbox_message reply = {.type = SANDBOX_MESSAGE_READY};
  int failed = 0;
  // Not released: a filter for commands lies in it. The worker therefore always sends the plan in a memfd.
  if (!payload_of(message, received, descriptors, count, &payload, &used) ||
      plan_perform(&payload, descriptors + used, count - used, &failed) < 0) {
    reply.type = SANDBOX_MESSAGE_NOT_READY;
    reply.error = errno;
    reply.value = failed;
  }
  bool ready = reply.type == SANDBOX_MESSAGE_READY;
  if (!ready || !state.answered) sandbox_send(state.control, &reply, NULL, NULL, 0);
  if (!ready) _exit(1);
}

static void open_directory(
    const struct sandbox_message *message, char *received, const int *descriptors, size_t count) {
  struct sandbox_message reply = {.type = SANDBOX_MESSAGE_DIRECTORY, .id = message->id, .error = EBADMSG};
  struct payload payload;
  size_t used;
  int directory = -1;
  if (payload_of(message, received, descriptors, count, &payload, &used)) {
    if (payload.base[payload.size - 1] == 0) {
      directory = open(payload.base, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
      reply.error = directory < 0 ? errno : 0;
    }
    payload_release(&payload);
  }
  sandbox_send(state.control, &reply, NULL, &directory, directory < 0 ? 0 : 1);
  if (directory >= 0) close(directory);
}

/// Returns false when the worker has closed the connection.
static bool serve_one(void) {
  _Alignas(8) static char payload[SANDBOX_LONGEST_PAYLOAD];
  struct sandbox_message message;
  int descriptors[SANDBOX_MOST_DESCRIPTORS];
  size_t count;
  int received = sandbox_receive(state.control, &message, payload, descriptors, &count);
  if (received < 0) return errno == EAGAIN || errno == EBADMSG;
  if (received == 0) return false;
  switch (message.type) {
    case SANDBOX_MESSAGE_SET_UP: set_up(&message, payload, descriptors, count); break;
    case SANDBOX_MESSAGE_RUN: commands_run(&message, payload, descriptors, count); break;
    case SANDBOX_MESSAGE_SIGNAL: commands_signal(message.id, message.value); break;
    case SANDBOX_MESSAGE_KILL_GROUP_AT_END: commands_kill_group_at_end(message.id); break;
    case SANDBOX_MESSAGE_OPEN_DIRECTORY: open_directory(&message, payload, descriptors, count); break;
    case SANDBOX_MESSAGE_LIST: commands_list(); break;
    case SANDBOX_MESSAGE_FORGET: commands_forget(message.id); break;
    case SANDBOX_MESSAGE_END: end();
    default: break;
  }
  for (size_t i = 0; i < count; i++) close(descriptors[i]);
  return true;
}

static void accept_worker(void) {
  int next = accept4(state.listener, NULL, NULL, SOCK_CLOEXEC);
  if (next < 0) return;
  if (state.control >= 0) {
    close(next);
  } else {
    state.control = next;
  }
}

int main(void) {
  // Everything is blocked: PID 1 gets no default actions, and SIGCHLD is read from a descriptor.
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  int ended = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
  if (ended < 0) return 1;
  fcntl(state.control, F_SETFD, FD_CLOEXEC);

  bool more = false;
  for (;;) {
    struct pollfd waiting[3] = {
        {.fd = state.control, .events = POLLIN},
        {.fd = ended, .events = POLLIN},
        {.fd = state.control < 0 ? state.listener : -1, .events = POLLIN},
    };
    if (poll(waiting, 3, more ? 0 : -1) < 0 && errno != EINTR) return 1;
    if (waiting[1].revents || more) {
      struct signalfd_siginfo information;
      while (read(ended, &information, sizeof information) > 0) continue;
      more = commands_reap();
    }
    if (waiting[2].revents) accept_worker();
    if (waiting[0].revents && !serve_one()) {
      if (state.listener < 0) end();
      close(state.control);
      state.control = -1;
    }
    if (state.control < 0 && state.listener >= 0 && commands_none_left()) end();
  }
}
