#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "init.h"
#include "text.h"

enum { MOST_GROUPS = 32, LONGEST_LINE = 4096, MOST_FIELDS = 8 };

/// Reads a file line by line through a fixed buffer; longer lines are skipped.
struct lines {
  int file;
  size_t start;
  size_t end;
  char buffer[LONGEST_LINE];
};

static char *next_line(struct lines *lines) {
  bool skip = false;
  for (;;) {
    char *newline = memchr(lines->buffer + lines->start, '\n', lines->end - lines->start);
    if (newline) {
      char *line = lines->buffer + lines->start;
      *newline = 0;
      lines->start = (size_t)(newline + 1 - lines->buffer);
      if (!skip) return line;
      skip = false;
      continue;
    }
    memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
    lines->end -= lines->start;
    lines->start = 0;
    if (lines->end == sizeof lines->buffer) {
      skip = true;
      lines->end = 0;
    }
    ssize_t count = read(lines->file, lines->buffer + lines->end, sizeof lines->buffer - lines->end);
    if (count <= 0) return NULL;
    lines->end += (size_t)count;
  }
}

static int split(char *line, char *fields[MOST_FIELDS]) {
  int count = 0;
  while (count < MOST_FIELDS) {
    fields[count++] = line;
    line = strchr(line, ':');
    if (!line) break;
    *line++ = 0;
  }
  return count;
}

static bool number_of(const char *text, uint32_t *number) {
  uint64_t value;
  if (!sandbox_take_number(&text, &value)) return false;
  *number = (uint32_t)value;
  return *text == 0 && value < UINT32_MAX;
}

static bool is_member(const char *members, const char *name) {
  size_t length = strlen(name);
  while (members) {
    if (strncmp(members, name, length) == 0 && (members[length] == ',' || members[length] == 0)) return true;
    members = strchr(members, ',');
    if (members) members++;
  }
  return false;
}

static void find_groups(const char *name, gid_t *groups, size_t *count) {
  struct lines lines = {.file = open("/etc/group", O_RDONLY | O_CLOEXEC)};
  if (lines.file < 0) return;
  char *fields[MOST_FIELDS];
  char *line;
  while (*count < MOST_GROUPS && (line = next_line(&lines))) {
    uint32_t group;
    if (split(line, fields) >= 4 && number_of(fields[2], &group) && is_member(fields[3], name)) {
      groups[(*count)++] = group;
    }
  }
  close(lines.file);
}

int users_find(const char *name, uid_t *user, gid_t *group, gid_t *groups, size_t *group_count) {
  *group_count = 0;
  uint32_t wanted = UINT32_MAX;
  bool numeric = number_of(name, &wanted);
  struct lines lines = {.file = open("/etc/passwd", O_RDONLY | O_CLOEXEC)};
  char *fields[MOST_FIELDS];
  char *line;
  while (lines.file >= 0 && (line = next_line(&lines))) {
    if (split(line, fields) < 4) continue;
    uint32_t found_user, found_group;
    if (!number_of(fields[2], &found_user) || !number_of(fields[3], &found_group)) continue;
    if (strcmp(fields[0], name) != 0 && !(numeric && found_user == wanted)) continue;
    *user = found_user;
    *group = found_group;
    groups[(*group_count)++] = found_group;
    char known[256] = {0};
    size_t length = strlen(fields[0]);
    memcpy(known, fields[0], length < sizeof known ? length : sizeof known - 1);
    close(lines.file);
    find_groups(known, groups, group_count);
    return 0;
  }
  if (lines.file >= 0) close(lines.file);
  if (numeric) {
    *user = wanted;
    *group = wanted;
    return 0;
  }
  errno = ENOENT;
  return -1;
}
