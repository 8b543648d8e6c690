/*
 * A resolver that hangs: preloaded, it makes getaddrinfo() of names that begin with "slow" wait for ever, and of every name while the
 * file named by SLOW_DNS exists. Other calls go to the real one.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	const char *file = getenv("SLOW_DNS");

	if (node != NULL && (hints == NULL || !(hints->ai_flags & AI_NUMERICHOST))) {
		while (strncmp(node, "slow", 4) == 0)
			pause();
		while (file != NULL && access(file, F_OK) == 0)
			usleep(50000);
	}
	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	return real(node, service, hints, result);
}
