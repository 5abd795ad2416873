private import CYAML

/// Reads one YAML 1.1 document with libyaml's event parser.
///
/// Refused although YAML has them, because a configuration that needs them is a mistake or an attack: several
/// documents in one text, anchors and aliases (whose expansion can grow without bound), explicit tags, keys
/// that are not scalars, duplicate keys, and any encoding but UTF-8.
package enum YAMLDocument {
    /// Nil for a text that holds no value at all, such as comments only.
    package static func parse(_ bytes: [UInt8]) throws(DocumentError) -> YAMLNode? {
        try DocumentLimits.checkSize(bytes)
        // libyaml keeps a pointer to its input, so the bytes must stay in place while events are read.
        return try bytes.withUnsafeBufferPointer { buffer throws(DocumentError) -> YAMLNode? in
            let events = try YAMLEvents(buffer)
            return try document(events)
        }
    }

    private static func document(_ events: YAMLEvents) throws(DocumentError) -> YAMLNode? {
        guard try events.next().kind == .streamStart else { throw events.unexpected() }
        let first = try events.next()
        if first.kind == .streamEnd { return nil }
        guard first.kind == .documentStart else { throw events.unexpected() }
        let root = try node(at: events.next(), events, depth: 1)
        guard try events.next().kind == .documentEnd else { throw events.unexpected() }
        let last = try events.next()
        guard last.kind == .streamEnd else {
            throw DocumentError(
                line: last.line, message: "a second document starts here; only one is allowed")
        }
        return root
    }

    private static func node(
        at event: YAMLEvents.Event, _ events: YAMLEvents, depth: Int
    ) throws(DocumentError) -> YAMLNode {
        if event.isAnchored || event.kind == .alias {
            throw DocumentError(line: event.line, message: "anchors and aliases are not supported")
        }
        if event.isTagged {
            throw DocumentError(line: event.line, message: "tags (`!name`) are not supported")
        }
        if depth > DocumentLimits.depthMax {
            throw DocumentError(
                line: event.line, message: "nested deeper than \(DocumentLimits.depthMax) levels")
        }
        switch event.kind {
        case .scalar(let text, let style):
            return YAMLNode(.scalar(text, style), line: event.line)
        case .sequenceStart:
            return YAMLNode(.sequence(try sequence(events, depth: depth)), line: event.line)
        case .mappingStart:
            return YAMLNode(.mapping(try mapping(events, depth: depth)), line: event.line)
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .alias, .sequenceEnd, .mappingEnd:
            throw events.unexpected()
        }
    }

    private static func sequence(_ events: YAMLEvents, depth: Int) throws(DocumentError) -> [YAMLNode] {
        var elements: [YAMLNode] = []
        while true {
            let event = try events.next()
            if event.kind == .sequenceEnd { return elements }
            elements.append(try node(at: event, events, depth: depth + 1))
        }
    }

    private static func mapping(_ events: YAMLEvents, depth: Int) throws(DocumentError) -> [YAMLNode.Entry] {
        var mapping = MappingEntries()
        while true {
            let event = try events.next()
            if event.kind == .mappingEnd { return mapping.entries }
            guard case .scalar(let key, _) = try node(at: event, events, depth: depth + 1).value else {
                throw DocumentError(line: event.line, message: "a key must be a plain name")
            }
            try mapping.check(key: key, line: event.line)
            let value = try node(at: events.next(), events, depth: depth + 1)
            mapping.append(key: key, line: event.line, value)
        }
    }
}
