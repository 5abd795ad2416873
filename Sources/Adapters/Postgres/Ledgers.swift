package import Domain
package import Ports

extension PostgresMetadataStore: ContentLedger {
    package func reclaim(limit: Int) async throws(MetadataError) -> Int {
        try await number(.reclaim, [.number(limit)])
    }

    package func condemned(
        before time: WallTime, in stores: [StoreID], limit: Int
    ) async throws(MetadataError) -> [ContentLocation] {
        let parameters: [Parameter] = [
            .number(time.nanoseconds), .array(stores.map(\.description)), .number(limit),
        ]
        return try await read(.condemned, parameters) { rows throws(MetadataError) in
            try rows.map { row throws(MetadataError) in
                ContentLocation(
                    id: LocationID(try row.identifier(0)), store: StoreID(try row.identifier(1)),
                    isInline: row.flag(2))
            }
        }
    }

    package func forget(_ locations: [LocationID]) async throws(MetadataError) {
        _ = try await change(.forget, [.array(locations.map(\.description))])
    }

    package func claimOrphans(
        _ locations: [LocationID], in store: StoreID
    ) async throws(MetadataError) -> [LocationID] {
        let parameters: [Parameter] = [.array(locations.map(\.description)), .identifier(store)]
        return try await change(.claim, parameters).map { row throws(MetadataError) in
            LocationID(try row.identifier(0))
        }
    }

    package func reapDetached(limit: Int) async throws(MetadataError) -> Int {
        try await number(.reap, [.number(limit)])
    }

    /// Rows that go leave room that the server's own vacuum gives back.
    package func compact() async throws(MetadataError) -> Bool {
        let rows = try await change(
            .tidy,
            [
                .number(PostgresLimits.tidyStep), .number(settings.outcomesKept.wholeNanoseconds),
                .number(PostgresLimits.directoryQuiet.wholeNanoseconds),
            ])
        return rows.first?.flag(0) ?? false
    }

    package func now() async throws(MetadataError) -> WallTime {
        try await read(.now, []) { rows throws(MetadataError) in
            guard let row = rows.first else { throw .corrupt }
            return try row.time(0)
        }
    }

    package func counts() async throws(MetadataError) -> LedgerCounts {
        try await read(.counts, []) { rows throws(MetadataError) in
            guard let row = rows.first else { throw .corrupt }
            return LedgerCounts(
                candidates: Int(try row.number(0)), condemned: Int(try row.number(1)),
                detachedTrees: Int(try row.number(2)))
        }
    }

    package func locations(
        in store: StoreID, after location: LocationID?, limit: Int
    ) async throws(MetadataError) -> [StoredLocation] {
        let parameters: [Parameter] = [
            .identifier(store), location.map(Parameter.identifier) ?? .null, .number(limit),
        ]
        return try await read(.locations, parameters) { rows throws(MetadataError) in
            try rows.map { row throws(MetadataError) in
                StoredLocation(
                    id: LocationID(try row.identifier(0)), size: try row.unsigned(1), sha256: row.bytes(2))
            }
        }
    }

    package func check(limit: Int) async throws(MetadataError) -> [String] {
        let rows = try await connecting.withSession { session throws(SessionFailure) in
            try session.run(
                [DirectSession.Command("SELECT set_config('statement_timeout', '0', false)")],
                within: PostgresLimits.sessionSetupMax)
            return try session.run(
                [DirectSession.Command("SELECT subject, sentence FROM contradictions(\(limit))")],
                within: PostgresLimits.checkMax)
        }
        guard let findings = rows.first else { throw .corrupt }
        return try findings.map { row throws(MetadataError) in
            "\(try row.identifier(0)): \(try row.text(1))"
        }
    }
}

extension PostgresMetadataStore: LinkStore {
    package func link(_ key: LinkKey) async throws(MetadataError) -> FoundLink? {
        try await read(.link, [.identifier(key)]) { rows throws(MetadataError) in
            guard let row = rows.first else { return nil }
            let link = try LinkRow.read(row)
            let bytes = LinkRow.columnCount + ContentRow.columnCount
            let content = try ContentRow.read(row, at: LinkRow.columnCount, bytes: bytes)
            guard content?.id == link.pinnedContent else { throw .corrupt }
            return FoundLink(link: link, content: content, time: try row.time(bytes + 1))
        }
    }

    package func retireLinks(limit: Int) async throws(MetadataError) -> Int {
        try await number(.retire, [.number(limit), .number(Limits.linkMemory.wholeNanoseconds)])
    }
}

extension PostgresMetadataStore: AnswerLedger {
    package func answer(to key: IdempotencyKey) async throws(MetadataError) -> AnswerLookup {
        try await read(.answer, [.text(key.principal), .text(key.text)]) { rows throws(MetadataError) in
            guard let row = rows.first else { throw .corrupt }
            let kept = Int(row.optionalNumber(0) ?? 0)
            guard let head = row.bytes(1), let bytes = row.bytes(3) else {
                return AnswerLookup(answered: nil, keptOfPrincipal: kept)
            }
            guard let answer = RecordedAnswer(stored: bytes) else { throw .corrupt }
            let claim = IdempotencyClaim(key: key, head: head, body: row.bytes(2))
            let answered = AnsweredRequest(claim: claim, answer: answer, at: try row.time(4))
            let holds = answered.holds(at: try row.time(5))
            return AnswerLookup(answered: holds ? answered : nil, keptOfPrincipal: kept)
        }
    }

    package func forgetAnswers(limit: Int) async throws(MetadataError) -> Int {
        try await number(
            .forgetAnswers, [.number(limit), .number(Limits.idempotencyKept.wholeNanoseconds)])
    }
}

extension PostgresMetadataStore: MemberRegistry {
    /// Decided here, on what is known, and written only if that is still so.
    package func announce(
        _ announcement: Announcement
    ) async throws(MetadataError) -> AnnouncementOutcome {
        for _ in 0..<PostgresLimits.announceAttemptsMax {
            let list = try await members()
            let known = list.members.first { $0.instance == announcement.instance }
            let outcome = announcement.outcome(knowing: known, at: list.time)
            guard case .announced(let member, _) = outcome else { return outcome }
            let parameters: [Parameter] = [
                .text(member.instance.text), .optional(member.endpoint?.description),
                .text(member.state.rawValue), .text(member.incarnation.description),
                .number(member.announcedUntil.nanoseconds),
                .optional(known?.incarnation.description), .optional(known?.state.rawValue),
                known.map { .number($0.announcedUntil.nanoseconds) } ?? .null,
            ]
            if try await change(.announce, parameters).count == 1 { return outcome }
        }
        throw .unavailable
    }

    package func members() async throws(MetadataError) -> MemberList {
        try await read(.members, []) { rows throws(MetadataError) in
            guard let first = rows.first else { throw .corrupt }
            let time = try first.time(MemberRow.columnCount)
            guard !first.isNull(0) else { return MemberList(members: [], time: time) }
            return MemberList(members: try rows.map(MemberRow.read), time: time)
        }
    }

    package func forget(_ instance: InstanceID) async throws(MetadataError) -> Bool {
        for _ in 0..<PostgresLimits.announceAttemptsMax {
            let list = try await members()
            guard let member = list.members.first(where: { $0.instance == instance }) else { return true }
            guard member.standing(at: list.time) != .serving else { return false }
            let parameters: [Parameter] = [
                .text(instance.text), .text(member.incarnation.description), .text(member.state.rawValue),
                .number(member.announcedUntil.nanoseconds),
            ]
            if try await change(.leave, parameters).count == 1 { return true }
        }
        throw .unavailable
    }
}
