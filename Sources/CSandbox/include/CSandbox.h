#pragma once
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "process.h"
#include "spawn.h"
