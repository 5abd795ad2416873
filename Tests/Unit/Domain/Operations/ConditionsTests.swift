import Domain
import Testing

@Suite("Conditions")
struct ConditionsTests {
    private let mine = EntityTag(opaque: "1")
    private let other = EntityTag(opaque: "2")
    private let modified = WallTime(nanoseconds: 1_000_500_000_000)

    private func conditions(
        _ match: String? = nil, _ noneMatch: String? = nil, modified: Int64? = nil, unmodified: Int64? = nil
    ) -> Conditions {
        Conditions(
            ifMatch: match.flatMap(TagCondition.init(parsing:)),
            ifNoneMatch: noneMatch.flatMap(TagCondition.init(parsing:)),
            ifModifiedSince: modified.map { WallTime(nanoseconds: $0 * 1_000_000_000) },
            ifUnmodifiedSince: unmodified.map { WallTime(nanoseconds: $0 * 1_000_000_000) })
    }

    private func read(_ conditions: Conditions) -> Conditions.Outcome {
        conditions.evaluate(tag: mine, modifiedAt: modified, isRead: true)
    }

    private func write(_ conditions: Conditions) -> Conditions.Outcome {
        conditions.evaluate(tag: mine, modifiedAt: modified, isRead: false)
    }

    private func create(_ conditions: Conditions) -> Conditions.Outcome {
        conditions.evaluate(tag: nil, modifiedAt: nil, isRead: false)
    }

    @Test("If-Match compares strongly, and needs something to be there")
    func ifMatch() {
        for (field, holds) in [
            ("*", true), ("\"1\"", true), ("\"2\", \"1\"", true), ("W/\"1\"", false), ("\"2\"", false),
        ] {
            #expect(read(conditions(field)) == (holds ? .proceed : .failed), "\(field)")
            #expect(write(conditions(field)) == (holds ? .proceed : .failed), "\(field)")
            #expect(create(conditions(field)) == .failed, "\(field)")
        }
    }

    @Test("If-None-Match compares weakly; a read learns that it has it, a write fails")
    func ifNoneMatch() {
        for (field, holds) in [("*", false), ("\"1\"", false), ("W/\"1\"", false), ("\"2\"", true)] {
            #expect(read(conditions(nil, field)) == (holds ? .proceed : .notModified), "\(field)")
            #expect(write(conditions(nil, field)) == (holds ? .proceed : .failed), "\(field)")
            #expect(create(conditions(nil, field)) == .proceed, "\(field)")
        }
    }

    @Test("Dates count in whole seconds, the modified one for reads only")
    func dates() {
        #expect(read(conditions(modified: 999)) == .proceed)
        #expect(read(conditions(modified: 1_000)) == .notModified)
        #expect(read(conditions(modified: 1_001)) == .notModified)
        #expect(write(conditions(modified: 1_000)) == .proceed)
        #expect(read(conditions(unmodified: 999)) == .failed)
        #expect(write(conditions(unmodified: 999)) == .failed)
        #expect(write(conditions(unmodified: 1_000)) == .proceed)
        #expect(create(conditions(unmodified: 999)) == .proceed)
    }

    /// RFC 9110 section 13.2.2, step by step, over every combination of fields.
    @Test("Every combination of fields is decided in the order of the RFC")
    func precedence() {
        let tags: [String?] = [nil, "*", "\"1\"", "\"2\"", "W/\"1\""]
        let dates: [Int64?] = [nil, 999, 1_000, 1_001]
        for (match, noneMatch) in tags.flatMap({ match in tags.map { (match, $0) } }) {
            for (since, unmodified) in dates.flatMap({ since in dates.map { (since, $0) } }) {
                for isRead in [true, false] {
                    let expected = expectation(match, noneMatch, since, unmodified, isRead: isRead)
                    let conditions = conditions(match, noneMatch, modified: since, unmodified: unmodified)
                    let outcome = conditions.evaluate(tag: mine, modifiedAt: modified, isRead: isRead)
                    #expect(outcome == expected, "\(conditions) \(isRead)")
                }
            }
        }
    }

    private func expectation(
        _ match: String?, _ noneMatch: String?, _ since: Int64?, _ unmodified: Int64?, isRead: Bool
    ) -> Conditions.Outcome {
        if match != nil { if match != "*", match != "\"1\"" { return .failed } }
        if match == nil, let unmodified, unmodified < 1_000 { return .failed }
        if noneMatch != nil {
            if noneMatch != "\"2\"" { return isRead ? .notModified : .failed }
        } else if isRead, let since, since >= 1_000 {
            return .notModified
        }
        return .proceed
    }

    @Test("No conditions always hold, and are known to be none")
    func none() {
        #expect(Conditions().isEmpty && read(Conditions()) == .proceed && create(Conditions()) == .proceed)
        #expect(!conditions(modified: 0).isEmpty)
    }

    @Test("Lists of tags are read, with empty elements and commas in tags")
    func lists() {
        let weak = EntityTag(opaque: "2", isWeak: true)
        #expect(TagCondition(parsing: "\"1\"") == .tags([mine]))
        #expect(TagCondition(parsing: " ,\"1\" ,,\tW/\"2\",") == .tags([mine, weak]))
        #expect(TagCondition(parsing: "\"1\",\"2\"") == .tags([mine, other]))
        #expect(TagCondition(parsing: "\"a,b\"") == .tags([EntityTag(opaque: "a,b")]))
        #expect(TagCondition(parsing: " * ") == .any)
    }

    @Test(
        "Malformed lists are refused",
        arguments: [
            "", ",", " ", "1", "\"1", "\"1\" \"2\"", "\"1\";\"2\"", "*, \"1\"", "\"1\", *", "**", "w/\"1\"",
            "\"1\", x",
            "\"a b\"",
        ])
    func malformed(text: String) {
        #expect(TagCondition(parsing: text) == nil)
    }

    @Test("As many tags as the limit are read, one more is refused")
    func limit() {
        func list(_ count: Int) -> String { (0..<count).map { "\"\($0)\"" }.joined(separator: ",") }
        #expect(TagCondition(parsing: list(Limits.conditionTagsMax)) != nil)
        #expect(TagCondition(parsing: list(Limits.conditionTagsMax + 1)) == nil)
    }
}
