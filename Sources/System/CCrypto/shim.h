#pragma once
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

/// HKDF-SHA-256 (RFC 5869) with 32 bytes of output; 1 on success. In C, because the parameters keep pointers to their
/// names, which Swift's strings do not outlive a call. An empty salt is left out: the default is the same.
static inline int journeyman_hkdf_sha256(const void *secret, size_t secretLength, const void *salt, size_t saltLength,
                                         const void *info, size_t infoLength, unsigned char output[32]) {
  EVP_KDF *algorithm = EVP_KDF_fetch(NULL, "HKDF", NULL);
  EVP_KDF_CTX *context = algorithm ? EVP_KDF_CTX_new(algorithm) : NULL;
  OSSL_PARAM parameters[5];
  size_t count = 0;
  parameters[count++] = OSSL_PARAM_construct_utf8_string("digest", (char *)"SHA256", 0);
  parameters[count++] = OSSL_PARAM_construct_octet_string("key", (void *)secret, secretLength);
  parameters[count++] = OSSL_PARAM_construct_octet_string("info", (void *)info, infoLength);
  if (saltLength > 0) parameters[count++] = OSSL_PARAM_construct_octet_string("salt", (void *)salt, saltLength);
  parameters[count] = OSSL_PARAM_construct_end();
  int result = context ? EVP_KDF_derive(context, output, 32, parameters) : 0;
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(algorithm);
  return result;
}
