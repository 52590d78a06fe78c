// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "child.h"
#include "loop.h"
#include "tool.h"
#include "util.h"

static int hold[2];
static pid_t child;

static void on_child(int sig)
{
	int saved = errno;

	if (waitpid(child, NULL, WNOHANG) == child)
		stop();
	errno = saved;
}

uint32_t child_start(char **argv)
{
	struct sigaction action = { .sa_handler = on_child, .sa_flags = SA_NOCLDSTOP };
	char go;

	if (pipe2(hold, O_CLOEXEC))
		die("cannot make a pipe: %s", strerror(errno));
	child = fork();
	if (child < 0)
		die("cannot start %s: %s", *argv, strerror(errno));
	if (!child) {
		close(hold[1]);
		/* No byte comes when the tool has failed: then the command does not run. */
		if (read(hold[0], &go, 1) != 1)
			_exit(127);
		signal(SIGPIPE, SIG_DFL);
		/* JSON Lines are all that is on the standard output. */
		if (run.json)
			dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(*argv, argv);
		warn("cannot run %s: %s", *argv, strerror(errno));
		_exit(127);
	}
	close(hold[0]);
	sigaction(SIGCHLD, &action, NULL);
	return child;
}

void child_go(void)
{
	if (write(hold[1], "", 1) != 1)
		die("cannot start the command: %s", strerror(errno));
	close(hold[1]);
}
