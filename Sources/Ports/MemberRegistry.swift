package import Domain

/// The nodes of a deployment, kept by the metadata store: so that one can join or leave without a change on
/// the others, and no two go by one name.
///
/// Strictly serializable, and each call is one bounded transaction. Time is the store's.
package protocol MemberRegistry: Sendable {
    /// Says that a node is there, as `Announcement.outcome` decides: adds it, prolongs what it said before,
    /// changes its state, or takes the name over from a process that is gone. Safe to repeat after a failure;
    /// `ambiguous` is not thrown, the next announcement says the same again.
    func announce(_ announcement: Announcement) async throws(MetadataError) -> AnnouncementOutcome

    /// All nodes that ever announced themselves and were not forgotten, by name, and the time.
    func members() async throws(MetadataError) -> MemberList

    /// Drops a node that does not serve any more, whose stores nobody will bring back. False, and nothing is
    /// dropped, while it is alive.
    func forget(_ instance: InstanceID) async throws(MetadataError) -> Bool
}

package struct MemberList: Sendable, Equatable {
    package let members: [Member]
    package let time: WallTime

    package init(members: [Member], time: WallTime) {
        self.members = members
        self.time = time
    }
}
