/*
 * A wall clock that a test can move while the server runs: preloaded into redis-server, it answers the calls by which
 * Redis reads the wall clock. The monotonic clock stays true.
 *
 * The file named by QUORATE_CLOCK holds two settings and the number of the one in force. A new setting is written to
 * the other place first and then switched to, so that no reading ever sees half of one.
 *
 *   shown = true + offset + (true - since) * drift / 1 000 000        all in microseconds, drift in parts per million
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct setting {
  int64_t offset_us;
  int64_t since_us;
  int64_t drift_ppm;
};

struct clock_file {
  volatile int64_t in_force;
  volatile struct setting settings[2];
};

static const struct clock_file *clock_file;
static int (*true_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void open_clock_file(void) {
  *(void **)(&true_clock_gettime) = dlsym(RTLD_NEXT, "clock_gettime");
  const char *path = getenv("QUORATE_CLOCK");
  if (path == NULL) return;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  void *mapped = mmap(NULL, sizeof(struct clock_file), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (mapped != MAP_FAILED) clock_file = mapped;
}

static int64_t shown_us(int64_t true_us) {
  if (clock_file == NULL) return true_us;
  const volatile struct setting *setting = &clock_file->settings[clock_file->in_force & 1];
  return true_us + setting->offset_us + (true_us - setting->since_us) * setting->drift_ppm / 1000000;
}

int clock_gettime(clockid_t id, struct timespec *time) {
  /* Another preloaded library may ask before our constructor has run. */
  if (true_clock_gettime == NULL) *(void **)(&true_clock_gettime) = dlsym(RTLD_NEXT, "clock_gettime");
  int result = true_clock_gettime(id, time);
  if (result != 0 || (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE)) return result;
  int64_t us = shown_us((int64_t)time->tv_sec * 1000000 + time->tv_nsec / 1000);
  time->tv_nsec = (long)(us % 1000000) * 1000 + time->tv_nsec % 1000;
  time->tv_sec = us / 1000000;
  return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  (void)zone;
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}
