#pragma once
#include <curl/curl.h>

// `curl_easy_setopt`, `curl_multi_setopt` and `curl_easy_getinfo` are variadic, which Swift cannot call: one typed
// function for each kind of argument.

static inline CURLcode journeyman_curl_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode journeyman_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}

/// libcurl copies the text, except for CURLOPT_POSTFIELDS, which is not used.
static inline CURLcode journeyman_curl_set_string(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode journeyman_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode journeyman_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(easy, option, value);
}

/// For CURLOPT_READFUNCTION, CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION, which have one shape.
static inline CURLcode journeyman_curl_set_callback(
    CURL *easy, CURLoption option, size_t (*callback)(char *bytes, size_t size, size_t count, void *context)) {
  return curl_easy_setopt(easy, option, callback);
}

static inline CURLcode journeyman_curl_set_seek(
    CURL *easy, int (*callback)(void *context, curl_off_t offset, int origin)) {
  return curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, callback);
}

static inline long journeyman_curl_status(CURL *easy) {
  long value = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &value);
  return value;
}

/// The socket of a connection made with CURLOPT_CONNECT_ONLY, or -1.
static inline int journeyman_curl_socket(CURL *easy) {
  curl_socket_t value = CURL_SOCKET_BAD;
  if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &value) != CURLE_OK) return -1;
  return value;
}

static inline curl_off_t journeyman_curl_uploaded(CURL *easy) {
  curl_off_t value = 0;
  curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &value);
  return value;
}

/// Where a redirect leads, resolved against the request's URL, or NULL. Valid until the handle is used again.
static inline const char *journeyman_curl_redirect(CURL *easy) {
  const char *value = NULL;
  curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &value);
  return value;
}

/// The next finished transfer of a multi handle, or NULL.
static inline CURL *journeyman_curl_next_done(CURLM *multi, CURLcode *result) {
  int left = 0;
  CURLMsg *message;
  while ((message = curl_multi_info_read(multi, &left))) {
    if (message->msg != CURLMSG_DONE) continue;
    *result = message->data.result;
    return message->easy_handle;
  }
  return NULL;
}
