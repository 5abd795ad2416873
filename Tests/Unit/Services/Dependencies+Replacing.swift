import Ports
import Services

extension Dependencies {
    /// The same with another metadata store.
    func replacing(metadata: any MetadataStore) -> Dependencies {
        Dependencies(
            instance: instance, metadata: metadata, ledger: ledger, links: links, contents: contents,
            locks: locks, time: time, entropy: entropy, hash: hash, log: log, settings: settings,
            cluster: cluster)
    }
}
