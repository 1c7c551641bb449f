#pragma once
#include <errno.h>
#include <seccomp.h>

// Macros that Swift does not import.
static const uint32_t journeyman_seccomp_allow = SCMP_ACT_ALLOW;
static inline uint32_t journeyman_seccomp_refuse(uint16_t error) { return SCMP_ACT_ERRNO(error); }
