/// Moves an entry, changes the attributes of what it leads to, or both at one instant.
package enum ChangeEntry {
    package struct Request: Sendable, Equatable {
        /// Nil to leave the entry where it is.
        package var move: MoveEntry.Request?
        /// Nil to leave the attributes as they are.
        package var attributes: SetAttributes.Request?
        /// On the source.
        package var conditions: Conditions
        package var deadline: WallTime?

        package init(
            move: MoveEntry.Request? = nil, attributes: SetAttributes.Request? = nil,
            conditions: Conditions = Conditions(), deadline: WallTime? = nil
        ) {
            self.move = move
            self.attributes = attributes
            self.conditions = conditions
            self.deadline = deadline
        }
    }

    /// Each half is judged by the rules of its own plan on what is there before either: the move first, then
    /// the attributes, the conditions last. `destination` is there exactly when something moves.
    ///
    /// A file is guarded whole, so that its answer is what the commit left.
    package static func plan(
        _ request: Request, from source: Resolution, to destination: Resolution?, by principal: Principal,
        ids: inout some IdentifierSource
    ) throws(Refusal) -> Plan {
        let move = try destination.map { destination throws(Refusal) in
            var move = request.move ?? MoveEntry.Request()
            move.conditions = request.attributes == nil ? request.conditions : Conditions()
            move.deadline = request.deadline
            return try MoveEntry.plan(move, from: source, to: destination, by: principal, ids: &ids)
        }
        if let move, request.attributes == nil { return guardingFile(move, source) }
        if move != nil, source.target?.kind == .symlink {
            throw .invalid(
                "'\(source.path)' is a symbolic link. Move it and change attributes in two requests.")
        }
        var attributes = request.attributes ?? SetAttributes.Request()
        attributes.conditions = request.conditions
        attributes.deadline = request.deadline
        let change = try SetAttributes.plan(attributes, on: source, by: principal, ids: &ids)
        return guardingFile(move?.joined(with: change) ?? change, source)
    }

    private static func guardingFile(_ plan: Plan, _ source: Resolution) -> Plan {
        guard let file = source.target, file.kind == .file else { return plan }
        return plan.guarded(by: [.unchanged(file.id, version: file.changeVersion)])
    }
}
