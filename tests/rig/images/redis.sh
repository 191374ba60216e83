#!/bin/sh
# What the official image's entry point does, as far as envctl can tell.
set -eu
if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then set -- redis-server "$@"; fi
if [ "$1" = redis-server ]; then
  case " $* " in *" --protected-mode "* | *".conf "*) ;; *) set -- "$@" --protected-mode no ;; esac
  if [ "$(id -u)" = 0 ]; then
    chown -R 999:999 .
    exec setpriv --reuid=999 --regid=999 --clear-groups "$@"
  fi
fi
exec "$@"
