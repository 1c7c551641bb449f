#include "protocol.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
  struct cmsghdr header;
  char space[CMSG_SPACE(sizeof(int) * SANDBOX_MOST_DESCRIPTORS)];
};

int sandbox_send(
    int socket, const struct sandbox_message *message, const void *payload, const int *descriptors, size_t count) {
  if (count > SANDBOX_MOST_DESCRIPTORS) {
    errno = E2BIG;
    return -1;
  }
  struct iovec parts[2] = {{(void *)message, sizeof *message}, {(void *)payload, message->payload_bytes}};
  struct msghdr packet = {.msg_iov = parts, .msg_iovlen = 2};
  union control control;
  if (count > 0) {
    memset(&control, 0, sizeof control);
    packet.msg_control = &control;
    packet.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(header), descriptors, sizeof(int) * count);
  }
  ssize_t sent;
  do {
    sent = sendmsg(socket, &packet, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -1 : 0;
}

int sandbox_receive(int socket, struct sandbox_message *message, void *payload, int *descriptors, size_t *count) {
  struct iovec parts[2] = {{message, sizeof *message}, {payload, payload ? SANDBOX_LONGEST_PAYLOAD : 0}};
  union control control;
  struct msghdr packet = {
      .msg_iov = parts, .msg_iovlen = 2, .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t received;
  do {
    received = recvmsg(socket, &packet, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  } while (received < 0 && errno == EINTR);
  *count = 0;
  if (received < 0) return -1;
  // The kernel puts all descriptors of a packet into one header, and nothing else was asked for.
  struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
  if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
    *count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(descriptors, CMSG_DATA(header), *count * sizeof(int));
  }
  if (received == 0) return 0;
  bool whole = received >= (ssize_t)sizeof *message && (size_t)received - sizeof *message == message->payload_bytes;
  if (!whole || packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
    for (size_t i = 0; i < *count; i++) close(descriptors[i]);
    *count = 0;
    errno = EBADMSG;
    return -1;
  }
  return 1;
}
