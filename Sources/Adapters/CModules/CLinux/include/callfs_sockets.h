// Stream sockets. Every function returns -errno when it fails, if nothing else is said.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// An internet address with its port, as the kernel wants it.
struct callfs_address {
    uint32_t length;
    unsigned char bytes[28];
};

/// The text of an IPv6 address, terminated.
#define CALLFS_ADDRESS_TEXT 46

/// Resolves `host`, a name or a numeric address, and returns how many addresses it wrote. Null is every
/// address of this machine. Blocks. -ENOENT when there is no such host.
int callfs_resolve(const char *host, uint16_t port, struct callfs_address *addresses, int capacity);

/// The port of an address.
uint16_t callfs_address_port(const struct callfs_address *address);
void callfs_address_set_port(struct callfs_address *address, uint16_t port);

/// Writes the numeric host, an IPv4 address in IPv6 form as IPv4.
void callfs_address_text(const struct callfs_address *address, char *text);

/// A non-blocking socket that listens, with TCP_NODELAY for what it accepts. With `shared`, others may listen
/// there too and the kernel spreads the connections. What it accepts takes no more bytes while `unsent_max`
/// wait to be sent (TCP_NOTSENT_LOWAT of tcp(7)).
int callfs_listen(const struct callfs_address *address, int shared, int backlog, int unsent_max);

/// Whether a socket could listen there alone: 0 or -errno.
int callfs_can_listen(const struct callfs_address *address);

/// The address that a socket is bound to.
int callfs_local_address(int descriptor, struct callfs_address *address);

/// A blocking connection, for tests.
int callfs_connect(const struct callfs_address *address);

/// send(2) without SIGPIPE.
ssize_t callfs_send(int descriptor, const void *bytes, size_t count);
ssize_t callfs_receive(int descriptor, void *bytes, size_t count);

/// Says that nothing more will be sent (shutdown(2)).
void callfs_finish_sending(int descriptor);

/// Makes the close that follows a reset, so that the peer cannot take what it got for the whole.
void callfs_reset_on_close(int descriptor);

/// How many bytes the peer has not acknowledged yet (SIOCOUTQ of tcp(7)).
ssize_t callfs_unacknowledged(int descriptor);
