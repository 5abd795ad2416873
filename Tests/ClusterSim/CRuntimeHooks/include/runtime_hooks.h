#ifndef CALLFS_RUNTIME_HOOKS_H
#define CALLFS_RUNTIME_HOOKS_H

/// Has every job that the Swift runtime would hand to its global or its main executor given to `hook`,
/// with the function that would have taken it (swift_task_enqueueGlobal_hook and
/// swift_task_enqueueMainExecutor_hook in Concurrency.h of the runtime). For the whole process.
void callfs_set_enqueue_hooks(const void *hook);

/// fork(2), which Swift keeps from its programs: right only where there is one thread.
int callfs_fork(void);

#endif
