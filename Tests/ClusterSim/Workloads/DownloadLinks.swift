import Domain
import SimCheckers
import SimCore
package import SimWorld

/// Links are made and handed to everybody, and whoever is first gets the bytes: several ask at once, through
/// any node, and some come again.
package final class DownloadLinks: Workload, @unchecked Sendable {
    package static let name = "download-links"

    private let crowd: Crowd
    private let files = paths("/d/a", "/d/b")
    /// Links that some client was told of.
    private var links: [OperationID] = []
    private var lastClaimant = 0
    private var claims: [Int: (link: OperationID, claimant: Int)] = [:]

    package init(_ world: World) { crowd = Crowd(world) }

    package func setUp() async {
        for file in files { await crowd.prepare(.write(file, crowd.body(crowd.world.clients[0])), as: .ada) }
    }

    package func work() async { await crowd.work { [self] client in await turn(client) } }

    private func turn(_ client: SimulatedClient) async {
        let file = client.random.element(of: files)
        switch client.random.number(in: 0...9) {
        case 0...1:
            let (id, outcome) = await client.ask(.issueLink(file))
            if case .ok(.link) = outcome { links.append(id) }
        case 2: await client.perform(.write(file, crowd.body(client)))
        case 3:
            await client.perform(
                client.random.element(of: [.remove(file), .read(file), close(file, client)]))
        case 4:
            guard let claim = claims[client.number] else {
                await client.perform(.read(file))
                return
            }
            await client.perform(.redeemLink(claim.link, claimant: claim.claimant))
        default:
            guard !links.isEmpty else {
                await client.perform(.stat(file))
                return
            }
            // Mostly one of the newest, which others are after as well.
            let link = client.random.element(of: links.suffix(3))
            lastClaimant += 1
            let claimant = lastClaimant
            let outcome = await client.perform(.redeemLink(link, claimant: claimant))
            guard case .ok = outcome else { return }
            claims[client.number] = (link, claimant)
            guard client.random.happens(Ratio(1, of: 3)) else { return }
            await client.perform(.write(file, crowd.body(client)))
            await client.perform(.redeemLink(link, claimant: claimant))
        }
    }

    /// Shut out, the owner reads no more, nor does whoever has a link of the owner's.
    private func close(_ file: FilePath, _ client: SimulatedClient) -> Call {
        .setAttributes(
            file, NewAttributes(mode: FileMode(rawValue: client.random.element(of: [0, 0o600, 0o644]))))
    }

    package func check() async -> [String] {
        await crowd.readBack(files)
        return []
    }
}
