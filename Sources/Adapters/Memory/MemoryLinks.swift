import Domain
import Ports

extension MemoryTables {
    func link(_ key: LinkKey, at time: WallTime) -> FoundLink? {
        links[key].map { link in
            FoundLink(
                link: link, content: link.pinnedContent.flatMap { content($0, .inlineBytes) }, time: time)
        }
    }

    /// Claims first, then rows; each by its end.
    mutating func retireLinks(limit: Int, at time: WallTime) -> Int {
        let ordered = links.sorted { ($0.value.endsAt, $0.key) < ($1.value.endsAt, $1.key) }
        var count = 0
        for (key, before) in ordered where count < limit {
            var link = before
            guard link.retire(at: time) else { continue }
            release(before.pinnedContent, settingLink: key, to: link)
            count += 1
        }
        for (key, link) in ordered where count < limit && link.isForgotten(at: time) {
            setLink(key, to: nil)
            count += 1
        }
        return count
    }
}
