#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"
#include "text.h"

/// A command that runs, or has ended while no worker was connected.
struct command {
  uint32_t id;
  pid_t pid;
  bool used;
  bool ended;
  bool kill_group_at_end;
  struct sandbox_message report;
};

static struct command commands[SANDBOX_MOST_COMMANDS];
/// One past the highest entry in use.
static size_t bound;

static struct command *find(uint32_t id) {
  for (size_t i = 0; i < bound; i++) {
    if (commands[i].used && commands[i].id == id) return &commands[i];
  }
  return NULL;
}

static struct command *find_process(pid_t pid) {
  for (size_t i = 0; i < bound; i++) {
    if (commands[i].used && !commands[i].ended && commands[i].pid == pid) return &commands[i];
  }
  return NULL;
}

static struct command *add(void) {
  for (size_t i = 0; i < SANDBOX_MOST_COMMANDS; i++) {
    if (commands[i].used) continue;
    if (i >= bound) bound = i + 1;
    return &commands[i];
  }
  return NULL;
}

static void remove_command(struct command *command) {
  memset(command, 0, sizeof *command);
  while (bound > 0 && !commands[bound - 1].used) bound--;
}

static void refuse(uint32_t id, int error, int stage) {
  struct sandbox_message reply = {.type = SANDBOX_MESSAGE_NOT_STARTED, .id = id, .value = stage, .error = error};
  sandbox_send(state.control, &reply, NULL, NULL, 0);
}

/// Turns an array of offsets into pointers, in place. The last word is zero.
static bool resolve(const struct payload *payload, uint64_t *words, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    char *text = payload_text(payload, words[i]);
    if (!text) return false;
    words[i] = (uint64_t)(uintptr_t)text;
  }
  return words[count] == 0;
}

static int start(
    const struct payload *payload, struct sandbox_command *text, const int stdio[3], struct sandbox_child *child) {
  uint64_t room = (payload->size - sizeof *text) / sizeof(uint64_t);
  uint64_t words = (uint64_t)text->argument_count + text->variable_count + 2;
  uint64_t *arguments = text->words;
  uint64_t *variables = arguments + text->argument_count + 1;
  struct sandbox_spawn request = {
      .path = payload_text(payload, text->path),
      .directory = payload_text(payload, text->directory),
      .stdio = {stdio[0], stdio[1], stdio[2]},
      .new_session = true,
      .signals_are_standard = true,
      .limits = state.limits,
      .limit_count = state.limit_count,
      .drop_capabilities = state.drop_capabilities,
      .ruleset = state.ruleset,
      .filter = state.filter,
      .filter_bytes = state.filter_bytes,
  };
  child->stage = SANDBOX_STAGE_NONE;
  child->error = EBADMSG;
  if (words > room || !request.path || !resolve(payload, arguments, text->argument_count) ||
      !resolve(payload, variables, text->variable_count)) {
    return -1;
  }
  request.arguments = (char *const *)arguments;
  request.environment = (char *const *)variables;
  gid_t groups[64];
  if (text->user) {
    const char *name = payload_text(payload, text->user);
    child->stage = SANDBOX_STAGE_USER;
    if (!name) return -1;
    if (users_find(name, &request.user, &request.group, groups, &request.group_count) < 0) {
      child->error = errno;
      return -1;
    }
    request.change_user = request.user != geteuid();
    request.groups = groups;
  }
  return sandbox_spawn(&request, child);
}

void commands_run(const struct sandbox_message *message, char *received, const int *descriptors, size_t count) {
  struct payload payload;
  size_t next;
  struct command *command = add();
  if (!command || find(message->id)) return refuse(message->id, EAGAIN, SANDBOX_STAGE_NONE);
  if (!payload_of(message, received, descriptors, count, &payload, &next)) {
    return refuse(message->id, errno, SANDBOX_STAGE_NONE);
  }
  int stdio[3] = {-1, -1, -1};
  for (int i = 0; i < 3; i++) {
    if (message->value & (1 << i) && next < count) stdio[i] = descriptors[next++];
  }
  struct sandbox_child child = {.pidfd = -1, .error = EBADMSG};
  bool started = payload.size >= sizeof(struct sandbox_command) &&
                 start(&payload, (struct sandbox_command *)payload.base, stdio, &child) == 0;
  payload_release(&payload);
  if (!started) return refuse(message->id, child.error, child.stage);
  close(child.pidfd);
  *command = (struct command){.id = message->id, .pid = child.pid, .used = true};
}

void commands_signal(uint32_t id, int number) {
  struct command *command = find(id);
  // Not collected yet, so its number and its group's cannot have been reused.
  if (command && !command->ended) kill(-command->pid, number);
}

void commands_kill_group_at_end(uint32_t id) {
  struct command *command = find(id);
  if (command) command->kill_group_at_end = true;
}

void commands_forget(uint32_t id) {
  struct command *command = find(id);
  if (command && command->ended) remove_command(command);
}

void commands_list(void) {
  for (size_t i = 0; i < bound; i++) {
    if (!commands[i].used) continue;
    struct sandbox_message running = {
        .type = SANDBOX_MESSAGE_STARTED, .id = commands[i].id, .value = commands[i].pid};
    sandbox_send(state.control, &running, NULL, NULL, 0);
    if (commands[i].ended) sandbox_send(state.control, &commands[i].report, NULL, NULL, 0);
  }
  struct sandbox_message done = {.type = SANDBOX_MESSAGE_LISTED};
  sandbox_send(state.control, &done, NULL, NULL, 0);
}

static void report_end(struct command *command, int status, const struct rusage *usage) {
  command->report = (struct sandbox_message){
      .type = SANDBOX_MESSAGE_ENDED,
      .id = command->id,
      .value = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
      .error = WIFEXITED(status) ? 0 : 1,
      .cpu_microseconds = (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * INT64_C(1000000) +
                          usage->ru_utime.tv_usec + usage->ru_stime.tv_usec,
      .peak_memory_bytes = (int64_t)usage->ru_maxrss * 1024,
  };
  command->ended = true;
  bool delivered = state.control >= 0 && sandbox_send(state.control, &command->report, NULL, NULL, 0) == 0;
  // A durable sandbox keeps the end until a worker says that it has recorded it.
  if (delivered && state.listener < 0) remove_command(command);
}

bool commands_reap(void) {
  for (int count = 0; count < 256; count++) {
    siginfo_t ended = {0};
    if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) < 0 || ended.si_pid == 0) return false;
    struct command *command = find_process(ended.si_pid);
    if (command && command->kill_group_at_end) kill(-command->pid, SIGKILL);
    int status;
    struct rusage usage;
    if (wait4(ended.si_pid, &status, WNOHANG, &usage) != ended.si_pid) return false;
    if (command) report_end(command, status, &usage);
  }
  return true;
}

bool commands_none_left(void) {
  siginfo_t information;
  return waitid(P_ALL, 0, &information, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
}

/// Kills the direct children; theirs become direct children in the next round, because init is the subreaper.
void commands_sweep(void) {
  const char path[] = "/proc/thread-self/children";
  for (;;) {
    char buffer[4096];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? -1 : read(file, buffer, sizeof buffer - 1);
    if (file >= 0) close(file);
    buffer[length < 0 ? 0 : length] = 0;
    const char *next = buffer;
    uint64_t pid;
    // A number that is cut off at the end of the buffer is read whole in the next round.
    while (sandbox_take_number(&next, &pid) && *next == ' ') {
      kill((pid_t)pid, SIGKILL);
      next++;
    }
    if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD) return;
    while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  }
}
