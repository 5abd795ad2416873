import Domain
import NodeSupport
import Ports
import Services
import TestSupport
import Testing

@testable import API

@Suite("Failures as answers")
struct ErrorResponsesTests {
    private let errors = ErrorResponses(contents: TestNode().node.contents)

    // Proves: error-codes
    @Test(
        "Each failure has its status and code",
        arguments: [
            (Failure.metadataUnavailable, 503, "METADATA_UNAVAILABLE"),
            (.backendUnavailable, 503, "BACKEND_UNAVAILABLE"),
            (.locksUnavailable, 503, "LOCKS_UNAVAILABLE"),
            (.cancelled, 503, "SHUTTING_DOWN"),
            (.instanceUnavailable(InstanceID("node-2")!), 502, "INSTANCE_UNAVAILABLE"),
            (.locked, 423, "LOCKED"),
            (.deadlineExceeded, 504, "DEADLINE_EXCEEDED"),
            (.insufficientStorage, 507, "INSUFFICIENT_STORAGE"),
            (.contended, 409, "WRITE_SUPERSEDED"),
            (.corrupt, 500, "INTERNAL_ERROR"),
            (.internalError("secret"), 500, "INTERNAL_ERROR"),
            (.body(.timedOut), 408, "REQUEST_TIMEOUT"),
            (.body(.truncated), 400, "INVALID_REQUEST"),
            (.bodyTooLarge(limit: 1), 413, "PAYLOAD_TOO_LARGE"),
            (.refused(.superseded), 409, "WRITE_SUPERSEDED"),
            (.refused(.pathTooLong), 400, "INVALID_PATH"),
            (.refused(.preconditionFailed), 412, "PRECONDITION_FAILED"),
        ])
    func statusAndCode(failure: Failure, status: Int, code: String) {
        let answer = errors.answer(to: failure)
        #expect(answer.status == status)
        #expect(WithheldItem.read(code: answer.code) == code)
        #expect(!answer.message.contains("secret"))
    }

    // Proves: retry-after
    @Test(
        "What another attempt may mend says when to make it",
        arguments: [
            Failure.metadataUnavailable, .backendUnavailable, .locksUnavailable, .locked, .cancelled,
            .instanceUnavailable(InstanceID("node-2")!),
        ])
    func retryAfter(failure: Failure) {
        #expect(errors.answer(to: failure).fields.contains { $0.name == "retry-after" && $0.value == "1" })
    }

    @Test("Only the log learns why it is the server's fault")
    func cause() {
        #expect(errors.answer(to: .internalError("the disk is gone")).cause?.contains("disk") == true)
        #expect(errors.answer(to: .refused(.rootIsFixed)).cause == nil)
    }
}
