// libcurl brings twenty libraries along: 5 MB of memory and some milliseconds of each start, for programs most of which
// never send a request. So it is loaded by the first call. Each function here has a function's name and type in libcurl
// and calls that one; when it cannot be loaded, it answers as libcurl does for a failure.

#include <curl/curl.h>

#include "forwarding.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>

static void *library;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
  library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
}

static void *find(const char *name) {
  pthread_once(&once, load);
  return library ? dlsym(library, name) : 0;
}

int journeyman_has_curl(void) {
  return find("curl_easy_init") != 0;
}

// Hidden, so that libcurl's own calls do not come by here; under another name in C, because versions of libcurl differ in
// where they write `const`.
#define DECLARE(type, name, parameters) \
  __attribute__((visibility("hidden"))) type forward_##name parameters __asm__(#name);
#define FORWARD(type, failure, name, parameters, arguments) \
  DECLARE(type, name, parameters)                           \
  type forward_##name parameters {                          \
    type(*function) parameters = find(#name);               \
    return function ? function arguments : failure;         \
  }
#define FORWARD_WITHOUT_RESULT(name, parameters, arguments) \
  DECLARE(void, name, parameters)                           \
  void forward_##name parameters {                          \
    void(*function) parameters = find(#name);               \
    if (function) function arguments;                       \
  }

FORWARD(CURLcode, CURLE_FAILED_INIT, curl_global_init, (long flags), (flags))
FORWARD(curl_version_info_data *, 0, curl_version_info, (CURLversion age), (age))
FORWARD_WITHOUT_RESULT(curl_free, (void *memory), (memory))
FORWARD(struct curl_slist *, 0, curl_slist_append, (struct curl_slist * list, const char *text), (list, text))
FORWARD_WITHOUT_RESULT(curl_slist_free_all, (struct curl_slist * list), (list))

FORWARD(CURLU *, 0, curl_url, (void), ())
FORWARD_WITHOUT_RESULT(curl_url_cleanup, (CURLU * url), (url))
FORWARD(CURLUcode, CURLUE_OUT_OF_MEMORY, curl_url_get,
        (CURLU * url, CURLUPart what, char **part, unsigned int flags), (url, what, part, flags))
FORWARD(CURLUcode, CURLUE_OUT_OF_MEMORY, curl_url_set,
        (CURLU * url, CURLUPart what, const char *part, unsigned int flags), (url, what, part, flags))

FORWARD(CURL *, 0, curl_easy_init, (void), ())
FORWARD_WITHOUT_RESULT(curl_easy_cleanup, (CURL * easy), (easy))
FORWARD(CURLcode, CURLE_FAILED_INIT, curl_easy_perform, (CURL * easy), (easy))
FORWARD(CURLcode, CURLE_FAILED_INIT, curl_easy_pause, (CURL * easy, int bitmask), (easy, bitmask))
FORWARD(CURLcode, CURLE_FAILED_INIT, curl_easy_recv, (CURL * easy, void *buffer, size_t length, size_t *count),
        (easy, buffer, length, count))
FORWARD(CURLcode, CURLE_FAILED_INIT, curl_easy_send, (CURL * easy, const void *buffer, size_t length, size_t *count),
        (easy, buffer, length, count))
FORWARD(const char *, "libcurl.so.4 is not installed", curl_easy_strerror, (CURLcode code), (code))

FORWARD(CURLM *, 0, curl_multi_init, (void), ())
FORWARD(CURLMcode, CURLM_BAD_HANDLE, curl_multi_cleanup, (CURLM * multi), (multi))
FORWARD(CURLMcode, CURLM_BAD_HANDLE, curl_multi_add_handle, (CURLM * multi, CURL *easy), (multi, easy))
FORWARD(CURLMcode, CURLM_BAD_HANDLE, curl_multi_remove_handle, (CURLM * multi, CURL *easy), (multi, easy))
FORWARD(CURLMcode, CURLM_BAD_HANDLE, curl_multi_perform, (CURLM * multi, int *running), (multi, running))
FORWARD(CURLMcode, CURLM_BAD_HANDLE, curl_multi_poll,
        (CURLM * multi, struct curl_waitfd extra[], unsigned int count, int milliseconds, int *ready),
        (multi, extra, count, milliseconds, ready))
FORWARD(CURLMcode, CURLM_BAD_HANDLE, curl_multi_wakeup, (CURLM * multi), (multi))
FORWARD(CURLMsg *, 0, curl_multi_info_read, (CURLM * multi, int *left), (multi, left))

// All that an option can be is a number or a pointer of 64 bits, and travels alike.
_Static_assert(sizeof(void *) == 8 && sizeof(long) == 8 && sizeof(curl_off_t) == 8, "a system of 64 bits");

DECLARE(CURLcode, curl_easy_setopt, (CURL * easy, CURLoption option, ...))
CURLcode forward_curl_easy_setopt(CURL *easy, CURLoption option, ...) {
  CURLcode (*function)(CURL *, CURLoption, ...) = find("curl_easy_setopt");
  va_list arguments;
  va_start(arguments, option);
  void *value = va_arg(arguments, void *);
  va_end(arguments);
  return function ? function(easy, option, value) : CURLE_FAILED_INIT;
}

DECLARE(CURLcode, curl_easy_getinfo, (CURL * easy, CURLINFO info, ...))
CURLcode forward_curl_easy_getinfo(CURL *easy, CURLINFO info, ...) {
  CURLcode (*function)(CURL *, CURLINFO, ...) = find("curl_easy_getinfo");
  va_list arguments;
  va_start(arguments, info);
  void *value = va_arg(arguments, void *);
  va_end(arguments);
  return function ? function(easy, info, value) : CURLE_FAILED_INIT;
}
