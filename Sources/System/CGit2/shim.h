#pragma once
#include <git2.h>
#include <git2/sys/repository.h>
#include <git2/sys/transport.h>

// `git_libgit2_opts` is variadic, which Swift cannot call: one typed function for each option in use.

static inline int journeyman_git_set_search_path(int level, const char *path) {
  return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, path);
}
