#include "runtime_hooks.h"

#include <unistd.h>

// Named and not looked up: where the runtime is linked in, no table has them.
extern const void *swift_task_enqueueGlobal_hook;
extern const void *swift_task_enqueueMainExecutor_hook;

void callfs_set_enqueue_hooks(const void *hook) {
    swift_task_enqueueGlobal_hook = hook;
    swift_task_enqueueMainExecutor_hook = hook;
}

int callfs_fork(void) { return fork(); }
