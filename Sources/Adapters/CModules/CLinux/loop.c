#define _GNU_SOURCE
#include "callfs_loop.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

int callfs_epoll_open(void) {
    int descriptor = epoll_create1(EPOLL_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

static int epoll_control(int epoll, int operation, int descriptor, uint32_t bits, uint64_t token) {
    struct epoll_event event = {.events = bits, .data.u64 = token};
    return epoll_ctl(epoll, operation, descriptor, &event) < 0 ? -errno : 0;
}

int callfs_epoll_add(int epoll, int descriptor, uint32_t bits, uint64_t token) {
    return epoll_control(epoll, EPOLL_CTL_ADD, descriptor, bits, token);
}

int callfs_epoll_change(int epoll, int descriptor, uint32_t bits, uint64_t token) {
    return epoll_control(epoll, EPOLL_CTL_MOD, descriptor, bits, token);
}

int callfs_epoll_remove(int epoll, int descriptor) {
    return epoll_control(epoll, EPOLL_CTL_DEL, descriptor, 0, 0);
}

int callfs_epoll_wait(int epoll, struct callfs_event *events, int capacity, int timeout_milliseconds) {
    struct epoll_event found[CALLFS_EPOLL_BATCH];
    if (capacity > CALLFS_EPOLL_BATCH) capacity = CALLFS_EPOLL_BATCH;
    int count = epoll_wait(epoll, found, capacity, timeout_milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int index = 0; index < count; index++) {
        events[index].token = found[index].data.u64;
        events[index].bits = found[index].events;
    }
    return count;
}

int callfs_wake_open(void) {
    int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

void callfs_wake_signal(int descriptor) {
    uint64_t one = 1;
    ssize_t ignored = write(descriptor, &one, sizeof one);
    (void)ignored;
}

void callfs_wake_clear(int descriptor) {
    uint64_t count;
    ssize_t ignored = read(descriptor, &count, sizeof count);
    (void)ignored;
}

static _Thread_local void *thread_loop;

void *callfs_thread_loop(void) { return thread_loop; }
void callfs_thread_set_loop(void *loop) { thread_loop = loop; }

struct thread_start {
    void (*body)(void *);
    void *argument;
};

static void *thread_main(void *pointer) {
    struct thread_start start = *(struct thread_start *)pointer;
    free(pointer);
    start.body(start.argument);
    return NULL;
}

int callfs_thread_start(uint64_t *handle, const char *name, void (*body)(void *), void *argument) {
    struct thread_start *start = malloc(sizeof *start);
    if (!start) return -ENOMEM;
    start->body = body;
    start->argument = argument;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    int failure = pthread_create(&thread, NULL, thread_main, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure) {
        free(start);
        return -failure;
    }
    char short_name[16];
    strncpy(short_name, name, sizeof short_name - 1);
    short_name[sizeof short_name - 1] = 0;
    pthread_setname_np(thread, short_name);
    *handle = (uint64_t)thread;
    return 0;
}

void callfs_thread_join(uint64_t handle) { pthread_join((pthread_t)handle, NULL); }

static int64_t clock_nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t callfs_monotonic_nanoseconds(void) { return clock_nanoseconds(CLOCK_MONOTONIC); }
int64_t callfs_wall_nanoseconds(void) { return clock_nanoseconds(CLOCK_REALTIME); }
int64_t callfs_wall_nanoseconds_coarse(void) { return clock_nanoseconds(CLOCK_REALTIME_COARSE); }

int callfs_core_count(void) {
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) < 0) return 1;
    int count = CPU_COUNT(&cores);
    return count < 1 ? 1 : count;
}
