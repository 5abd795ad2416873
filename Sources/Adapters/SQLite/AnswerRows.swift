internal import Domain
internal import Ports

/// The answers that are kept, on the writer's thread and inside its transaction.
final class AnswerRows {
    private let recordedAt: Statement
    private let delete: Statement
    private let insert: Statement
    private let deleteOld: Statement

    init(_ connection: Connection) throws(SQLiteFailure) {
        recordedAt = try connection.prepare("SELECT recorded FROM answer WHERE principal = ?1 AND key = ?2")
        delete = try connection.prepare("DELETE FROM answer WHERE principal = ?1 AND key = ?2")
        insert = try connection.prepare(
            """
            INSERT INTO answer (principal, key, head, body, answer, recorded)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """)
        deleteOld = try connection.prepare(
            """
            DELETE FROM answer WHERE (principal, key) IN (
                SELECT principal, key FROM answer WHERE recorded <= ?1 ORDER BY recorded LIMIT ?2)
            """)
    }

    func isUsed(_ key: IdempotencyKey, at time: WallTime) throws(SQLiteFailure) -> Bool {
        let recorded = try recordedAt.bind(1, key.principal).bind(2, key.text).first { row in row.time(0) }
        return recorded.map { $0 + Limits.idempotencyKept > time } ?? false
    }

    /// False when the key is used.
    func record(
        _ claim: IdempotencyClaim, _ answer: RecordedAnswer, at time: WallTime
    ) throws(SQLiteFailure) -> Bool {
        guard try !isUsed(claim.key, at: time) else { return false }
        try delete.bind(1, claim.key.principal).bind(2, claim.key.text).run()
        insert.bind(1, claim.key.principal).bind(2, claim.key.text).bind(3, claim.head)
        try insert.bind(4, claim.body).bind(5, answer.stored).bind(6, time).run()
        return true
    }

    func forget(before time: WallTime, limit: Int) throws(SQLiteFailure) -> Int {
        try deleteOld.bind(1, time).bind(2, limit).runCountingChanges()
    }
}

extension TreeReader {
    func answer(to key: IdempotencyKey) throws(SQLiteFailure) -> AnswerLookup {
        let now = clock.sample()
        let statement = try connection.prepare(
            """
            SELECT k.kept, a.head, a.body, a.answer, a.recorded FROM answer_count k
            LEFT JOIN answer a ON a.principal = k.principal AND a.key = ?2 WHERE k.principal = ?1
            """)
        let found = try statement.bind(1, key.principal).bind(2, key.text).first {
            row throws(SQLiteFailure) in
            let kept = Int(row.integer(0))
            guard let head = row.bytes(1), let bytes = row.bytes(3) else {
                return AnswerLookup(answered: nil, keptOfPrincipal: kept)
            }
            guard let answer = RecordedAnswer(stored: bytes) else {
                throw .corrupt("a kept answer cannot be read")
            }
            let claim = IdempotencyClaim(key: key, head: head, body: row.bytes(2))
            let answered = AnsweredRequest(claim: claim, answer: answer, at: row.time(4))
            return AnswerLookup(answered: answered.holds(at: now) ? answered : nil, keptOfPrincipal: kept)
        }
        return found ?? AnswerLookup(answered: nil, keptOfPrincipal: 0)
    }
}
