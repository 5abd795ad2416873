#define _GNU_SOURCE
#include "callfs_errors.h"
#include <stdio.h>
#include <string.h>

void callfs_error_text(int error_number, char *text, size_t capacity) {
    char buffer[256];
    snprintf(text, capacity, "%s", strerror_r(error_number, buffer, sizeof buffer));
}
