private import Domain

extension SettingTable {
    /// What concerns HTTP alone, and no file.
    static let exchangeKeys = [
        SettingKey(
            "cors.allowed_origins", .texts, .none,
            "Origins whose pages may use this server from a browser, such as `https://app.example`; `*` for "
                + "any. Without any, browsers keep all other pages out."),
        SettingKey(
            "cors.allowed_methods", .texts, .derived("all that the API has"),
            "Methods that such pages may use."),
        SettingKey(
            "cors.allowed_headers", .texts, .derived("all that the API reads"),
            "Request fields that such pages may set; `X-Name-*` for all that begin so."),
        SettingKey(
            "cors.exposed_headers", .texts, .derived("all that the API writes"),
            "Fields of answers that such pages may read; `X-Name-*` for all that begin so."),
        SettingKey(
            "cors.max_age", .duration(.zero ... .seconds(86_400)), .fixed("10m"),
            "How long a browser may remember what it was allowed."),
        SettingKey(
            "cors.allow_credentials", .boolean, .fixed("false"),
            "Whether such pages may send what the browser keeps for this server, such as client "
                + "certificates. Not together with the origin `*`."),
        SettingKey(
            "compression.enabled", .boolean, .fixed("true"),
            "Whether listings and other JSON are sent as zstd or gzip to clients that ask for it. Files are "
                + "always sent as they are."),
        SettingKey(
            "compression.min_bytes", .size(0...1_048_576),
            .fixed(SizeText.format(Int64(Limits.codedBytesMinDefault))),
            "Smaller answers are sent as they are."),
    ]
}
