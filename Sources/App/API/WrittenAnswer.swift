import Domain
import Ports
import Services

extension EntryRepresentation {
    /// An answer about what was made or changed. The fields, its tag and digest too, are those of the
    /// entry, and not of the JSON that tells of it. `wanted` is what the request said in
    /// `Want-Repr-Digest`, which was read before anything was done.
    func answer(
        _ written: WrittenFile, _ exchange: Exchange, saysWhere: Bool, wanted: WantedDigests?
    ) -> HTTPResponse {
        var response = exchange.answer(written.isNew ? 201 : 200, json: json(written.state))
        if saysWhere { response.fields.append("location", written.state.url) }
        append(written.state, to: &response.fields)
        if let digests = written.digests, let value = DigestFields.value(wanted, of: digests) {
            response.fields.append("repr-digest", value)
        }
        return response
    }
}
