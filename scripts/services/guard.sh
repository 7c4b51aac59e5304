#!/bin/sh
# Cleans up behind a service: reads "+PID" and "-PID" lines (the leaders of the service's process groups) until the end of
# its input, which comes when the service is stopped or its owner is gone, however it died. Then kills what is left of the
# groups and removes the folder.
folder=$1
leaders=' '
trap '' HUP INT TERM
while read -r line; do
  pid=${line#?}
  case $line in
    +*) leaders="$leaders$pid " ;;
    -*) leaders="${leaders%% "$pid" *} ${leaders#* "$pid" }" ;;
  esac
done
for pid in $leaders; do kill -s KILL -- "-$pid" 2>/dev/null; done
# A process that is being killed may still make a file.
tries=0
until rm -rf -- "$folder" 2>/dev/null; do
  tries=$((tries + 1))
  [ "$tries" -lt 100 ] || exit 1
  sleep 0.1
done
