import Domain
import Ports
import Services

/// The one place where a failure becomes an HTTP answer.
struct ErrorResponses {
    let contents: ContentStores

    func answer(to failure: Failure) -> ErrorAnswer {
        var answer = shape(failure)
        if answer.status >= 500 { answer.cause = String(describing: failure) }
        if case .refused(let refusal) = failure {
            if refusal.isLasting { answer.standing = .lasting }
            if case .keyUsed(let body) = refusal { answer.standing = .answeredBefore(body: body) }
        }
        return answer
    }

    private func shape(_ failure: Failure) -> ErrorAnswer {
        switch failure {
        case .refused(let refusal): answer(to: refusal)
        case .body(let error): Self.answer(to: error)
        case .bodyTooLarge(let limit):
            ErrorAnswer(413, "PAYLOAD_TOO_LARGE", "The body is larger than \(limit) bytes.")
        case .treeTooLarge(let limit):
            ErrorAnswer(
                413, "PAYLOAD_TOO_LARGE",
                "One request copies at most \(limit) entries; there are more here, or they are very deep."
            )
        case .digestMismatch(let algorithm): .digestMismatch(algorithm)
        case .metadataUnavailable:
            Self.retriable(503, "METADATA_UNAVAILABLE", "The metadata store does not answer. Try again.")
        case .backendUnavailable:
            Self.retriable(503, "BACKEND_UNAVAILABLE", "The storage backend does not answer. Try again.")
        case .instanceUnavailable(let instance):
            Self.unavailable(instance)
        case .insufficientStorage:
            ErrorAnswer(507, "INSUFFICIENT_STORAGE", "There is no room for this. Nothing was changed.")
        case .locked:
            Self.retriable(423, "LOCKED", "Somebody else is writing this. Try again.")
        case .locksUnavailable:
            Self.retriable(503, "LOCKS_UNAVAILABLE", "The lock service does not answer. Try again.")
        case .deadlineExceeded:
            ErrorAnswer(504, "DEADLINE_EXCEEDED", "The operation took too long. Nothing was changed.")
        case .contended:
            ErrorAnswer(
                409, "WRITE_SUPERSEDED", "Others changed the same things at the same time. Try again.")
        case .linkNotFound:
            ErrorAnswer(404, "LINK_NOT_FOUND", "There is no such link.")
        case .linkGone:
            ErrorAnswer(
                410, "LINK_GONE", "The link was used, has expired, or leads nowhere any more.")
        case .corrupt:
            ErrorAnswer(500, "INTERNAL_ERROR", "What is stored is damaged; the operator's log says more.")
        case .cancelled:
            Self.retriable(503, "SHUTTING_DOWN", "The server is shutting down. Try again.")
        case .internalError:
            ErrorAnswer(500, "INTERNAL_ERROR", "Something went wrong; the operator's log says more.")
        }
    }

    private func answer(to refusal: Refusal) -> ErrorAnswer {
        switch refusal {
        case .notFound(let path):
            ErrorAnswer(404, "FILE_NOT_FOUND", "There is nothing at '\(path)'.")
        case .notADirectory(let path):
            ErrorAnswer(409, "NOT_A_DIRECTORY", "'\(path)' is not a directory.")
        case .isADirectory(let path):
            ErrorAnswer(400, "IS_A_DIRECTORY", "'\(path)' is a directory.")
        case .permissionDenied(let denial):
            Self.answer(to: denial)
        case .alreadyExists(let conflict):
            answer(to: conflict)
        case .directoryNotEmpty(let path):
            ErrorAnswer(
                409, "DIRECTORY_NOT_EMPTY",
                "'\(path)' is not empty; '?recursive=true' removes it with all it holds.")
        case .preconditionFailed:
            .conditionFailed
        case .notModified:
            ErrorAnswer(304, "NOT_MODIFIED", "")
        case .rootIsFixed:
            ErrorAnswer(400, "INVALID_REQUEST", "The root directory cannot be removed, moved or replaced.")
        case .moveIntoItself:
            ErrorAnswer(400, "INVALID_REQUEST", "A directory cannot be moved into itself.")
        case .tooManyLinks(let path):
            ErrorAnswer(409, "INVALID_REQUEST", "'\(path)' has as many names as it can have.")
        case .pathTooLong:
            ErrorAnswer(400, "INVALID_PATH", PathRefusal(rule: .pathTooLong).description)
        case .nameTooLong, .linkLoop:
            ErrorAnswer(400, "INVALID_PATH", refusal.description)
        case .superseded:
            ErrorAnswer(409, "WRITE_SUPERSEDED", "A later writer was faster. Read again and decide.")
        case .keyUsed:
            ErrorAnswer(409, "WRITE_SUPERSEDED", "The idempotency key was used at the same time. Try again.")
        case .invalid(let reason):
            ErrorAnswer(400, "INVALID_REQUEST", reason)
        }
    }

    private static func answer(to denial: AccessDenial) -> ErrorAnswer {
        var answer = ErrorAnswer(403, "PERMISSION_DENIED", denial.description)
        answer.decidedBy = DecidedBy(denial)
        return answer
    }

    private func answer(to conflict: Conflict) -> ErrorAnswer {
        var answer = ErrorAnswer(
            409, "FILE_ALREADY_EXISTS", "There is something at '\(conflict.path)' already.")
        answer.details = [("existing_path", conflict.path.description)]
        if let store = contents.registration(for: conflict.location) {
            if let instance = store.instance { answer.details.append(("instance_id", instance.text)) }
            answer.details.append(("backend_type", store.kind.rawValue))
        }
        answer.details.append(("suggestion", conflict.suggestion))
        if conflict.kind == .file {
            answer.details.append(("update_url", "/v1/files" + PercentEncoding.encode(path: conflict.path)))
        }
        return answer
    }

    private static func answer(to error: ByteStreamError) -> ErrorAnswer {
        switch error {
        case .truncated: .invalidRequest("The body is shorter than it was announced to be.")
        case .tooLarge(let limit):
            ErrorAnswer(413, "PAYLOAD_TOO_LARGE", "The body is larger than \(limit) bytes.")
        case .malformed: .invalidRequest("The body is not framed as HTTP asks.")
        case .timedOut: ErrorAnswer(408, "REQUEST_TIMEOUT", "The body came too slowly.")
        case .corrupt:
            ErrorAnswer(500, "INTERNAL_ERROR", "What is stored is damaged; the operator's log says more.")
        case .unavailable:
            retriable(503, "BACKEND_UNAVAILABLE", "The storage backend does not answer. Try again.")
        case .cancelled: retriable(503, "SHUTTING_DOWN", "The server is shutting down. Try again.")
        }
    }

    private static func unavailable(_ instance: InstanceID) -> ErrorAnswer {
        var answer = retriable(
            502, "INSTANCE_UNAVAILABLE",
            "The node '\(instance)', which has this content, does not answer. Try again.")
        answer.details = [("instance_id", instance.text)]
        return answer
    }

    private static func retriable(_ status: Int, _ code: String, _ message: String) -> ErrorAnswer {
        var answer = ErrorAnswer(status, code, message)
        answer.fields = [("retry-after", "1")]
        return answer
    }
}
