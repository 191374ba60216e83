/* The smallest service: one port of 127.0.0.1, every connection is accepted and closed. Also the tools a shell lacks:
 *   tiny-server PORT                  serve
 *   tiny-server --wait PORT...        return when all of them accept
 *   tiny-server --flood LINES REPORT  write lines of 100 bytes, note the nanoseconds in REPORT, then stay */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_in address(const char *port) {
  struct sockaddr_in to = {0};
  to.sin_family = AF_INET;
  to.sin_port = htons((unsigned short)atoi(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return to;
}

static int serve(const char *port) {
  struct sockaddr_in at = address(port);
  int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 64) != 0) {
    perror(port);
    return 1;
  }
  for (;;) {
    int client = accept(listener, NULL, NULL);
    if (client >= 0) close(client);
  }
}

static void wait_for(const char *port) {
  struct sockaddr_in to = address(port);
  for (;;) {
    int probe = socket(AF_INET, SOCK_STREAM, 0);
    int failed = connect(probe, (struct sockaddr *)&to, sizeof to);
    close(probe);
    if (!failed) return;
    usleep(500);
  }
}

static long long now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static int flood(int lines, const char *report) {
  char line[101];
  long long since = now();
  for (int number = 0; number < lines; number++) {
    snprintf(line, sizeof line, "%010d ", number);
    memset(line + 11, 'x', 88);
    line[99] = '\n';
    fwrite(line, 1, 100, stdout);
  }
  fflush(stdout);
  FILE *out = fopen(report, "w");
  if (out == NULL) return 1;
  fprintf(out, "%lld\n", now() - since);
  fclose(out);
  for (;;) pause();
}

int main(int count, char **words) {
  if (count > 3 && strcmp(words[1], "--flood") == 0) return flood(atoi(words[2]), words[3]);
  if (count > 2 && strcmp(words[1], "--wait") == 0) {
    for (int i = 2; i < count; i++) wait_for(words[i]);
    return 0;
  }
  return count == 2 ? serve(words[1]) : 2;
}
