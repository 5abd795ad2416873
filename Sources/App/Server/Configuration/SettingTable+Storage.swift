private import Domain

extension SettingTable {
    static let backendKeys = [
        SettingKey(
            "backend.default_backend", .text, .fixed("localfs"),
            .laterValues(["s3": .s3, "azureblob": .azure, "remote": .remoteBackend]),
            "Where new contents go."),
        SettingKey(
            "backend.localfs_root_path", .path, .derived("`data_dir`"),
            "Where contents on the local disk lie."),
        SettingKey(
            "backend.localfs_import", .choice(["off", "once"]), .fixed("off"), .later(.importing),
            "Whether files that are there already are taken in."),
        SettingKey(
            "backend.inline_max_bytes", .size(0...Int64(Limits.inlineBytesMax)),
            .fixed(SizeText.format(Int64(Limits.inlineBytesDefault))),
            "Contents up to this size live in the metadata store, which saves two of three syncs."),
        SettingKey(
            "backend.cache.path", .path, .none, .later(.readCache),
            "Where the read cache of remote contents lies."),
        SettingKey(
            "backend.cache.max_bytes", .size(0...Int64.max), .none, .later(.readCache),
            "The size of the read cache."),
        SettingKey(
            "backends", .tree, .none, .later(.namedBackends),
            "Further backends: a name and its `type` and keys."),
    ]

    static let objectStoreKeys =
        [
            s3("access_key", .secret, .none, "The access key ID."),
            s3("secret_key", .secret, .none, "The secret access key."),
            s3("session_token", .secret, .none, "The token of temporary credentials."),
            s3("region", .text, .fixed("us-east-1"), "The region that requests are signed for."),
            s3("bucket_name", .text, .none, "The bucket."),
            s3("endpoint", .url, .none, "Another service than AWS, such as MinIO."),
            s3(
                "server_side_encryption", .choice(["AES256", "aws:kms"]), .fixed("AES256"),
                "How the service encrypts: `AES256` or `aws:kms`."),
            s3("acl", .text, .fixed("private"), "The access list of objects; `private` sends no header."),
            s3("kms_key_id", .text, .none, "The key for `aws:kms`."),
            s3("storage_class", .text, .none, "The storage class of new objects."),
            s3(
                "path_style", .boolean, .derived("`true` when an endpoint is set"),
                "The bucket in the path, not in the host."),
            s3("create_bucket", .boolean, .fixed("false"), "Make the bucket when it is missing."),
            s3("prefix", .text, .none, "What the names of all objects start with."),
        ] + [
            azure("account", .text, "The storage account."),
            azure("key", .secret, "The account key."),
            azure("sas", .secret, "A shared access signature in place of the key."),
            azure("container", .text, "The container."),
            azure("tier", .text, "The access tier of new blobs."),
            azure("endpoint", .url, "Another endpoint than the account's own."),
            remote("url", .url, "The other deployment."),
            remote("api_key", .secret, "A key of the other deployment."),
            remote("prefix", .text, "The directory there that holds everything."),
            remote("ca_file", .path, "Certificates that its certificate is checked by."),
        ]

