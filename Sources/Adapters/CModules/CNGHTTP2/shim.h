// nghttp2: HTTP/2 framing, HPACK and the states of streams.
#pragma once
#include <nghttp2/nghttp2.h>
