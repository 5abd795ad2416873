private import CYAML

/// libyaml's events one by one, as Swift values. Confined to the call that made it.
final class YAMLEvents {
    enum Kind: Equatable {
        case streamStart
        case streamEnd
        case documentStart
        case documentEnd
        case alias
        case scalar(String, YAMLNode.ScalarStyle)
        case sequenceStart
        case sequenceEnd
        case mappingStart
        case mappingEnd
    }

    struct Event {
        let kind: Kind
        let line: Int
        var isAnchored = false
        var isTagged = false
    }

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private var line = 1

    /// The bytes must outlive this object.
    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(DocumentError) {
        parser = .allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw DocumentError(line: 1, message: "no memory for the parser")
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    func next() throws(DocumentError) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { yaml_event_delete(&event) }
        line = event.start_mark.line + 1
        return try translate(event)
    }

    /// An event that the grammar does not allow here; libyaml finds such faults itself, so this is a second
    /// line.
    func unexpected() -> DocumentError { DocumentError(line: line, message: "the document ends too early") }

    private func translate(_ event: yaml_event_t) throws(DocumentError) -> Event {
        switch event.type {
        case YAML_STREAM_START_EVENT: return Event(kind: .streamStart, line: line)
        case YAML_STREAM_END_EVENT: return Event(kind: .streamEnd, line: line)
        case YAML_DOCUMENT_START_EVENT: return Event(kind: .documentStart, line: line)
        case YAML_DOCUMENT_END_EVENT: return Event(kind: .documentEnd, line: line)
        case YAML_ALIAS_EVENT: return Event(kind: .alias, line: line)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let style: YAMLNode.ScalarStyle = scalar.style == YAML_PLAIN_SCALAR_STYLE ? .plain : .quoted
            return Event(
                kind: .scalar(String(decoding: bytes, as: UTF8.self), style), line: line,
                isAnchored: scalar.anchor != nil, isTagged: scalar.tag != nil)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return Event(
                kind: .sequenceStart, line: line, isAnchored: start.anchor != nil, isTagged: start.tag != nil)
        case YAML_SEQUENCE_END_EVENT: return Event(kind: .sequenceEnd, line: line)
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return Event(
                kind: .mappingStart, line: line, isAnchored: start.anchor != nil, isTagged: start.tag != nil)
        case YAML_MAPPING_END_EVENT: return Event(kind: .mappingEnd, line: line)
        default: throw unexpected()
        }
    }

    /// libyaml's own words, which are constants and repeat nothing of the input.
    private func failure() -> DocumentError {
        let parser = parser.pointee
        let problem = parser.problem.map { String(cString: $0) } ?? "the document cannot be read"
        switch parser.error {
        case YAML_READER_ERROR:
            return DocumentError(line: parser.mark.line + 1, message: "not valid UTF-8 text: \(problem)")
        case YAML_MEMORY_ERROR:
            return DocumentError(line: line, message: "no memory for the document")
        default:
            let context = parser.context.map { String(cString: $0) + ", " } ?? ""
            return DocumentError(line: parser.problem_mark.line + 1, message: context + problem)
        }
    }
}
