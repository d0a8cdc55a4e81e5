/* Counts the file operations of a process in one folder, and ends the process, or lets a call fail, at the Nth of them.
 *
 * Loaded before the C library (LD_PRELOAD), it sees what Python, DuckDB, Arrow and Polars ask of the system alike. It counts
 * nothing until `sweep_arm` names the folder. What it answers for itself is the system call and nothing else, so it needs no
 * lock and may be used after a fork. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The kinds of operation; tests/sweep/interposed.py has the same list. */
enum { OPEN = 1, MAKE = 2, READ = 4, WRITE = 8, STAT = 16, SYNC = 32, NAME = 64, REMOVE = 128, MODE = 256, LIST = 512, LOCK = 1024 };

static char folder[4096];
static size_t length;
static int wanted, number, report = -1;
static long last;
static atomic_long counts[11], seen;

/* From now on operations of the kinds `kinds` below `path` are counted; the `nth` ends the process (`fail` 0) or fails with the
 * error `fail`, and with `fail` negative so do all that follow. What it was is written to the descriptor `told`. */
void sweep_arm(const char *path, int kinds, long nth, int fail, int told) {
    for (int kind = 0; kind < 11; kind++) counts[kind] = 0;
    seen = 0;
    wanted = kinds, last = nth, number = fail, report = told;
    strncpy(folder, path, sizeof folder - 1);
    length = strlen(folder);
}

long sweep_count(int kind) { return counts[kind]; }

static int inside(const char *path) {
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* The place of a descriptor; empty where it is none below the folder. */
static const char *place_of(int descriptor, char *place) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    long size = syscall(SYS_readlinkat, AT_FDCWD, link, place, 4000);
    place[size < 0 ? 0 : size] = 0;
    return place;
}

/* 0 where the operation goes on; -1, with errno, where it fails. */
static int happens(int kind, const char *what, const char *path) {
    if (!length || !path || !inside(path)) return 0;
    counts[__builtin_ctz(kind)]++;
    if (!(kind & wanted)) return 0;
    long nth = ++seen;
    if (!last || (number < 0 ? nth < last : nth != last)) return 0;
    if (report >= 0 && nth == last) {
        char line[4400];
        int size = snprintf(line, sizeof line, "%s %s", what, path + length);
        syscall(SYS_write, report, line, size);
    }
    if (!number) {
        syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
        for (;;) syscall(SYS_pause);
    }
    errno = number < 0 ? -number : number;
    return -1;
}

static int at(int kind, const char *what, int descriptor, const char *path) {
    char place[8200];
    if (!length || !path) return 0;
    if (path[0] == '/') return happens(kind, what, path);
    if (descriptor == AT_FDCWD) {
        if (syscall(SYS_getcwd, place, 4000) < 0) return 0;
    } else if (!*place_of(descriptor, place))
        return 0;
    if (path[0]) {
        strcat(place, "/");
        strncat(place, path, 4000);
    }
    return happens(kind, what, place);
}

static int on(int kind, const char *what, int descriptor) {
    char place[4100];
    return length ? happens(kind, what, place_of(descriptor, place)) : 0;
}

static int opening(int flags) { return flags & (O_CREAT | O_TRUNC) ? MAKE : OPEN; }

static int open_at(int descriptor, const char *path, int flags, mode_t mode) {
    if (at(opening(flags), flags & (O_CREAT | O_TRUNC) ? "open to write" : "open", descriptor, path)) return -1;
    return syscall(SYS_openat, descriptor, path, flags, mode);
}

