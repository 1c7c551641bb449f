#pragma once
// What journeyman-init and the worker say to each other over a SOCK_SEQPACKET socket: one message per packet, with a
// payload (a command, the plan of a sandbox) behind it and descriptors beside it. A payload too long for a packet lies in
// a memfd that comes as the first descriptor and is mapped privately, so that init never allocates.

#include <stddef.h>
#include <stdint.h>

enum {
  SANDBOX_CONTROL_DESCRIPTOR = 3,
  SANDBOX_MOST_DESCRIPTORS = 64,
  SANDBOX_MOST_COMMANDS = 1024,
  /// The longest payload that travels in the packet.
  SANDBOX_LONGEST_PAYLOAD = 48 * 1024,
};

enum sandbox_message_type {
  /// To init: perform the plan in the memfd; the other descriptors are what it names by number. Once, first.
  SANDBOX_MESSAGE_SET_UP = 1,
  /// To init: start the command `id` in the memfd; `value` has bit 0, 1, 2 set when standard input, output, error follow.
  SANDBOX_MESSAGE_RUN,
  /// To init: send signal `value` to the group of command `id`.
  SANDBOX_MESSAGE_SIGNAL,
  /// To init: kill the whole group of command `id` when the command itself has ended.
  SANDBOX_MESSAGE_KILL_GROUP_AT_END,
  /// To init: kill everything and end.
  SANDBOX_MESSAGE_END,
  /// To init: send back a descriptor of the directory whose path, inside, is the memfd's content.
  SANDBOX_MESSAGE_OPEN_DIRECTORY,
  /// To init, after adoption: report every command that runs or has ended unreported.
  SANDBOX_MESSAGE_LIST,
  /// To init: forget the ended command `id`.
  SANDBOX_MESSAGE_FORGET,

  /// From init: the plan was performed.
  SANDBOX_MESSAGE_READY = 64,
  /// From init: step `value` of the plan failed with `error`. Init ends.
  SANDBOX_MESSAGE_NOT_READY,
  /// From init, when asked to list: command `id` runs as process `value`.
  SANDBOX_MESSAGE_STARTED,
  /// From init: command `id` could not be started: `error`, and `value` is the enum sandbox_stage.
  SANDBOX_MESSAGE_NOT_STARTED,
  /// From init: command `id` has ended: `value` is the exit status, or the signal when `error` is 1.
  SANDBOX_MESSAGE_ENDED,
  /// From init: the descriptor asked for by `id` is attached, or `error` says why not.
  SANDBOX_MESSAGE_DIRECTORY,
  /// From init: everything that SANDBOX_MESSAGE_LIST asked for has been sent.
  SANDBOX_MESSAGE_LISTED,
};

struct sandbox_message {
  uint32_t type;
  uint32_t id;
  int32_t value;
  int32_t error;
  /// Bytes of payload in this packet; 0 when there is none, or it comes in a memfd.
  uint32_t payload_bytes;
  uint32_t reserved;
  int64_t cpu_microseconds;
  int64_t peak_memory_bytes;
};

/// One step of building a sandbox. Texts are offsets into the memfd, 0 when there is none.
struct sandbox_step {
  uint32_t operation;
  uint32_t flags;
  int32_t descriptor;
  uint32_t first;
  uint32_t second;
  uint32_t length;
  uint64_t number;
};

/// The memfd of SANDBOX_MESSAGE_SET_UP starts with this; `steps` follow, then the texts.
struct sandbox_plan {
  uint32_t step_count;
  uint32_t reserved;
  struct sandbox_step steps[];
};

