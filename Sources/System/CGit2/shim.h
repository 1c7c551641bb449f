#pragma once
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <git2/sys/transport.h>

// `git_libgit2_opts` is variadic, which Swift cannot call: one typed function for each option in use.

static inline int journeyman_git_set_search_path(int level, const char *path) {
  return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, path);
}

static inline int journeyman_git_set_template_path(const char *path) {
  return git_libgit2_opts(GIT_OPT_SET_TEMPLATE_PATH, path);
}

static inline int journeyman_git_set_owner_validation(int enabled) {
  return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, enabled);
}

static inline int journeyman_git_set_strict_object_creation(int enabled) {
  return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, enabled);
}

// A smart subtransport and its stream carry their owner behind the part that libgit2 knows.

typedef struct {
  git_smart_subtransport base;
  void *owner;
} journeyman_git_subtransport;

typedef struct {
  git_smart_subtransport_stream base;
  void *owner;
} journeyman_git_stream;
