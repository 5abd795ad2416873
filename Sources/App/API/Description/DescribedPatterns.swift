import Domain

/// The grammars of what requests say, as regular expressions (ECMA-262), which JSON Schema takes. What a
/// grammar cannot tell, such as a bound in bytes, stands in the description beside it.
enum DescribedPatterns {
    /// What no name may have, for the inside of a class: slash, backslash, controls, and the controls of
    /// direction.
    private static let foreign =
        #"/\\\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"#
    /// Neither `.` nor `..`.
    private static let name =
        "(?:[^.\(foreign)]|\\.[^.\(foreign)]|\\.\\.[^\(foreign)])[^\(foreign)]*"
    private static let names = "\(name)(?:/+\(name))*"

    static let fileName = "^\(name)$"
    static let path = "^/*(?:\(names))?/*$"
    static let absolutePath = "^/+(?:\(names))?/*$"
    /// The path of what is a file or will be one.
    static let filePath = "^/*\(names)$"
    static let symlinkTarget = "^[^\(foreign.dropFirst())]+$"

    static let mode = "^0?[0-7]{1,4}$"

    private static let entityTag = #"(?:W/)?"[!#-~]*""#
    static let entityTags = "^(?:\\*|\(entityTag)(?:[ \\t]*,[ \\t]*\(entityTag))*)$"

    static let idempotencyKey =
        #"^(?:[!#-~]{1,\#(Limits.idempotencyKeyBytesMax)}|"(?:[ !#-\[\]-~]|\\["\\]){1,"#
        + #"\#(Limits.idempotencyKeyBytesMax)}")$"#

    /// In any case of its letters.
    static let infinity = "^[Ii][Nn][Ff][Ii][Nn][Ii][Tt][Yy]$"

    private static let digestKey = "[a-z*][a-z0-9_.*-]*"
    private static let weight = "\(digestKey)=(?:10|[0-9])"
    static let wantedDigests = "^(?:\(weight)(?:[ \\t]*,[ \\t]*\(weight))*)?$"

    private static let token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
    private static let quoted = #""(?:[ !#-\[\]-~]|\\[ -~])*""#
    static let mediaType = "^\(token)/\(token) *(?:; *(?:\(token)=(?:\(token)|\(quoted)) *)?)*$"

    static let metadataName =
        "^[A-Za-z0-9][A-Za-z0-9._-]{0,\(Limits.userMetadataNameBytesMax - 1)}$"
}
