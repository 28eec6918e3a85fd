/*
 * lossyNetwork <one-way delay, ms> <loss, 0 to 1> <seed> <command> [arguments]
 *
 * Runs a command in a network namespace of its own, in which 10.99.0.2 is this machine as seen across a bad line: what is sent there comes in at
 * 10.99.0.1, as from 10.99.0.2, so late, and not at all with this chance; each packet by itself, and the answers likewise. All there is between the
 * two is a TUN device, from which this program reads whole packets, and to which it writes them back with source and destination swapped:
 * that leaves the checksums right, and both ends are the kernel's own TCP.
 *
 * Exit code: the command's; 125 with a line on stderr when there can be no such network here.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NO_NETWORK 125
#define OUR_ADDRESS "10.99.0.1"
#define NETMASK "255.255.255.0"
#define MTU 1500
/* More than a second of a line that carries 40 Mbit/s. */
#define QUEUE 4096
#define IPV4_HEADER 20
#define IPV4_SOURCE 12
#define IPV4_DESTINATION 16

struct packet {
  int64_t due_ns;
  ssize_t length;
  uint8_t bytes[MTU];
};

static struct packet queue[QUEUE];

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(NO_NETWORK);
}

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* SplitMix64: from 0 to 1. */
static double chance(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

static void write_file(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0 || write(file, text, strlen(text)) < 0) fail(path);
  close(file);
}

/* Whoever is not root becomes it in a user namespace of his own, where the system lets him. */
static void enter_namespace(void) {
  uid_t user = geteuid();
  gid_t group = getegid();
  if (unshare(CLONE_NEWNET | (user == 0 ? 0 : CLONE_NEWUSER)) < 0) fail("no network namespace (unshare)");
  if (user == 0) return;
  char map[64];
  write_file("/proc/self/setgroups", "deny");
  snprintf(map, sizeof map, "0 %u 1", group);
  write_file("/proc/self/gid_map", map);
  snprintf(map, sizeof map, "0 %u 1", user);
  write_file("/proc/self/uid_map", map);
}

static void set_address(int control, struct ifreq *request, unsigned long what, const char *address) {
  struct sockaddr_in value = {.sin_family = AF_INET};
  inet_pton(AF_INET, address, &value.sin_addr);
  memcpy(&request->ifr_addr, &value, sizeof value);
  if (ioctl(control, what, request) < 0) fail(address);
}

static void bring_up(int control, struct ifreq *request) {
  request->ifr_flags = IFF_UP | IFF_RUNNING;
  if (ioctl(control, SIOCSIFFLAGS, request) < 0) fail(request->ifr_name);
}

static int open_line(void) {
  int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tun < 0) fail("/dev/net/tun");
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  if (ioctl(tun, TUNSETIFF, &request) < 0) fail("no TUN device (TUNSETIFF)");
  int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  set_address(control, &request, SIOCSIFADDR, OUR_ADDRESS);
  set_address(control, &request, SIOCSIFNETMASK, NETMASK);
  bring_up(control, &request);
  struct ifreq loopback = {.ifr_name = "lo"};
  bring_up(control, &loopback);
  close(control);
  return tun;
}

/* Never returns in the child. The socket that the command talks to its parent by must end with the command: we keep no copy. */
static pid_t start(char **command) {
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp(command[0], command);
    fail(command[0]);
  }
  for (int file = 3; file < 64; file++) {
    if ((fcntl(file, F_GETFD) & FD_CLOEXEC) == 0) close(file);
  }
  return child;
}

static void swap_addresses(uint8_t *packet) {
  uint8_t source[4];
  memcpy(source, packet + IPV4_SOURCE, sizeof source);
  memcpy(packet + IPV4_SOURCE, packet + IPV4_DESTINATION, sizeof source);
  memcpy(packet + IPV4_DESTINATION, source, sizeof source);
}

int main(int argc, char **argv) {
  if (argc < 5) {
    fprintf(stderr, "usage: %s <one-way delay, ms> <loss, 0 to 1> <seed> <command> [arguments]\n", argv[0]);
    return 2;
  }
  int64_t delay_ns = (int64_t)(atof(argv[1]) * 1e6);
  double loss = atof(argv[2]);
  uint64_t random = strtoull(argv[3], NULL, 10);

  enter_namespace();
  int tun = open_line();
  pid_t child = start(argv + 4);

  /* The delay is the same for all, so that the first in the queue is the first to go. */
  size_t head = 0, count = 0;
  for (;;) {
    int64_t wait_ns = count > 0 ? queue[head].due_ns - now_ns() : 100000000;
    struct timespec wait = {.tv_sec = 0, .tv_nsec = wait_ns < 0 ? 0 : wait_ns};
    struct pollfd readable = {.fd = tun, .events = POLLIN};
    ppoll(&readable, 1, &wait, NULL);

    for (;;) {
      struct packet *last = &queue[(head + count) % QUEUE];
      ssize_t length = read(tun, last->bytes, MTU);
      if (length < 0) break;
      if (length < IPV4_HEADER || last->bytes[0] >> 4 != 4 || count == QUEUE - 1 || chance(&random) < loss) continue;
      swap_addresses(last->bytes);
      last->length = length;
      last->due_ns = now_ns() + delay_ns;
      count++;
    }
    for (int64_t now = now_ns(); count > 0 && queue[head].due_ns <= now; count--, head = (head + 1) % QUEUE) {
      if (write(tun, queue[head].bytes, (size_t)queue[head].length) < 0) perror("a packet was not delivered");
    }

    int status;
    if (waitpid(child, &status, WNOHANG) == child) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
}
