/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/* The twin's own words on stderr. */

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "twin.h"

void
twin_log(const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	size_t n;
	int len;

	n = (size_t)snprintf(line, sizeof(line), "oriel-twin: ");
	va_start(ap, fmt);
	len = vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	n += (size_t)len < sizeof(line) - n - 1 ? (size_t)len : sizeof(line) - n - 2;
	line[n++] = '\n';
	/* One write, and not through stdio: the program may be inside its own. */
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}