    static let clusterKeys = [
        SettingKey(
            "backend.internal_proxy_skip_tls_verify", .boolean, .fixed("false"), .later(.peers),
            "Whether certificates of peers go unchecked. Only for tests."),
        SettingKey(
            "peers.ca_file", .path, .none, .later(.peers),
            "Certificates that those of peers are checked by."),
        SettingKey("peers.client_cert_file", .path, .none, .later(.peers), "The certificate shown to peers."),
        SettingKey(
            "peers.client_key_file", .path, .none, .later(.peers), "The private key of that certificate."),
        SettingKey(
            "peers.wait_max", .duration(.milliseconds(100) ... .seconds(600)), .fixed("10s"), .later(.peers),
            "How long an answer of a peer may take to begin."),
        SettingKey(
            "placement.on_owner_down", .choice(["local", "refuse"]), .fixed("local"), .later(.peers),
            "Where a file is written anew whose node does not answer."),
        SettingKey(
            "metadata_store.dsn", .text, .none,
            .laterValues(["postgres:": .postgres, "postgresql:": .postgres]),
            "None for the embedded store in the data directory; `sqlite:DIRECTORY` for one elsewhere.",
            isSecret: true),
        SettingKey(
            "metadata_store.pool_per_loop", .integer(1...64), .fixed("2"), .later(.postgres),
            "Connections to PostgreSQL for each event loop."),
        SettingKey(
            "metadata_store.statement_timeout", .duration(.milliseconds(100) ... .seconds(600)), .fixed("5s"),
            .later(.postgres), "How long PostgreSQL may take for one statement."),
        SettingKey(
            "metadata_cache.mode", .choice(["coherent", "bounded", "off"]), .fixed("coherent"),
            .later(.metadataCache),
            "What the metadata cache promises."),
        SettingKey(
            "metadata_cache.ttl", .duration(.zero ... .seconds(86_400)), .fixed("5m"), .later(.metadataCache),
            "How old an entry may be in the mode `bounded`."),
        SettingKey(
            "metadata_cache.entries", .integer(0...100_000_000), .fixed("1000"), .later(.metadataCache),
            "How many entries the cache holds."),
        SettingKey(
            "dlm.type", .choice(["local", "redis"]), .fixed("local"), .laterValues(["redis": .redis]),
            "Who keeps the locks: this process, or Redis for a cluster."),
        SettingKey(
            "dlm.redis_addr", .address, .fixed("localhost:6379"), .later(.redis), "The address of Redis."),
        SettingKey("dlm.redis_password", .secret, .none, .later(.redis), "The password of Redis."),
        SettingKey("dlm.redis_user", .text, .none, .later(.redis), "The user of Redis."),
        SettingKey(
            "dlm.redis_tls", .boolean, .fixed("false"), .later(.redis), "Whether Redis is spoken to by TLS."),
        SettingKey("dlm.sentinel.addrs", .texts, .none, .later(.redis), "Addresses of Redis Sentinels."),
        SettingKey(
            "dlm.sentinel.master", .text, .none, .later(.redis),
            "The name that the Sentinels know Redis by."),
        SettingKey(
            "dlm.ttl", .duration(.seconds(1) ... .seconds(3600)),
            .fixed(DurationText.format(Limits.leaseDefault)),
            "How long a lock lives that nobody renews."),
        SettingKey(
            "dlm.wait_max", .duration(.zero ... .seconds(600)),
            .fixed(DurationText.format(Limits.lockWaitDefault)),
            "How long a request waits for a lock."),
        SettingKey(
            "dlm.on_unavailable", .choice(["proceed", "refuse"]), .fixed("proceed"), .later(.redis),
            "What a request does when no lock can be had."),
        SettingKey(
            "instance_discovery.instance_id", .instanceID, .fixed("callfs-instance-1"),
            "The name of this node."),
        SettingKey(
            "instance_discovery.peer_endpoints", .map, .none, .later(.peers),
            "All other nodes: the name of each and its address."),
    ]

    private static func s3(
        _ name: String, _ type: SettingType, _ fallback: SettingDefault, _ documentation: String
    ) -> SettingKey {
        SettingKey(
            "backend.s3_" + name, type, fallback, .later(.s3), documentation, aliases: ["backend.s3." + name])
    }

    private static func azure(_ name: String, _ type: SettingType, _ documentation: String) -> SettingKey {
        SettingKey("backend.azureblob." + name, type, .none, .later(.azure), documentation)
    }

    private static func remote(_ name: String, _ type: SettingType, _ documentation: String) -> SettingKey {
        SettingKey("backend.remote." + name, type, .none, .later(.remoteBackend), documentation)
    }
}
