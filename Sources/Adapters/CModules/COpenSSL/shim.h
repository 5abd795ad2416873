// OpenSSL 3, with what Swift cannot import (macros) as inline functions.
#pragma once
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/socket.h>

// MARK: Macros

static inline int callfs_ctx_set_minimum_tls12(SSL_CTX *context) {
    return (int)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}
static inline void callfs_ctx_disable_session_cache(SSL_CTX *context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}
static inline void callfs_ctx_set_read_ahead(SSL_CTX *context) { SSL_CTX_set_read_ahead(context, 1); }
static inline void callfs_ctx_set_mode(SSL_CTX *context, long mode) { SSL_CTX_set_mode(context, mode); }
/// The server chooses the cipher, except for clients that prefer ChaCha20; no renegotiation, no compression.
static inline void callfs_ctx_set_server_options(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                     SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
}
static inline int callfs_ctx_set_groups(SSL_CTX *context, const char *names) {
    return (int)SSL_CTX_set1_groups_list(context, names);
}
/// Takes ownership of `certificate` when it succeeds.
static inline int callfs_ctx_add_chain(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add0_chain_cert(context, certificate);
}
static inline EVP_PKEY *callfs_generate_p256(void) { return EVP_EC_gen("P-256"); }
static inline long callfs_bio_memory(BIO *bio, char **bytes) { return BIO_get_mem_data(bio, bytes); }
static inline int callfs_error_is_end_of_pem(unsigned long code) {
    return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}
static inline int callfs_error_is_unexpected_end(unsigned long code) {
    return ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

// MARK: A BIO that reads a socket and writes to memory

/// Where a TLS connection reads from and writes to. Records are collected in `output`, so that many of them
/// leave by one send(2); the socket is read directly.
struct callfs_tls_io {
    int socket;
    /// The last receive got less than it asked for: the socket is empty until the next edge.
    int is_drained;
    /// The peer has finished sending.
    int is_ended;
    /// The error number of a receive that failed; 0 when none did.
    int receive_error;
    unsigned char *output;
    size_t output_length;
    size_t output_capacity;
};

static int callfs_tls_io_write(BIO *bio, const char *bytes, size_t count, size_t *written) {
    struct callfs_tls_io *io = (struct callfs_tls_io *)BIO_get_data(bio);
    size_t room = io->output_capacity - io->output_length;
    BIO_clear_retry_flags(bio);
    *written = 0;
    if (room == 0) {
        BIO_set_retry_write(bio);
        return 0;
    }
    if (count > room) count = room;
    memcpy(io->output + io->output_length, bytes, count);
    io->output_length += count;
    *written = count;
    return 1;
}

static int callfs_tls_io_read(BIO *bio, char *bytes, size_t count, size_t *received) {
    struct callfs_tls_io *io = (struct callfs_tls_io *)BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    *received = 0;
    ssize_t got;
    do {
        got = recv(io->socket, bytes, count, 0);
    } while (got < 0 && errno == EINTR);
    if (got > 0) {
        io->is_drained = (size_t)got < count;
        *received = (size_t)got;
        return 1;
    }
    if (got == 0) {
        io->is_ended = 1;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        io->is_drained = 1;
        BIO_set_retry_read(bio);
    } else {
        io->receive_error = errno;
    }
    return 0;
}

static long callfs_tls_io_control(BIO *bio, int command, long number, void *pointer) {
    struct callfs_tls_io *io = (struct callfs_tls_io *)BIO_get_data(bio);
    (void)number;
    (void)pointer;
    switch (command) {
        case BIO_CTRL_FLUSH: return 1;
        case BIO_CTRL_EOF: return io->is_ended;
        default: return 0;
    }
}

/// The method of such BIOs; made once, kept for ever. Null when memory is out.
static inline BIO_METHOD *callfs_tls_io_method(void) {
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "callfs");
    if (!method) return NULL;
    BIO_meth_set_write_ex(method, callfs_tls_io_write);
    BIO_meth_set_read_ex(method, callfs_tls_io_read);
    BIO_meth_set_ctrl(method, callfs_tls_io_control);
    return method;
}

/// Makes `tls` read and write by `io`, which outlives it. Returns 0 when memory is out.
static inline int callfs_tls_io_attach(SSL *tls, BIO_METHOD *method, struct callfs_tls_io *io) {
    BIO *bio = BIO_new(method);
    if (!bio) return 0;
    BIO_set_data(bio, io);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls, bio, bio);
    return 1;
}
