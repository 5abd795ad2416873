private import Domain

extension SettingTable {
    static let nodeKeys = [
        SettingKey(
            "data_dir", .path, .derived("`/var/lib/callfs` where it can be made, else `./callfs-data`"),
            "Where an embedded node keeps everything: metadata, contents, and the certificate, key and "
                + "secrets it makes."
        )
    ]

    static let serverKeys = [
        SettingKey("server.listen_addr", .address, .fixed(":8443"), "Where the server listens."),
        SettingKey(
            "server.external_url", .url, .fixed("localhost:8443"),
            "The host that download links name, with or without a scheme (then the listener's). Unless it is "
                + "set, the port is the listener's too."),
        SettingKey(
            "server.cert_file", .path, .fixed("server.crt"),
            "The TLS certificate chain (PEM). When neither file is there and none was named, a self-signed "
                + "pair is made in the data directory."),
        SettingKey(
            "server.key_file", .path, .fixed("server.key"), "The private key of the certificate (PEM)."),
        SettingKey(
            "server.protocol", .choice(["https", "http"]), .fixed("https"),
            "`http` only behind a proxy that ends TLS: keys and files then travel in the clear."),
        SettingKey(
            "server.http2", .boolean, .fixed("true"),
            "Whether HTTP/2 is spoken with clients that ask for it: in the TLS handshake, or in plain HTTP "
                + "by how they begin."),
        SettingKey(
            "server.read_timeout", .duration(.seconds(1) ... .seconds(3600)), .fixed("30s"),
            "How long a client that sends may be silent; never how long its transfer takes."),
        SettingKey(
            "server.write_timeout", .duration(.seconds(1) ... .seconds(3600)), .fixed("30s"),
            "How long a client may take nothing of what is sent; never how long its transfer takes."),
        SettingKey(
            "server.file_op_timeout", .duration(.milliseconds(100) ... .seconds(3600)), .fixed("10s"),
            "How long the first byte of a content on another machine may take; a local disk is waited for."),
        SettingKey(
            "server.metadata_op_timeout", .duration(.milliseconds(100) ... .seconds(3600)), .fixed("5s"),
            "How long one call to the metadata store may take; a commit that waits longer changes nothing."),
        SettingKey(
            "server.max_connections", .integer(1...1_000_000), .fixed("10000"),
            "Connections at a time; more wait to be accepted."),
        SettingKey(
            "server.max_body_bytes", .sizeLimit(1...Int64.max), .fixed("unlimited"),
            "The largest body of a request."),
        SettingKey(
            "server.shutdown_timeout", .duration(.zero ... .seconds(3600)), .fixed("30s"),
            "How long running requests may take to finish when the server stops."),
    ]

    static let authenticationKeys = [
        SettingKey(
            "auth.api_keys", .secrets, .none,
            "Keys that act as `auth.default_user`, at least 16 bytes each. With no key at all, an embedded "
                + "node makes one at its first start."),
        SettingKey(
            "auth.users", .users, .none,
            "Users with keys of their own: `name`, `uid`, `gid`, and at will `groups`, `keys`, "
                + "`key_sha256` (digests in hexadecimal, for keys that are not to stand here) and `umask`. "
                + "`uid: 0` passes every permission check."
        ),
        SettingKey(
            "auth.groups", .numbers, .none,
            "Names of groups and their numbers, such as `{staff: 50}`, to be shown beside the numbers."),
        SettingKey(
            "auth.default_user.name", .instanceID, .fixed("callfs"),
            "Whom the keys of `auth.api_keys` act as."),
        SettingKey(
            "auth.default_user.uid", .identity, .fixed("1000"), "The user number of the default user."),
        SettingKey(
            "auth.default_user.gid", .identity, .fixed("1000"), "The group number of the default user."),
        SettingKey("auth.default_user.groups", .identities, .none, "Further groups of the default user."),
        SettingKey(
            "auth.default_user.umask", .umask, .fixed("022"),
            "The permission bits that new files and directories of the default user lose."),
        SettingKey(
            "auth.internal_proxy_secret", .secret, .none, .unused(.peers),
            "What nodes of a cluster know each other by, at least 16 bytes."),
        SettingKey(
            "auth.internal_proxy_secret_previous", .secret, .none, .unused(.peers),
            "The secret before, accepted while a new one is brought out."),
        SettingKey(
            "auth.single_use_link_secret", .secret, .none,
            "What download links are signed with, at least 16 bytes. An embedded node without one makes one "
                + "at its first start."),
        SettingKey(
            "auth.single_use_link_secret_previous", .secret, .none,
            "The secret before, accepted while a new one is brought out."),
    ]

    static let observationKeys = [
        SettingKey(
            "log.level", .choice(["debug", "info", "warn", "error"]), .fixed("info"),
            "The least level that is written."),
        SettingKey(
            "log.format", .choice(["json", "console"]), .derived("`console` on a terminal, else `json`"),
            "How events are written."),
        SettingKey("log.access", .boolean, .fixed("true"), "One event for each request."),
        SettingKey(
            "log.audit", .boolean, .fixed("true"),
            "One line for each request that changes something, and for each that was turned away for want "
                + "of a key or a permission."),
        SettingKey(
            "log.audit_file", .path, .none,
            "Where the audit lines go, as JSON; without it they are among the others, marked "
                + "`\"log\":\"audit\"`. Made with mode 0600, appended to, and opened anew once it was "
                + "renamed or removed."),
        SettingKey(
            "metrics.listen_addr", .listener, .fixed(":9090"),
            "Where metrics are served in plain HTTP, without a key and without anything else but `/health`; "
                + "`off` for nowhere."),
        SettingKey(
            "metrics.on_main", .boolean, .fixed("true"),
            "Whether the server itself has `/metrics` too, without a key."),
    ]

    static let limitKeys = [
        SettingKey(
            "rate_limits", .rateLimits,
            .derived(
                "`links`: 100 a second by key and by address; `downloads`: 10 by address; "
                    + "`authentication_failures`: 20 with a burst of 100; all others unlimited, bursts 20"),
            "How often a key and an address (an IPv6 one by its /64) may use a route, and how many requests "
                + "may come at once; what is more is answered with 429. `system` is identity, health, metrics"
                + " and description. Behind a proxy all clients have one address."),
        SettingKey(
            "limits.reclaim_grace", .duration(Limits.commitDeadline ... .seconds(7 * 86_400)),
            .fixed(DurationText.format(Limits.reclaimGraceDefault)),
            "How long content that nothing names any more is kept for readers that still hold it."),
        SettingKey(
            "limits.sweep_age", .duration(.seconds(60) ... .seconds(365 * 86_400)),
            .fixed(DurationText.format(Limits.sweepAgeDefault)),
            "How old a stored content that no metadata knows must be before it is removed; longer than "
                + "`limits.reclaim_grace` and `limits.write_duration_max` need."),
        SettingKey(
            "limits.header_bytes_max", .size(4096...1_048_576), .fixed("32KiB"),
            "The largest request line and headers together."),
        SettingKey(
            "limits.write_duration_max", .duration(.seconds(1) ... .seconds(7 * 86_400)), .fixed("24h"),
            "The longest that one upload may take in all."),
    ]
}
