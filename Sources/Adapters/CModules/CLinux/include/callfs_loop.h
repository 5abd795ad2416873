// What the event loop and its sockets need from Linux. Every function returns -errno when it fails.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// One ready descriptor: the value it was registered with, and EPOLL* bits.
struct callfs_event {
    uint64_t token;
    uint32_t bits;
};

/// The most events that one call of `callfs_epoll_wait` takes.
#define CALLFS_EPOLL_BATCH 256

int callfs_epoll_open(void);
int callfs_epoll_add(int epoll, int descriptor, uint32_t bits, uint64_t token);
int callfs_epoll_change(int epoll, int descriptor, uint32_t bits, uint64_t token);
int callfs_epoll_remove(int epoll, int descriptor);

/// epoll_wait(2) of at most CALLFS_EPOLL_BATCH events; a negative timeout waits for ever. An interruption by
/// a signal is 0 events.
int callfs_epoll_wait(int epoll, struct callfs_event *events, int capacity, int timeout_milliseconds);

/// A non-blocking eventfd(2) that wakes a loop.
int callfs_wake_open(void);
void callfs_wake_signal(int descriptor);
void callfs_wake_clear(int descriptor);

/// The loop that runs on this thread; null on all other threads.
void *callfs_thread_loop(void);
void callfs_thread_set_loop(void *loop);

/// Starts a thread that no signal is delivered to. `handle` is for `callfs_thread_join`.
int callfs_thread_start(uint64_t *handle, const char *name, void (*body)(void *), void *argument);
void callfs_thread_join(uint64_t handle);

/// CLOCK_MONOTONIC, CLOCK_REALTIME and CLOCK_REALTIME_COARSE in nanoseconds.
int64_t callfs_monotonic_nanoseconds(void);
int64_t callfs_wall_nanoseconds(void);
int64_t callfs_wall_nanoseconds_coarse(void);

/// The cores that the scheduler may give this process, at least 1.
int callfs_core_count(void);
