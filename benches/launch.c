/* Runs a program and tells on standard output: wall time in microseconds, peak memory in KiB, exit status,
 * processor time (user and system) in microseconds.
 *
 * Small on purpose: Linux counts the memory of the process that a program was started from as the program's own peak,
 * so that nothing started from a script would seem smaller than the script's interpreter. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
    struct timespec begun, ended;
    struct rusage usage;
    int status;
    if (argc < 2) return 2;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    pid_t child = fork();
    if (child < 0) return 2;
    if (child == 0) {
        int nowhere = open("/dev/null", O_RDWR);
        dup2(nowhere, 0);
        dup2(nowhere, 1);
        dup2(nowhere, 2);
        execv(argv[1], argv + 1);
        _exit(127);
    }
    if (wait4(child, &status, 0, &usage) < 0) return 2;
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%lld %ld %d %lld\n", (ended.tv_sec - begun.tv_sec) * 1000000LL + (ended.tv_nsec - begun.tv_nsec) / 1000,
           usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
           (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    return 0;
}
