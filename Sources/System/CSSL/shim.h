#pragma once
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// What libssl has as macros only.

static inline long journeyman_ssl_require_tls12(SSL_CTX *context) {
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}

/// A part of what is given may be written, from wherever it lies by then, and an idle connection keeps no buffers.
static inline void journeyman_ssl_set_modes(SSL_CTX *context) {
  SSL_CTX_set_mode(
      context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
}

/// The name that the server chooses its certificate by.
static inline long journeyman_ssl_set_server_name(SSL *ssl, const char *name) {
  return SSL_set_tlsext_host_name(ssl, name);
}

static inline int journeyman_ssl_set_password(SSL_CTX *context, const char *password) {
  SSL_CTX_set_default_passwd_cb_userdata(context, (void *)password);
  return 1;
}
