internal import Domain
internal import Ports

/// How a node that announced itself is kept in a row.
enum MemberRow {
    static let select = "SELECT instance, endpoint, state, incarnation, announced_until FROM member"

    static func read(_ row: Statement) throws(SQLiteFailure) -> Member {
        guard let instance = row.text(0).flatMap(InstanceID.init),
            let state = row.text(2).flatMap(MemberState.init(rawValue:))
        else { throw .corrupt("an announced node cannot be read") }
        return Member(
            instance: instance, endpoint: row.text(1).flatMap(HTTPOrigin.init(parsing:)), state: state,
            incarnation: try row.identifier(3), announcedUntil: row.time(4))
    }
}

/// Asked for rarely, so nothing is prepared before.
extension TreeReader {
    func members() throws(SQLiteFailure) -> MemberList {
        let members = try connection.prepare(MemberRow.select + " ORDER BY instance").all(MemberRow.read)
        return MemberList(members: members, time: clock.sample())
    }
}

extension Writer {
    func announce(_ announcement: Announcement) throws(SQLiteFailure) -> AnnouncementOutcome {
        let known = try member(announcement.instance)
        let outcome = announcement.outcome(knowing: known, at: tree.clock.advance())
        guard case .announced(let member, _) = outcome else { return outcome }
        let row = try tree.connection.prepare(
            """
            INSERT OR REPLACE INTO member (instance, endpoint, state, incarnation, announced_until)
            VALUES (?1, ?2, ?3, ?4, ?5)
            """)
        try row.bind(1, member.instance.text).bind(2, member.endpoint?.description)
            .bind(3, member.state.rawValue).bind(4, member.incarnation).bind(5, member.announcedUntil).run()
        return outcome
    }

    func forget(_ instance: InstanceID) throws(SQLiteFailure) -> Bool {
        let now = tree.clock.advance()
        if let member = try member(instance), member.standing(at: now) == .serving { return false }
        try tree.connection.prepare("DELETE FROM member WHERE instance = ?1").bind(1, instance.text).run()
        return true
    }

    private func member(_ instance: InstanceID) throws(SQLiteFailure) -> Member? {
        try tree.connection.prepare(MemberRow.select + " WHERE instance = ?1").bind(1, instance.text)
            .first(MemberRow.read)
    }
}
