#pragma once
#include <linux/sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "namespaces.h"
#include "process.h"
#include "protocol.h"
#include "spawn.h"
#include "text.h"
