# Keeps of a Swift Testing log what somebody has to act on: failures with their details, and crashes.
#
# An event is a line with a mark and the lines without one that follow it.
/^(◇|✔|➜|\[)/ { keeps = 0 }
/^✘/ { keeps = 1 }
/^↳ (Testing Library|Target Platform)/ { next }
/failed to suspend thread/ { next }
/Fatal error|[Pp]recondition failed|error:|\*\*\* / { keeps = 1 }
keeps
