/* A web server that answers every request with "tiny", on the port given or 80. Ends when told to. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void end(int number) { (void)number; _exit(0); }

int main(int count, char **words) {
  static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\ntiny\n";
  static const char started[] = "tiny listens\n";
  char request[4096];
  int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((unsigned short)(count > 1 ? atoi(words[1]) : 80));
  signal(SIGTERM, end);
  signal(SIGINT, end);
  signal(SIGPIPE, SIG_IGN);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 16) != 0) return 1;
  if (write(1, started, sizeof started - 1) < 0) return 1;
  for (;;) {
    int caller = accept(listener, 0, 0);
    if (caller < 0) continue;
    if (read(caller, request, sizeof request) > 0 && write(caller, answer, sizeof answer - 1) < 0) { /* It left. */ }
    close(caller);
  }
}
