#!/bin/sh
# dpkg says "remove" and rpm says 0 when it is no upgrade.
set -e
case "${1:-}" in
  remove | 0)
    if [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; then
      systemctl disable --now nodeseal-agent.service nodeseal-agent-renew.timer || true
    fi
    ;;
esac
exit 0