#define WITH_MODE \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, int); va_end(more); }
int open(const char *path, int flags, ...) { WITH_MODE return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { WITH_MODE return open_at(AT_FDCWD, path, flags, mode); }
int openat(int descriptor, const char *path, int flags, ...) { WITH_MODE return open_at(descriptor, path, flags, mode); }
int openat64(int descriptor, const char *path, int flags, ...) { WITH_MODE return open_at(descriptor, path, flags, mode); }
int __open_2(const char *path, int flags) { return open_at(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return open_at(AT_FDCWD, path, flags, 0); }
int creat(const char *path, mode_t mode) { return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

#define NEXT(name, result, ...) \
    static result (*next)(__VA_ARGS__); \
    if (!next) next = dlsym(RTLD_NEXT, name);
FILE *fopen(const char *path, const char *mode) {
    NEXT("fopen", FILE *, const char *, const char *)
    return at(strchr(mode, 'r') ? OPEN : MAKE, "open", AT_FDCWD, path) ? NULL : next(path, mode);
}
FILE *fopen64(const char *path, const char *mode) {
    NEXT("fopen64", FILE *, const char *, const char *)
    return at(strchr(mode, 'r') ? OPEN : MAKE, "open", AT_FDCWD, path) ? NULL : next(path, mode);
}
DIR *opendir(const char *path) {
    NEXT("opendir", DIR *, const char *)
    return at(LIST, "list", AT_FDCWD, path) ? NULL : next(path);
}
DIR *fdopendir(int descriptor) {
    NEXT("fdopendir", DIR *, int)
    return on(LIST, "list", descriptor) ? NULL : next(descriptor);
}

#define ON(kind, name, result, parameters, call) \
    result name parameters { return on(kind, #name, descriptor) ? -1 : (result)syscall call; }
#define AT(kind, name, parameters, where, path, call) \
    int name parameters { return at(kind, #name, where, path) ? -1 : (int)syscall call; }
ON(READ, read, ssize_t, (int descriptor, void *to, size_t size), (SYS_read, descriptor, to, size))
ON(READ, pread, ssize_t, (int descriptor, void *to, size_t size, off_t from), (SYS_pread64, descriptor, to, size, from))
ON(READ, pread64, ssize_t, (int descriptor, void *to, size_t size, off_t from), (SYS_pread64, descriptor, to, size, from))
ON(READ, readv, ssize_t, (int descriptor, const struct iovec *to, int many), (SYS_readv, descriptor, to, many))
ON(READ, preadv, ssize_t, (int descriptor, const struct iovec *to, int many, off_t from), (SYS_preadv, descriptor, to, many, from, 0))
ON(READ, preadv64, ssize_t, (int descriptor, const struct iovec *to, int many, off_t from), (SYS_preadv, descriptor, to, many, from, 0))
ON(WRITE, write, ssize_t, (int descriptor, const void *from, size_t size), (SYS_write, descriptor, from, size))
ON(WRITE, pwrite, ssize_t, (int descriptor, const void *from, size_t size, off_t to), (SYS_pwrite64, descriptor, from, size, to))
ON(WRITE, pwrite64, ssize_t, (int descriptor, const void *from, size_t size, off_t to), (SYS_pwrite64, descriptor, from, size, to))
ON(WRITE, writev, ssize_t, (int descriptor, const struct iovec *from, int many), (SYS_writev, descriptor, from, many))
ON(WRITE, sendfile, ssize_t, (int descriptor, int from, off_t *start, size_t size), (SYS_sendfile, descriptor, from, start, size))
ON(WRITE, sendfile64, ssize_t, (int descriptor, int from, off_t *start, size_t size), (SYS_sendfile, descriptor, from, start, size))
ON(WRITE, ftruncate, int, (int descriptor, off_t size), (SYS_ftruncate, descriptor, size))
ON(WRITE, ftruncate64, int, (int descriptor, off_t size), (SYS_ftruncate, descriptor, size))
ON(WRITE, fallocate, int, (int descriptor, int mode, off_t from, off_t size), (SYS_fallocate, descriptor, mode, from, size))
ON(SYNC, fsync, int, (int descriptor), (SYS_fsync, descriptor))
ON(SYNC, fdatasync, int, (int descriptor), (SYS_fdatasync, descriptor))
ON(LOCK, flock, int, (int descriptor, int how), (SYS_flock, descriptor, how))
ON(MODE, fchmod, int, (int descriptor, mode_t mode), (SYS_fchmod, descriptor, mode))
ON(STAT, fstat, int, (int descriptor, struct stat *into), (SYS_fstat, descriptor, into))
ON(STAT, fstat64, int, (int descriptor, struct stat64 *into), (SYS_fstat, descriptor, into))
ssize_t copy_file_range(int from, off64_t *start, int descriptor, off64_t *to, size_t size, unsigned flags) {
    return on(WRITE, "copy_file_range", descriptor) ? -1 : syscall(SYS_copy_file_range, from, start, descriptor, to, size, flags);
}
AT(WRITE, truncate, (const char *path, off_t size), AT_FDCWD, path, (SYS_truncate, path, size))
AT(STAT, stat, (const char *path, struct stat *into), AT_FDCWD, path, (SYS_newfstatat, AT_FDCWD, path, into, 0))
AT(STAT, stat64, (const char *path, struct stat64 *into), AT_FDCWD, path, (SYS_newfstatat, AT_FDCWD, path, into, 0))
AT(STAT, lstat, (const char *path, struct stat *into), AT_FDCWD, path, (SYS_newfstatat, AT_FDCWD, path, into, AT_SYMLINK_NOFOLLOW))
AT(STAT, lstat64, (const char *path, struct stat64 *into), AT_FDCWD, path, (SYS_newfstatat, AT_FDCWD, path, into, AT_SYMLINK_NOFOLLOW))
AT(STAT, fstatat, (int where, const char *path, struct stat *into, int flags), where, path, (SYS_newfstatat, where, path, into, flags))
AT(STAT, fstatat64, (int where, const char *path, struct stat64 *into, int flags), where, path, (SYS_newfstatat, where, path, into, flags))
AT(STAT, statx, (int where, const char *path, int flags, unsigned mask, struct statx *into), where, path, (SYS_statx, where, path, flags, mask, into))
AT(STAT, access, (const char *path, int how), AT_FDCWD, path, (SYS_faccessat, AT_FDCWD, path, how))
ssize_t readlink(const char *path, char *into, size_t size) {
    return at(STAT, "readlink", AT_FDCWD, path) ? -1 : syscall(SYS_readlinkat, AT_FDCWD, path, into, size);
}
ssize_t readlinkat(int where, const char *path, char *into, size_t size) {
    return at(STAT, "readlinkat", where, path) ? -1 : syscall(SYS_readlinkat, where, path, into, size);
}
AT(MAKE, mkdir, (const char *path, mode_t mode), AT_FDCWD, path, (SYS_mkdirat, AT_FDCWD, path, mode))
AT(MAKE, mkdirat, (int where, const char *path, mode_t mode), where, path, (SYS_mkdirat, where, path, mode))
AT(MAKE, symlink, (const char *to, const char *path), AT_FDCWD, path, (SYS_symlinkat, to, AT_FDCWD, path))
AT(MAKE, symlinkat, (const char *to, int where, const char *path), where, path, (SYS_symlinkat, to, where, path))
AT(MAKE, link, (const char *from, const char *path), AT_FDCWD, path, (SYS_linkat, AT_FDCWD, from, AT_FDCWD, path, 0))
AT(MAKE, linkat, (int from, const char *old, int where, const char *path, int flags), where, path, (SYS_linkat, from, old, where, path, flags))
AT(NAME, rename, (const char *from, const char *path), AT_FDCWD, path, (SYS_renameat2, AT_FDCWD, from, AT_FDCWD, path, 0))
AT(NAME, renameat, (int from, const char *old, int where, const char *path), where, path, (SYS_renameat2, from, old, where, path, 0))
AT(NAME, renameat2, (int from, const char *old, int where, const char *path, unsigned flags), where, path, (SYS_renameat2, from, old, where, path, flags))
AT(REMOVE, unlink, (const char *path), AT_FDCWD, path, (SYS_unlinkat, AT_FDCWD, path, 0))
AT(REMOVE, unlinkat, (int where, const char *path, int flags), where, path, (SYS_unlinkat, where, path, flags))
AT(REMOVE, rmdir, (const char *path), AT_FDCWD, path, (SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR))
AT(MODE, chmod, (const char *path, mode_t mode), AT_FDCWD, path, (SYS_fchmodat, AT_FDCWD, path, mode))
int fchmodat(int where, const char *path, mode_t mode, int flags) {
    NEXT("fchmodat", int, int, const char *, mode_t, int)
    return at(MODE, "fchmodat", where, path) ? -1 : next(where, path, mode, flags);
}
AT(MODE, utimensat, (int where, const char *path, const struct timespec times[2], int flags), where, path, (SYS_utimensat, where, path, times, flags))
ON(MODE, futimens, int, (int descriptor, const struct timespec times[2]), (SYS_utimensat, descriptor, NULL, times, 0))
