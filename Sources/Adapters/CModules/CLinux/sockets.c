#define _GNU_SOURCE
#include "callfs_sockets.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr *raw(const struct callfs_address *address) {
    return (struct sockaddr *)(void *)address->bytes;
}

static void set_any(struct callfs_address *address, uint16_t port) {
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memcpy(address->bytes, &any, sizeof any);
    address->length = sizeof any;
    int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe >= 0) {
        close(probe);
        return;
    }
    struct sockaddr_in old = {.sin_family = AF_INET, .sin_port = htons(port)};
    memcpy(address->bytes, &old, sizeof old);
    address->length = sizeof old;
}

int callfs_resolve(const char *host, uint16_t port, struct callfs_address *addresses, int capacity) {
    if (!host) {
        set_any(addresses, port);
        return 1;
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    if (getaddrinfo(host, NULL, &hints, &found) != 0) return -ENOENT;
    int count = 0;
    for (struct addrinfo *next = found; next && count < capacity; next = next->ai_next) {
        if (next->ai_addrlen > sizeof addresses[count].bytes) continue;
        memcpy(addresses[count].bytes, next->ai_addr, next->ai_addrlen);
        addresses[count].length = next->ai_addrlen;
        callfs_address_set_port(&addresses[count], port);
        count++;
    }
    freeaddrinfo(found);
    return count > 0 ? count : -ENOENT;
}

uint16_t callfs_address_port(const struct callfs_address *address) {
    if (raw(address)->sa_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)raw(address))->sin6_port);
    return ntohs(((struct sockaddr_in *)raw(address))->sin_port);
}

void callfs_address_set_port(struct callfs_address *address, uint16_t port) {
    if (raw(address)->sa_family == AF_INET6) {
        ((struct sockaddr_in6 *)raw(address))->sin6_port = htons(port);
    } else {
        ((struct sockaddr_in *)raw(address))->sin_port = htons(port);
    }
}

void callfs_address_text(const struct callfs_address *address, char *text) {
    text[0] = 0;
    if (raw(address)->sa_family == AF_INET6) {
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)raw(address);
        if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
            inet_ntop(AF_INET, &six->sin6_addr.s6_addr[12], text, CALLFS_ADDRESS_TEXT);
        } else {
            inet_ntop(AF_INET6, &six->sin6_addr, text, CALLFS_ADDRESS_TEXT);
        }
    } else if (raw(address)->sa_family == AF_INET) {
        inet_ntop(AF_INET, &((struct sockaddr_in *)raw(address))->sin_addr, text, CALLFS_ADDRESS_TEXT);
    }
}

static int bound_socket(const struct callfs_address *address, int shared) {
    int descriptor = socket(raw(address)->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    int on = 1, off = 0;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (raw(address)->sa_family == AF_INET6) {
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)raw(address);
        int only = !IN6_IS_ADDR_UNSPECIFIED(&six->sin6_addr);
        setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, only ? &on : &off, sizeof on);
    }
    if ((shared && setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0) ||
        bind(descriptor, raw(address), address->length) < 0) {
        int failure = errno;
        close(descriptor);
        return -failure;
    }
    return descriptor;
}

int callfs_listen(const struct callfs_address *address, int shared, int backlog, int unsent_max) {
    int descriptor = bound_socket(address, shared);
    if (descriptor < 0) return descriptor;
    // Inherited by the sockets that it accepts, like TCP_NODELAY.
    if (setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_max, sizeof unsent_max) < 0 ||
        listen(descriptor, backlog) < 0) {
        int failure = errno;
        close(descriptor);
        return -failure;
    }
    return descriptor;
}

int callfs_can_listen(const struct callfs_address *address) {
    int descriptor = bound_socket(address, 0);
    if (descriptor < 0) return descriptor;
    close(descriptor);
    return 0;
}

int callfs_local_address(int descriptor, struct callfs_address *address) {
    socklen_t length = sizeof address->bytes;
    if (getsockname(descriptor, raw(address), &length) < 0) return -errno;
    address->length = length;
    return 0;
}

int callfs_connect(const struct callfs_address *address) {
    int descriptor = socket(raw(address)->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(descriptor, raw(address), address->length) < 0) {
        int failure = errno;
        close(descriptor);
        return -failure;
    }
    return descriptor;
}

ssize_t callfs_send(int descriptor, const void *bytes, size_t count) {
    ssize_t sent;
    do {
        sent = send(descriptor, bytes, count, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

ssize_t callfs_receive(int descriptor, void *bytes, size_t count) {
    ssize_t got;
    do {
        got = recv(descriptor, bytes, count, 0);
    } while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

void callfs_finish_sending(int descriptor) { shutdown(descriptor, SHUT_WR); }

void callfs_reset_on_close(int descriptor) {
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

ssize_t callfs_unacknowledged(int descriptor) {
    int count = 0;
    return ioctl(descriptor, SIOCOUTQ, &count) < 0 ? -errno : count;
}
