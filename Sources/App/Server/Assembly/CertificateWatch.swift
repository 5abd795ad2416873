import Domain
import Ports
import TLS

/// What an operator should know of a certificate that is good today.
enum CertificateWarnings {
    /// Renewal by ACME begins thirty days before the end: what is this near was forgotten.
    static let expiryWarning: Duration = .seconds(14 * 86_400)

    static func log(_ pair: PEMKeyPair, _ expiry: WallTime?, now: WallTime, to log: any EventLog) {
        if pair.isKeyExposed, let file = pair.keyMaterial.file {
            log.log(
                .warn, "every user of this machine may read or write the private key; chmod it to 0600",
                [LogField("file", file)])
        }
        self.log(expiry, now: now, to: log)
    }

    static func log(_ expiry: WallTime?, now: WallTime, to log: any EventLog) {
        guard let expiry, expiry <= now + expiryWarning else { return }
        let fields = [
            LogField("expires", expiry.timestamp(fractionDigits: 0)),
            LogField("days_left", (expiry.nanoseconds &- now.nanoseconds) / 86_400_000_000_000),
        ]
        if expiry < now {
            log.log(.error, "the certificate has expired; replace it and send SIGHUP", fields)
        } else {
            log.log(.warn, "the certificate expires soon; replace it and send SIGHUP", fields)
        }
    }
}

/// Looks after the certificate of a running server once a day: warns before it ends, and lets session tickets
/// have fresh keys, so that none opens what is older than two days.
struct CertificateWatch {
    static let interval: Duration = .seconds(86_400)

    let context: TLSContext
    let time: any TimeSource
    let log: any EventLog

    /// Returns when the task is cancelled.
    func run() async {
        while (try? await time.sleep(until: time.monotonicNow() + Self.interval)) != nil {
            do throws(TLSContextError) { try context.rotateTicketKeys() } catch {
                log.log(
                    .error, "the keys of session tickets could not be renewed",
                    [LogField("error", error.description)])
            }
            CertificateWarnings.log(context.certificateExpiry, now: time.wallNow(), to: log)
        }
    }
}