enum sandbox_operation {
  /// Become user and group 0 of the user namespace; with SANDBOX_FLAG_GROUPS also drop the supplementary groups.
  SANDBOX_STEP_BECOME_ROOT = 1,
  /// Make an empty root directory of tmpfs; the machine's own is under /.host until SANDBOX_STEP_LEAVE_HOST.
  SANDBOX_STEP_NEW_ROOT,
  /// Make the directory `first` and those above it, with mode `number`.
  SANDBOX_STEP_DIRECTORY,
  /// Make the symbolic link `first` that says `second`.
  SANDBOX_STEP_LINK,
  /// Make the file `first` with mode `number` and the `length` bytes at `second`.
  SANDBOX_STEP_FILE,
  /// Remove the file `first`, which an overlay then hides.
  SANDBOX_STEP_HIDE_FILE,
  /// Mount a file system of type `second` on `first`; the `length`-less text at `number` is its options.
  SANDBOX_STEP_MOUNT,
  /// Mount `second`, or the detached mount `descriptor`, on `first`, which is made when missing.
  SANDBOX_STEP_BIND,
  /// Change the attributes of the mount at `first` to those in the flags.
  SANDBOX_STEP_REMOUNT,
  /// Take the machine's root away and make the new root read-only.
  SANDBOX_STEP_LEAVE_HOST,
  SANDBOX_STEP_HOST_NAME,
  SANDBOX_STEP_LOOPBACK_UP,
  /// Write `second` into the existing file `first`.
  SANDBOX_STEP_WRITE,
  /// Bound the resource `flags` (RLIMIT_…) to `number` in every command.
  SANDBOX_STEP_LIMIT,
  SANDBOX_STEP_NEW_KEYRING,
  /// Keep only the capabilities in the mask `number`, also in the bounding set; with SANDBOX_FLAG_IN_COMMANDS commands
  /// keep none.
  SANDBOX_STEP_CAPABILITIES,
  SANDBOX_STEP_NO_NEW_PRIVILEGES,
  /// Start a Landlock ruleset that handles the file accesses `number` and the scopes `flags`.
  SANDBOX_STEP_LANDLOCK_BEGIN,
  /// Allow the accesses `number` beneath `first`.
  SANDBOX_STEP_LANDLOCK_ALLOW,
  SANDBOX_STEP_LANDLOCK_ENFORCE,
  /// Say already that the sandbox is ready. What follows costs time and fails on no machine that has come so far; no
  /// command starts before it is done, and if it fails SANDBOX_MESSAGE_NOT_READY follows and init ends.
  SANDBOX_STEP_ANSWER,
  /// Install the `length` bytes of filter program at `second`.
  SANDBOX_STEP_SECCOMP,
  /// Whether other processes of the sandbox may look into init: `number` is 0 or 1.
  SANDBOX_STEP_DUMPABLE,
  /// Be killed when the worker's thread that started init ends; a change of user clears this.
  SANDBOX_STEP_DIE_WITH_PARENT,
  /// Adopt orphans instead of being the first process of a PID namespace.
  SANDBOX_STEP_SUBREAPER,
  /// Remove everything in the directory `descriptor`, whatever a build has left there.
  SANDBOX_STEP_REMOVE_CONTENTS,
  /// Outlive the connection: accept later ones on the listening socket `descriptor`; end when the last process has.
  SANDBOX_STEP_DURABLE,
  /// Keep the descriptor open as long as init lives: a lock on the build's user ids.
  SANDBOX_STEP_HOLD,
};

enum sandbox_step_flag {
  SANDBOX_FLAG_READ_ONLY = 1,
  SANDBOX_FLAG_NO_SETUID = 2,
  SANDBOX_FLAG_NO_DEVICES = 4,
  SANDBOX_FLAG_NO_EXECUTE = 8,
  /// Take what is mounted below the source along.
  SANDBOX_FLAG_RECURSIVE = 16,
  /// A missing source is no error.
  SANDBOX_FLAG_OPTIONAL = 32,
  SANDBOX_FLAG_GROUPS = 64,
  /// Apply to each command before it is executed, and not to init itself.
  SANDBOX_FLAG_IN_COMMANDS = 128,
};

/// The memfd of SANDBOX_MESSAGE_RUN starts with this; then `argument_count + 1` and `variable_count + 1` words, offsets
/// of texts that init turns into pointers, the last of each zero; then the texts.
struct sandbox_command {
  uint32_t path;
  uint32_t directory;
  /// The user's name or number, or 0.
  uint32_t user;
  uint32_t argument_count;
  uint32_t variable_count;
  uint32_t reserved;
  uint64_t words[];
};

/// Sends one message with its payload and descriptors. Returns 0, or -1 and errno.
int sandbox_send(
    int socket, const struct sandbox_message *message, const void *payload, const int *descriptors, size_t count);

/// Receives one message. `payload` has room for SANDBOX_LONGEST_PAYLOAD bytes, or is NULL when none is welcome. Returns 1,
/// 0 when the other side has closed, or -1 and errno. Descriptors are close-on-exec and the caller's; `count` says how
/// many.
int sandbox_receive(int socket, struct sandbox_message *message, void *payload, int *descriptors, size_t *count);
