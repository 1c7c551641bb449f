#pragma once
// What the worker prepares for a sandbox, and what the probe asks the kernel.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// A detached copy of the mount at `path`, which only root can make. -1 and errno on failure.
int sandbox_copy_mount(const char *path, bool recursive, bool follow_links);

/// Translates the user ids of a detached mount by the maps of a user namespace. 0, or -1 and errno.
int sandbox_translate_mount(int tree, int user_namespace, bool recursive);

/// Makes a detached mount read-only. 0, or -1 and errno.
int sandbox_protect_mount(int tree, bool recursive);

/// Makes a user namespace with these maps and no process in it. A descriptor, or -1 and errno.
int sandbox_make_user_namespace(const char *uid_map, const char *gid_map);

/// The version of Landlock that the kernel offers, 0 when none.
int sandbox_landlock_version(void);

/// A close-on-exec memfd, or -1 and errno.
int sandbox_memfd(const char *name);

/// The attribute flags (`FS_IMMUTABLE_FL` and so on) of an open file are cleared. 0, or -1 and errno.
int sandbox_clear_attributes(int file);
